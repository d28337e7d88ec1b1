"""The data of a plan: counted fields, actions with undo, and samples of what is left; the file is never changed."""

import numpy as np
import pytest

import greenlatent as gl


@pytest.fixture
def path(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "mine.csv"
    lines = ["a,b,c,d,who,y"]
    for k in range(200):
        a, b, c, d = rng.normal(size=4) + np.array([3 * (k % 2), 0, 0, 0])
        lines.append(f"{a:.4f},{b:.4f},{c:.4f},{d:.4f},p{k % 20},{k % 2}")
    lines[3] = lines[3].replace(lines[3].split(",")[1], "")
    lines += lines[10:20]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def plan(path):
    plan = gl.Plan("mine")
    plan.problem.set(task="classify", model="mlp", size="16", epochs=10)
    plan.data.use(path, group="who")
    return plan


def test_what_is_counted_becomes_fields_said_by_the_data(plan):
    data = plan.data
    assert (data.kind, data.rows, data.features, data.classes, data.groups) == ("table", 210, 4, 2, 20)
    assert (data.duplicates, data.missing, data.labelled) == (10, 1, 1.0)
    assert data.field("rows").source == "data"


@pytest.mark.parametrize(
    "name, how, rows, features",
    [
        ("half the rows", None, 106, 4),
        ("best features", 2, 210, 2),
        ("no copies", None, 200, 4),
        ("one row a group", None, 20, 4),
        ("keep", [0, 1, 2], 3, 4),
        ("drop", [0, 1, 2], 207, 4),
    ],
)
def test_an_action_changes_what_is_planned_and_is_one_undo(plan, path, name, how, rows, features):
    text, versions = path.read_bytes(), len(plan.versions)
    plan.data.act(name, how)
    assert (plan.data.rows, plan.data.features) == (rows, features)
    assert len(plan.data.rows_used.x) == rows and len(plan.versions) == versions + 1
    plan.undo()
    assert (plan.data.rows, plan.data.features) == (210, 4) and len(plan.data.rows_used.x) == 210
    assert path.read_bytes() == text


def test_the_best_features_are_those_that_tell_classes_apart(plan):
    plan.data.act("best features", 1)
    assert plan.data.rows_used.columns == ("a",)


def test_actions_follow_each_other_and_are_there_after_a_restart(plan, path):
    plan.data.act("no copies")
    plan.data.act("no gaps")
    plan.data.act("drop", [0])
    plan.data.act("add", [0])
    again = gl.Plan("mine")
    again.data.use(path, group="who")
    assert again.data.rows == 200 and again.data.missing == 0
    samples = again.data.samples()
    assert len(samples) == 200 and samples.classes and "who" in samples.groups
    assert [name for name, _ in again.data.done] == ["no copies", "no gaps", "drop", "add"]


def test_half_of_the_rows_keeps_every_class(plan):
    plan.data.act("half the rows")
    assert plan.data.smallest_class >= 50


def test_actions_are_offered_with_what_they_save_and_applied_by_a_call(plan):
    found = plan.data.actions()
    words = [change.words.split(":")[0] for change in found]
    assert {"half the rows", "no copies", "best features", "one row a group"} <= set(words)
    found[words.index("half the rows")].apply()
    assert plan.data.rows == 106


def test_a_point_is_priced_by_what_was_rehearsed(plan):
    plan.problem.set(model="tree")
    of, curve = plan.situation.likeness, [[20, 0.7, 0.7], [37, 0.75, 0.75], [74, 0.8, 0.8]]
    line = {"accuracy": [0.85, 0.8, 0.9], "f1": [0.85, 0.8, 0.9], "of": of, "whole": 147, "rows": 210}
    plan.book.say("tried", "data", tree=line | {"curve": curve, "asked": 63})
    (half,) = [change for change in plan.data.actions() if change.words.startswith("half")]
    assert half.price.startswith("-") and half.price.endswith(" points")


def test_what_an_action_cannot_do_is_said(plan):
    for name, how, words in (
        ("fly", None, "there are half the rows"),
        ("drop", [500], "rows from 0 to 209"),
        ("best features", 9, "from 1 to 4"),
        ("drop", list(range(210)), "would leave no row"),
    ):
        with pytest.raises(ValueError, match=words):
            plan.data.act(name, how)
    with pytest.raises(ValueError, match="there are no rows"):
        gl.Plan("empty").data.act("no gaps")


def test_data_sets_are_found_offline_by_words():
    plan = gl.Plan("mine")
    assert [case.data["name"] for case in plan.data.find("activity")] == ["watch"]
    assert plan.data.find("nothingness") == []
    with pytest.raises(ValueError, match="three letters"):
        plan.data.find("a")


def test_what_was_counted_of_labels_goes_with_them_and_what_was_said_stays():
    plan = gl.Plan("mine")
    x, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    plan.data.use((x, y))
    assert (plan.data.classes, plan.data.smallest_class, plan.data.labelled) == (2, 10, 1.0)
    plan.data.use((x, None))
    names = ("classes", "smallest_class", "largest_class", "labelled")
    assert [getattr(plan.data, name) for name in names] == [None] * 4 and plan.data.rows == 20
    plan.data.set(classes=5)
    plan.data.use((x[:10], None))
    assert plan.data.classes == 5 and plan.data.rows == 10


def test_infinities_are_gaps_and_said_so_without_a_warning_of_numpy(caplog):
    plan = gl.Plan("mine")
    x = np.arange(40.0).reshape(20, 2)
    x[3, 0], x[4, 1] = np.inf, -np.inf
    plan.data.use((x, None))
    assert plan.data.missing == 2 and "2 numbers are infinite, and counted as gaps" in caplog.text
    assert np.isinf(x[3, 0])  # what was given is not changed
