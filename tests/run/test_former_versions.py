"""What version 0.1 wrote is read: a session with a checkpoint, its journal, and a hand-in."""

import shutil
from pathlib import Path

import pytest
import torch

import greenlatent as gl
from greenlatent.course import grading
from greenlatent.training.replay import replay

from ..parts import clusters, linear_net

FIXTURES = Path(__file__).parents[1] / "fixtures"


def model():
    torch.manual_seed(3)
    return linear_net()


def test_a_session_goes_on_with_its_weights_and_its_edits(tmp_path):
    shutil.copytree(FIXTURES / "session-0.1", tmp_path / "session")
    lab = gl.Lab.load(tmp_path / "session", model(), clusters(60), valid=clusters(30))
    assert lab.trainer.steps == 60 and len(lab.journal.active) == 3  # four edits, the last of them undone
    weights = {name: value.clone() for name, value in lab.trainer.model.state_dict().items()}
    assert any(not torch.equal(weights[name], value) for name, value in lab.trainer.initial.items())
    report = lab.step(10)
    assert report.step == 70 and report.feedback_loss > 0  # moves and separations pull on
    lab.close()


def test_a_session_of_two_checkpoints_goes_on_from_the_newer_and_then_from_its_own(tmp_path):
    shutil.copytree(FIXTURES / "session-0.1", tmp_path / "session")
    for steps in (5, 5):
        lab = gl.Lab.load(tmp_path / "session", model(), clusters(60), valid=clusters(30))
        before = lab.trainer.steps
        lab.step(steps)
        lab.save()
        lab.close()
        again = gl.Lab.load(tmp_path / "session", model(), clusters(60), valid=clusters(30))
        assert again.trainer.steps == before + steps
        again.close()


def test_a_journal_is_read_and_replayed():
    journal = gl.Journal.load(FIXTURES / "session-0.1" / "journal.jsonl")
    assert journal.steps == 60 and len(journal.active) == 3
    told = "line 1 moves samples to 'class 2', which is their label now; line 3 separates"
    with pytest.warns(UserWarning, match=told):
        again = replay(journal, model(), clusters(60), valid=clusters(30))
    assert again.steps == 60 and len(again.journal.active) == 3
    assert again.mending.y[[1, 2]].tolist() == [2, 2] and not again.mending.masked.any()
    again.close()


def test_a_journals_moves_to_classes_are_replayed_as_the_pulls_that_they_were():
    journal = gl.Journal.load(FIXTURES / "session-0.1" / "journal.jsonl")
    with pytest.warns(UserWarning, match=r"line 3 separates two sides, by a contrast now; line 4 links"):
        again = replay(journal, model(), clusters(60), valid=clusters(30), moves="pull")
    assert again.mending.masked[[1, 2]].any() and again.feedback.unsatisfied() == [1, 2]
    again.close()
    with pytest.raises(ValueError, match='moves is "label" or "pull"'):
        replay(journal, model(), clusters(60), moves="pulls")


def test_a_hand_in_is_replayed_to_where_it_claims():
    lesson = {"train": clusters(60), "valid": clusters(30)}
    with pytest.warns(UserWarning, match=r"of version 0.1: line \d+ separates"):
        (row,) = grading.grade([FIXTURES / "handin-0.1.zip"], lambda: {"model": model(), **lesson})
    assert row.replayed and not row.refused
    assert row.values["accuracy_replayed"] == row.values["claimed_accuracy"]
