"""Hand-ins are replayed and compared: what is graded comes from the replay, copies and edits by code are named."""

import csv
import hashlib
import itertools
import json
import re
import shutil
import subprocess
import sys
import time
import zipfile

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

import greenlatent as gl
from greenlatent.course import handin
from greenlatent.course.copies import in_order
from greenlatent.course.grading import grade, main, write_csv
from greenlatent.edits import Affirm, Drop, Relabel
from greenlatent.run.session import JOURNAL
from greenlatent.training.trainer import Trainer

from ..parts import clusters, linear_net

LESSON = """
from tests.parts import clusters, linear_net

def lesson():
    return dict(model=linear_net(), train=clusters(), valid=clusters(seed=0))
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A second passes whenever somebody looks at the clock: tests have quicker hands than people."""
    begun, ticks = time.time() - 100_000, itertools.count()
    monkeypatch.setattr(time, "time", lambda: begun + next(ticks))


def lesson():
    return {"model": linear_net(), "train": clusters(), "valid": clusters(seed=0)}


def handed(name, *, ids=(3,), by="human", **options):
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session=False, **options)
    lab.step(30)
    for i in ids:
        lab.journal.add(Relabel([i], 1), by=by, seconds=0.0, frame=30)
    lab.step(30)
    path = lab.hand_in(name, answers={"why": "=1+1", "name": name})
    lab.close()
    return path


def changed(path, name, change):
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(name, "w") as new:
        for part in old.namelist():
            new.writestr(part, change(part, old.read(part)))
    return name


def test_an_honest_hand_in_is_replayed_bit_for_bit_with_its_control():
    (row,) = grade([handed("a.zip")], lesson)
    assert row.verdict == "ok", row.remarks
    values = row.values
    assert values["same_bits"] and values["claimed_accuracy"] == values["accuracy_replayed"]
    assert values["claimed_passes"] == values["passes_replayed"] and values["accuracy_control"] > 0.5
    assert (values["claimed_by_hand"], values["claimed_by_code"]) == (1, 0)
    assert "joules" not in {name for name in values if not name.startswith("claimed_joules_ratio")}


def test_a_run_that_was_left_and_gone_on_with_is_replayed_too():
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session="kept")
    lab.step(20)
    lab.journal.add(Relabel([3], 1), by="human", frame=20)
    lab.step(10)
    lab.save()
    lab.step(7)
    lab.close()
    again = gl.Lab.load("kept", **lesson())
    again.journal.add(Relabel([4], 2), by="human", frame=0)
    again.step(25)
    again.hand_in("b.zip")
    again.close()
    (row,) = grade(["b.zip"], lesson)
    assert row.verdict == "ok" and row.values["same_bits"], row.remarks


def test_a_run_whose_kernel_ended_before_the_first_checkpoint_is_replayed_as_it_was_gone_on_with():
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session="kept")
    lab.step(20)
    lab.journal.add(Relabel([3], 1), by="human", frame=20)
    lab.step(10)
    lab.close()
    assert not (lab.session.folder / "checkpoint").exists()
    again = gl.Lab.load("kept", **lesson())
    assert again.trainer.steps == 0 and len(again.journal.active) == 1
    again.step(25)
    again.journal.add(Relabel([4], 2), by="human", frame=0)
    again.step(5)
    again.hand_in("b.zip")
    again.close()
    (row,) = grade(["b.zip"], lesson)
    assert row.verdict == "ok" and row.values["same_bits"], row.remarks


def test_what_a_hand_in_claims_falsely_is_named():
    honest = handed("a.zip")
    better = changed(
        honest,
        "b.zip",
        lambda part, data: (
            data.replace(b'"passes": ', b'"passes": 1').replace(b'"accuracy": ', b'"accuracy": 5')
            if part == handin.CLAIM
            else data
        ),
    )
    (row,) = grade([better], lesson)
    assert row.verdict == "look" and "it claims accuracy 5" in "; ".join(row.remarks)
    assert any("samples, and its replay met" in remark for remark in row.remarks)

    def boundless(part, data):
        return (
            re.sub(rb'"accuracy": [0-9.]+', b'"accuracy": 1' + b"0" * 400, data)
            if part == handin.CLAIM
            else data
        )

    (row,) = grade([changed(honest, "c.zip", boundless)], lesson)
    assert row.remarks[0].startswith("it claims no accuracy")


