import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.study import Arm, Person, Results, compare
from greenlatent.study.costs import measure
from tests.study.parts import PLAN, quiet, trial

ARMS = [
    Arm("control", batch_size=8),
    Arm("GCE", loss="gce", batch_size=8),
    Arm("labels only", batch_size=8, at=(40, 80), person=Person(seconds=60)),
    Arm("with feedback", batch_size=8, at=(40, 80), person=Person(seconds=60), feedback={"contrast": 0.2}),
]
CHECKOUT = Path(gl.__file__).parents[1]
pytestmark = pytest.mark.whole


def meter() -> gl.Meter:
    return gl.Meter([Model()])


def test_measuring_is_never_told_as_more_than_all_of_it():
    told = []
    with meter() as counting:
        measure({"step": lambda n: sum(range(1000 * n))}, counting, seconds=1e-6, progress=told.append)
    assert told == ["measuring joules, 100%"]


def comparison(path=None, arms=ARMS, seeds=range(3), target="GCE", **options) -> Results:
    options = {"meter": meter(), "seconds": 0.2, "progress": quiet, **PLAN, **options}
    return compare(arms, trial, seeds, target, path=path, **options)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Where the whole comparison is on record."""
    return tmp_path_factory.mktemp("study") / "runs.jsonl"


@pytest.fixture(scope="module")
def results(recorded):
    return comparison(recorded)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """The record of two arms on one seed."""
    path = tmp_path_factory.mktemp("short") / "runs.jsonl"
    comparison(path, arms=ARMS[:2], seeds=[0])
    return path.read_bytes()


def test_every_arm_is_trained_on_every_seed_and_each_kind_of_work_has_its_cost(results):
    assert len(results.runs) == 12
    counted = {name for run in results.runs.values() for work in run.work for name in work}
    assert counted == set(results.costs)
    assert all(sum(cost.joules.values()) > 0 and cost.low > 0 for cost in results.costs.values())
    assert all(cost.seconds >= 0.2 for cost in results.costs.values())


def test_the_ledger_charges_everything_and_only_people_wait(results):
    assert set(results.ledger("control")) == {"train", "evaluate"}
    lines = results.ledger("with feedback")
    # a drag to a class is its label: nothing goes into pulls unless trying both has chosen them
    assert set(lines) == {"train", "suggest", "view", "evaluate", "waiting", "screen"}
    assert all(joules > 0 for joules in lines.values())
    assert lines["screen"] == pytest.approx(20 * results.seconds("with feedback"))


def test_the_arm_that_sets_the_target_reaches_it_at_its_own_joules(results):
    saving = results.saving("GCE")
    assert saving.value == 1.0 and saving.reached == 3 and not saving.claimed


def test_the_strict_ratio_is_never_kinder_than_the_fastest_rival(results):
    for seed in results.seeds:
        aim = results.aim(seed) - 0.005
        fastest = min(results.to_reach(arm, seed, aim) for arm in ("control", "GCE"))
        assert fastest <= results.to_reach("GCE", seed, aim)


def test_three_seeds_make_a_table_and_no_claim(results):
    text = str(results)
    assert all(f"| {arm} |" in text for arm in ("control", "**GCE**", "labels only", "with feedback"))
    assert "reaches the target at" not in text
    assert results.pays_after("labels only") == math.inf


def test_a_frame_has_a_row_for_each_arm_and_seed(results):
    table = results.to_frame()
    assert len(table) == 12 and table["joules"].min() > 0
    assert (table[~table["human"]]["person_seconds"] == 0).all()


def test_the_plot_shows_a_curve_for_each_arm_asked_for_and_the_target(results):
    pytest.importorskip("matplotlib")
    (axes,) = results.plot(["GCE", "labels only"]).axes
    assert axes.get_legend_handles_labels()[1] == ["GCE", "labels only", "target"]


def test_starting_up_has_a_line_of_its_own(results):
    assert results.start > 0


def test_what_is_on_record_is_not_done_again(results, recorded, tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_bytes(before := recorded.read_bytes())
    again = comparison(path)
    assert path.read_bytes() == before
    assert str(results) == str(again) and results.start == again.start
    longer = comparison(path, seeds=range(4))
    assert path.read_bytes().startswith(before) and len(longer.seeds) == 4


def test_a_record_of_version_0_1_is_read_and_nothing_of_it_done_again(tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_bytes(before := (CHECKOUT / "tests" / "fixtures" / "study-0.1.jsonl").read_bytes())
    told = []
    found = comparison(path, arms=ARMS[1:], seeds=[0], progress=lambda share, text: told.append(text))
    assert path.read_bytes() == before and told == ["done"]
    assert len(found.runs) == 3 and found.start > 0


def test_the_record_of_another_plan_or_arm_is_refused(short, tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_bytes(short)
    with pytest.raises(ValueError, match="record of another comparison"):
        comparison(path, arms=ARMS[:2], seeds=[0], passes=800)
    with pytest.raises(ValueError, match="holds another arm called 'GCE'"):
        comparison(path, arms=[ARMS[0], Arm("GCE", loss="gce", batch_size=8, rate=0.1)], seeds=[0])


def test_a_damaged_line_in_the_middle_is_named(short, tmp_path):
    path = tmp_path / "runs.jsonl"
    lines = short.splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1][:50] + b"\n", *lines[2:]]))
    with pytest.raises(ValueError, match="line 2 is no line of a comparison"):
        comparison(path, arms=ARMS[:2], seeds=[0])


SCRIPT = """
import sys
from tests.study.person.test_compare import comparison
from pathlib import Path

def tell(share, text):
    print(text, flush=True)

comparison(Path(sys.argv[1]), progress=tell)
"""


@pytest.mark.slow
def test_a_comparison_that_was_killed_goes_on_where_it_was(results, tmp_path):
    path = tmp_path / "runs.jsonl"
    here = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)], env=here, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("seed 1, labels"):
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    kept = [line for line in path.read_text().splitlines() if '"run"' in line]
    assert 6 <= len(kept) < 12
    with path.open("a") as file:
        file.write('{"run": {"arm": "cut off in mid')
    told = []
    resumed = comparison(path, progress=lambda share, text: told.append(text))
    assert sum(text.startswith("seed") for text in told) == 12 - len(kept)
    assert path.read_text().splitlines()[: len(kept) + 1] == [
        path.read_text().splitlines()[0],
        *kept,
    ]
    whole = {key: (run.valid, run.work) for key, run in results.runs.items()}
    assert {key: (run.valid, run.work) for key, run in resumed.runs.items()} == whole


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "labels only"}, "an arm without a person"),
        ({"arms": [ARMS[0], ARMS[0]], "target": "control"}, "two arms are called 'control'"),
        ({"seeds": []}, "seeds is empty"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        comparison(**options)


def test_a_record_holds_json_alone(short):
    kinds = [set(json.loads(line)) for line in short.splitlines()]
    assert kinds == [{"about"}, {"words", "run"}, {"words", "run"}, {"costs"}, {"start"}]
