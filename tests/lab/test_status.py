from greenlatent.lab.status import CLOSED, ended, status
from greenlatent.run.run import UNWRITTEN

from .test_lab import here, lab  # noqa: F401


def test_a_failure_stands_in_the_message_until_training_goes_on(lab):  # noqa: F811
    lab.run.fail("Training goes on", OSError("no space"))
    assert status(lab.run, said="Training paused: so.")["message"] == "OSError: no space"
    lab.step(1)
    assert status(lab.run, said="Training paused: so.")["message"] == "Training paused: so."


def test_an_earlier_session_is_offered_while_there_is_no_work_in_this_one(lab, tmp_path):  # noqa: F811
    told = status(lab.run, former=tmp_path)
    assert told["message"] == f"There is an earlier session of this data, {tmp_path.name}."
    assert told["copy"] == f'lab = gl.Lab.load("{tmp_path}", model, train, valid=valid)\nlab'
    lab.step(1)
    told = status(lab.run, former=tmp_path)
    assert told["message"] == told["copy"] == ""


def test_the_end_says_so_and_whether_the_ledger_is_whole(lab):  # noqa: F811
    lab.close()
    last = ended(lab.run)
    assert last["message"] == CLOSED and not (last["running"] or last["undo"] or last["redo"])
    lab.run.fail(UNWRITTEN, OSError("no space"))
    assert ended(lab.run)["message"] == f"{CLOSED} {UNWRITTEN}: OSError: no space"


def test_a_paused_labs_accuracy_is_that_of_the_step_it_stands_at(lab):  # noqa: F811
    for _ in range(3):
        lab.step(7)
        told = f"{lab.accuracy:.1%}"
        assert told == f"{lab.trainer.evaluate()['accuracy']:.1%}" and told in repr(lab)