def forged(path, name, change):
    """A hand-in whose journal somebody wrote anew, hashes included."""
    with zipfile.ZipFile(path) as pack:
        parts = {part: pack.read(part) for part in pack.namelist()}
    lines = [json.loads(line) for line in parts[JOURNAL].splitlines()]
    parts[JOURNAL] = "".join(json.dumps(line) + "\n" for line in change(lines)).encode()
    claim = json.loads(parts[handin.CLAIM])
    claim["sha256"][JOURNAL] = hashlib.sha256(parts[JOURNAL]).hexdigest()
    parts[handin.CLAIM] = json.dumps(claim).encode()
    with zipfile.ZipFile(name, "w") as pack:
        for part, data in parts.items():
            pack.writestr(part, data)
    return name


def edits(lines):
    return [line for line in lines if line.get("do") == "add"]


def told(**values):
    """Changes the second edit of a journal."""

    def change(lines):
        edits(lines)[1].update(values)
        return lines

    return change


def test_nothing_is_ok_that_was_not_replayed():
    path = handed("a.zip")
    (row,) = grade([path])
    assert row.verdict == "not replayed" and not row.remarks
    assert not [name for name in row.values if "replayed" in name]
    (row,) = grade([path], lesson, patience=0)
    assert row.verdict == "look" and row.remarks == ["the replay was given up after 0 s"]


def test_an_honest_hand_in_without_an_edit_says_so():
    (row,) = grade([handed("idle.zip", ids=())], lesson)
    assert row.verdict == "ok, 0 edits" and not row.remarks


def test_a_claim_stands_in_no_column_beside_what_was_replayed():
    (row,) = grade([handed("a.zip")], lesson)
    replayed = {
        "accuracy_replayed",
        "accuracy_control",
        "passes_replayed",
        "passes_ratio",
        "passes_ratio_low",
        "passes_ratio_high",
        "same_bits",
        "edits",
    }
    assert {name for name in row.values if not name.startswith("claimed_")} == replayed


def test_one_step_moved_is_seen_where_the_bits_must_be_the_same(monkeypatch):
    def earlier(lines):
        edits(lines)[0]["step"] -= 20
        edits(lines)[0]["frame"] -= 20
        return lines

    moved = forged(handed("a.zip"), "b.zip", earlier)
    (row,) = grade([moved], lesson, tolerance=1.0)
    assert row.remarks == ["on a machine and versions as it claims, its replay ends with other weights"]
    monkeypatch.setattr("greenlatent.course.grading.versions", lambda: {"torch": "another"})
    (row,) = grade([moved], lesson, tolerance=1.0)
    assert row.verdict == "ok" and not row.values["same_bits"], "elsewhere the bits may differ"


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        ({"t": 2e9}, "1 line of the future"),
        ({"t": 1e9}, "1 line older than the one before"),
        ({"seconds": -3.0}, "1 edit by hand of negative seconds"),
        ({"seconds": 1e5}, "1 edit by hand that took longer than there was time since the one before"),
        ({"frame": 31}, "1 edit by hand without a picture that it could have been made in"),
        ({"frame": -1}, "1 edit by hand without a picture that it could have been made in"),
        ({"frame": None}, "1 edit by hand without a picture that it could have been made in"),
        ({"step": 10_000_000}, "1 stretch of more than 20,000 steps a second"),
    ],
)
def test_what_no_hand_clock_or_machine_does_is_remarked(values, remark):
    (row,) = grade([forged(handed("a.zip", ids=(3, 4)), "b.zip", told(**values))])
    assert row.verdict == "look" and row.remarks == [remark]


def test_a_thousand_edits_in_no_time_are_remarked():
    def hurried(lines):
        one = edits(lines)[0]
        more = [{**one, "n": n, "t": one["t"] + n * 3e-7, "seconds": 180.0} for n in range(1, 1001)]
        return [lines[0], *more]

    (row,) = grade([forged(handed("a.zip"), "b.zip", hurried)])
    assert row.remarks == [
        "999 edits by hand that took longer than there was time since the one before",
        "999 edits by hand within 50 ms of the one before",
    ]


def test_a_sheet_that_was_sorted_is_one_answer_and_two_edits(monkeypatch):
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session=False)
    lab.step(10)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for edit in (Affirm([3]), Drop([4])):
        lab.journal.add(edit, by="human", seconds=2.0, frame=10)
    lab.hand_in("a.zip")
    lab.close()
    assert grade(["a.zip"])[0].remarks == []


def test_a_copy_with_other_steps_times_and_a_few_more_edits_is_named():
    first = handed("a.zip", ids=range(3, 13))

    def disguised(lines):
        mine = edits(lines)
        for line in mine:
            line.update(t=line["t"] - 1234.5, step=line["step"] - 7, frame=line["frame"] - 8, by="human")
        mine[4]["edit"]["ids"] = [50]
        mine[5]["edit"]["ids"] = [51]
        return lines

    rows = grade([first, forged(first, "b.zip", disguised), handed("c.zip", ids=range(20, 30))])
    assert rows[0].remarks == ["8 edits as in b.zip and in the same order, 80% of those of the shorter one"]
    assert rows[1].remarks == ["8 edits as in a.zip and in the same order, 80% of those of the shorter one"]
    assert rows[2].remarks == []


