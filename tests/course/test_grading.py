"""Hand-ins are replayed and compared: what is graded comes from the replay, copies and edits by code are named."""

import csv
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import greenlatent as gl
from greenlatent.course import handin
from greenlatent.course.grading import grade, main, write_csv
from greenlatent.edits import Drop, Relabel

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


def lesson():
    return {"model": linear_net(), "train": clusters(), "valid": clusters(seed=0)}


def handed(name, *, ids=(3,), by="human", **options):
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session=False, **options)
    lab.step(30)
    for i in ids:
        lab.journal.add(Relabel([i], 1), by=by, seconds=2.0)
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
    assert values["same_bits"] and values["accuracy"] == values["accuracy_replayed"]
    assert values["passes"] == values["passes_replayed"] and values["accuracy_control"] > 0.5
    assert (values["by_hand"], values["by_code"], values["seconds_of_hand"]) == (1, 0, 2.0)
    assert "joules" not in {name for name in values if not name.startswith("joules_ratio")}


def test_a_run_that_was_left_and_gone_on_with_is_replayed_too():
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session="kept")
    lab.step(20)
    lab.journal.add(Relabel([3], 1), by="human")
    lab.step(10)
    lab.save()
    lab.step(7)
    lab.close()
    again = gl.Lab.load("kept", **lesson())
    again.journal.add(Relabel([4], 2), by="human")
    again.step(25)
    again.hand_in("b.zip")
    again.close()
    (row,) = grade(["b.zip"], lesson)
    assert row.verdict == "ok" and row.values["same_bits"], row.remarks


def test_a_run_whose_kernel_ended_before_the_first_checkpoint_is_replayed_as_it_was_gone_on_with():
    lab = gl.Lab(**lesson(), latent="0", batch_size=8, threads=1, session="kept")
    lab.step(20)
    lab.journal.add(Relabel([3], 1), by="human")
    lab.step(10)
    lab.close()
    assert not (lab.session.folder / "checkpoint").exists()
    again = gl.Lab.load("kept", **lesson())
    assert again.trainer.steps == 0 and len(again.journal.active) == 1
    again.step(25)
    again.journal.add(Relabel([4], 2), by="human")
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
    lab.step(20)
    lab.hand_in("m.zip")
    lab.close()
    (row,) = grade(["m.zip"])
    assert (row.values["by_machine"], row.values["by_code"]) == (1, 1)
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
    assert a["verdict"] == "ok" and a["answer: why"] == "'=1+1" and a["accuracy_replayed"] == ""
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
    assert "ok       a.zip" in out and "refused  broken.zip" in out and "2 hand-ins in out.csv" in out
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