def test_four_equal_edits_are_no_copy_and_order_counts():
    def mixed(lines):
        mine = edits(lines)
        turned = [
            {**line, "edit": other["edit"], "t": line["t"] + 0.25}
            for line, other in zip(mine, mine[::-1], strict=True)
        ]
        return [lines[0], *turned]

    four, ten = handed("a.zip", ids=range(3, 7)), handed("c.zip", ids=range(20, 30))
    assert not [row.remarks for row in grade([four, handed("b.zip", ids=(9, 3, 4, 5, 6))]) if row.remarks]
    assert not [row.remarks for row in grade([ten, forged(ten, "d.zip", mixed)]) if row.remarks]


@given(st.lists(st.integers(0, 9), max_size=20, unique=True), st.lists(st.integers(0, 9), max_size=20))
def test_shared_order_is_the_longest_common_subsequence(a, b):
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            best[i + 1][j + 1] = best[i][j] + 1 if x == y else max(best[i][j + 1], best[i + 1][j])
    hypothesis.assume(all(b.count(x) <= 8 for x in b))
    assert in_order(a, b) == best[-1][-1]


def test_patience_ends_a_journal_of_resets(monkeypatch):
    def resets(lines):
        return [
            lines[0],
            *({"v": 1, "n": n, "step": 0, "t": time.time(), "do": "reset"} for n in range(1, 91)),
        ]

    done = []
    reset = Trainer.reset
    monkeypatch.setattr(Trainer, "reset", lambda self: (done.append(1), reset(self)))
    (row,) = grade([forged(handed("a.zip"), "b.zip", resets)], lesson, patience=0)
    assert row.remarks == ["the replay was given up after 0 s"] and len(done) == 1


def test_the_curve_of_a_run_that_began_anew_holds_no_point_of_the_one_before(monkeypatch):
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session=False)
    lab.step(40)
    lab.journal.add(Relabel([3], 1), by="human", frame=40)
    lab.trainer.reset()
    lab.step(10)
    lab.hand_in("a.zip")
    lab.close()
    curves = []
    monkeypatch.setattr(
        "greenlatent.course.grading.control", lambda trainer, curve, **_: curves.append(list(curve))
    )
    grade(["a.zip"], lesson)
    assert [point.step for point in curves[0]] == [*range(1, 11)]


def test_a_copied_journal_and_equal_edits_are_named_and_edits_by_code():
    a, c = handed("a.zip"), handed("c.zip")
    with open(a, "rb") as file, open("b.zip", "wb") as copy:
        copy.write(file.read())
    d = handed("d.zip", ids=(7, 8), by="code")
    rows = grade([a, "b.zip", c, d])
    remarks = {row.file: "; ".join(row.remarks) for row in rows}
    assert "copied: 1 edit made at the same moment as in b.zip" in remarks["a.zip"]
    assert "copied: 1 edit made at the same moment as in a.zip" in remarks["b.zip"]
    assert remarks["c.zip"] == "the same edits at the same steps as in a.zip, b.zip"
    assert remarks["d.zip"] == "2 edits made by code"


def test_what_the_machine_left_out_is_neither_by_hand_nor_by_code():
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session="machine")
    lab.step(20)
    lab.journal.add(Drop([3, 4]), by="machine")
    lab.journal.add(Relabel([5], 1), by="machine")  # no button does that
    lab.journal.add(Drop([6]), by="agent")
    lab.step(20)
    lab.hand_in("m.zip")
    lab.close()
    (row,) = grade(["m.zip"])
    assert (row.values["claimed_by_machine"], row.values["claimed_by_code"]) == (1, 1)
    assert row.values["claimed_by_agent"] == 1
    assert row.remarks == ["1 edit made by code"]


def test_of_a_whole_row_of_copies_each_is_named_in_one_line():
    names = [f"{k}.zip" for k in range(5)]
    first = handed(names[0], ids=(3, 4))
    for name in names[1:]:
        shutil.copy(first, name)
    for row in grade(names):
        others = ", ".join(name for name in names if name != row.file)
        assert row.remarks == [f"copied: 2 edits made at the same moment as in {others}"]


def test_a_journal_of_other_weights_or_without_end_is_named():
    path = handed("a.zip")
    (row,) = grade([path], lambda: {**lesson(), "model": linear_net(seed=1)})
    assert row.verdict == "look" and "cannot be replayed" in row.remarks[0] and "weights" in row.remarks[0]
    long = changed(
        path,
        "b.zip",
        lambda part, data: (
            data.replace(b'"steps": 60', b'"steps": 600000000') if part == handin.CLAIM else data
        ),
    )
    (row,) = grade([long], lesson, patience=0.2)
    assert "given up after 0.2 s" in "; ".join(row.remarks)


def test_the_table_has_a_line_a_hand_in_and_formulas_are_quoted(home):
    (home / "broken.zip").write_text("no zip")
    write_csv(grade([handed("a.zip"), "broken.zip"]), "grades.csv")
    with open("grades.csv", newline="") as file:
        a, broken = csv.DictReader(file)
    assert a["verdict"] == "not replayed" and a["answer: why"] == "'=1+1" and a["accuracy_replayed"] == ""
    assert broken["verdict"] == "refused" and "no whole zip file" in broken["remarks"]


def test_everybody_may_have_data_of_their_own():
    path = handed("a.zip")

    def of(answers):
        return {"a.zip": lesson}[answers["name"]]()

    (row,) = grade([path], of)
    assert row.verdict == "ok" and row.values["same_bits"]
    (row,) = grade([handed("b.zip")], of)
    assert row.verdict == "look" and "cannot be made from these answers" in row.remarks[0]


def test_the_command_checks_a_stack_by_a_lesson_of_ones_own(home, capsys):
    path = handed("a.zip")
    assert main([str(path)]) == 0
    assert "not replayed" in capsys.readouterr().out
    (home / "lesson.py").write_text(LESSON)
    (home / "broken.zip").write_text("no zip")
    assert main([str(path), "broken.zip", "--csv", "out.csv"]) == 1
    out = capsys.readouterr().out
    assert "a.zip ..." in out, "how far it has come"
    assert (
        "ok            a.zip" in out and "refused       broken.zip" in out and "2 hand-ins in out.csv" in out
    )
    (home / "odd [name].zip").write_bytes((home / "a.zip").read_bytes())
    assert main(["*.zip", "odd [name].zip", "--csv", "all.csv"]) == 1, "where no shell does it"
    out = capsys.readouterr().out
    assert "4 hand-ins in all.csv" in out and out.count("  odd [name].zip") == 2
    assert main(["none*.zip"]) == 1 and "No such file or directory: 'none*.zip'" in capsys.readouterr().out
    (home / "lesson.py").write_text("")
    with pytest.raises(SystemExit):
        main([str(path)])
    for wrong, words in (
        (["--lesson", "none.py"], "no lesson file none.py"),
        (["--csv", "no/g.csv"], "no folder no"),
    ):
        with pytest.raises(SystemExit):
            main([str(path), *wrong])
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def lesson(:", "lesson.py cannot be run: SyntaxError: "),
        ("import none_such", "lesson.py cannot be run: ModuleNotFoundError: No module named 'none_such'"),
        ("def lesson(): return 1 / 0", "lesson() raises ZeroDivisionError: division by zero"),
        ("def lesson(): return 3", "lesson() returns int; let it return a dict with model=, train=, valid="),
        ("def lesson(): return {'model': 3}", "lesson() returns int as model; let it return a dict"),
        (LESSON.replace("train=clusters(), ", ""), "lesson() returns nothing as train; let it return a dict"),
    ],
)
def test_a_lesson_that_cannot_be_used_is_said_in_a_line_before_anything_is_graded(home, capsys, text, words):
    (home / "lesson.py").write_text(text)
    with pytest.raises(SystemExit):
        main(["none.zip"])
    told = capsys.readouterr()
    assert words in told.err.splitlines()[-1] and "none.zip ..." not in told.out


def test_a_lesson_that_fails_for_one_is_remarked_and_the_others_are_graded():
    def of(answers):
        return lesson() if answers["name"] == "a.zip" else answers.missing

    a, b = grade([handed("a.zip", ids=(3,)), handed("b.zip", ids=(4,))], of)
    assert a.verdict == "ok" and b.verdict == "look"
    assert b.remarks[0].endswith(
        "answers: lesson() raises AttributeError: 'dict' object has no attribute 'missing'"
    )


@pytest.mark.whole
def test_the_command_of_the_manual_runs(home):
    handed("a.zip")
    done = subprocess.run(
        [sys.executable, "-m", "greenlatent.check", "a.zip"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": gl.__path__[0] + "/.."},
    )
    assert done.returncode == 0 and (home / "grades.csv").exists(), done.stderr
