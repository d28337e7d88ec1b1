import os
import signal
import subprocess
import sys
import threading

import pytest
import torch

import greenlatent as gl
from greenlatent.edits import Relabel
from greenlatent.edits.journal import Journal
from greenlatent.run.failures import in_words
from greenlatent.run.run import WITHOUT_SUGGESTION, Run
from greenlatent.run.session import Session
from greenlatent.training.trainer import Trainer

from ..house.source import CHECKOUT
from ..parts import clusters, digit_samples, linear_net, net, same, weights
from .test_runner import interruptible, wait_for


def made(session=None, training=None, **options):
    train, valid = digit_samples()
    meter = gl.Meter()
    journal = Journal(session.journal if session else None)
    given = {"latent": "encoder", "batch_size": 32, "threads": 1, **(training or {})}
    trainer = Trainer(net(), train, valid=valid, meter=meter, journal=journal, **given)
    return Run(trainer, meter, session, **options)


@pytest.fixture
def run():
    with made() as run:
        yield run


SCRIPT = """
import sys
for name in ("IPython", "ipywidgets", "anywidget", "bqplot", "traitlets"):
    sys.modules[name] = None  # importing it fails
import torch
import greenlatent as gl
from greenlatent.edits import Relabel
from greenlatent.run import Run, Session
from tests.parts import digit_samples, net, same, weights

train, valid = digit_samples()
meter, session = gl.Meter(), Session("mine", train.fingerprint)
options = dict(valid=valid, latent="encoder", batch_size=32, threads=1)
trainer = gl.Trainer(net(), train, meter=meter, journal=gl.Journal(session.journal), **options)
with Run(trainer, meter, session) as run:
    words = []
    run.listen(words.append)
    run.start(100)
    assert run.wait(60)
    run.journal.add(Relabel([3], "7"))
    assert run.step(50).steps == 50 and run.accuracy is not None
    found = run.compare()
    assert found is run.comparison and found.edits == 1 and found.without[0][-1].step == 150
    assert run.energy["train"].known and run.energy["control"].known
    assert str(run.save()) == "mine"
    left = weights(trainer.model)
assert {"edit", "pause", "evaluation"} <= set(words) and words[-1] == "closed"

with Run.load("mine", net(), train, valid=valid) as run:
    assert run.trainer.steps == 150 and len(run.journal.active) == 1 and same(weights(run.trainer.model), left)
    run.step(1)
    run.undo()
    assert not run.journal.active
print("went on to", run.trainer.steps)
"""


def test_a_script_without_jupyter_trains_edits_compares_saves_and_goes_on(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", SCRIPT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "went on to 151"
    assert (tmp_path / "mine" / "ledger.jsonl").exists()


def test_words_come_on_the_runs_thread_and_an_ended_listener_hears_no_more(run):
    heard = []
    end = run.listen(lambda word: heard.append((word, threading.current_thread().name)))
    run.start(300)
    assert run.wait(60)
    run.journal.add(Relabel([3], "7"))
    wait_for(lambda: "edit" in [word for word, _ in heard])
    assert {"step", "pause", "evaluation"} <= {word for word, _ in heard}
    assert {name for _, name in heard} == {"greenlatent runner"}
    end(), end()
    count = len(heard)
    run.step(1)
    run.close()
    assert len(heard) == count


def test_an_edit_by_code_is_told_of_while_training_pauses_and_many_at_once_as_one(run):
    heard = []
    run.listen(heard.append)
    gate = threading.Event()
    run.runner.post(gate.wait)  # the run's thread is busy meanwhile
    for i in range(100):
        run.journal.add(Relabel([i], "7"))
    gate.set()
    run.runner.call(lambda: None)
    assert heard.count("edit") == 1
    run.undo()
    run.runner.call(lambda: None)
    assert heard.count("edit") == 2


def test_an_edit_after_the_end_is_written_and_wakes_nothing(run):
    run.close()
    run.journal.add(Relabel([3], "7"))
    assert len(run.journal.active) == 1
    with pytest.raises(RuntimeError, match="closed"):
        run.undo()


def test_a_listener_that_fails_ends_neither_training_nor_the_other_listeners(run, caplog):
    heard = []
    run.listen(lambda word: 1 / 0)
    run.listen(heard.append)
    run.step(5)
    run.wait()
    assert "pause" in heard and "a listener of a run failed" in caplog.text
    assert run.trainer.steps == 5 and not run.failures


def test_a_failure_is_told_once_until_training_starts_again(run):
    told, right = [], run.trainer.stepper.run
    run.listen(lambda word: told.append(str(run.failures[-1])) if word == "failure" else None)
    run.trainer.stepper.run = lambda *_: 1 / 0
    run.start()
    wait_for(lambda: told)
    run.runner.call(run.tick)
    assert told == ["Training stopped. ZeroDivisionError: division by zero"]
    assert run.failures[0].step == run.trainer.steps
    with pytest.raises(ZeroDivisionError):
        run.wait()
    run.trainer.stepper.run = right
    run.start()
    wait_for(lambda: run.trainer.steps > 20 and not run.failures)
    run.pause()


def test_an_evaluation_that_fails_stops_no_training(run):
    def fail(**_):
        raise ArithmeticError("no accuracy")

    run.trainer.evaluate = fail
    run.start(50)
    assert run.wait(60) and run.trainer.steps == 50
    assert [str(failure) for failure in run.failures] == [
        "Beside training something failed. ArithmeticError: no accuracy"
    ]


def test_accuracy_is_evaluated_at_every_pause_with_nobody_watching(run):
    assert run.accuracy is None
    run.step(60)
    run.wait()
    assert run.accuracy == run.trainer.evaluate()["accuracy"]
    count = len(run.evaluations.points)
    assert run.evaluations.points[-1].step == 60
    assert run.evaluate() == run.evaluate(now=True) == run.accuracy
    assert len(run.evaluations.points) == count, "nothing is evaluated twice"


def test_what_training_was_started_for_is_known_until_it_is_paused(run):
    run.start(until="epoch")
    assert run.until == "epoch"
    run.pause()
    assert run.until is None
    with pytest.raises(ValueError, match='until is "epoch", "suggestion" or None'):
        run.start(until="never")
    assert run.until is None


def test_a_budget_pauses_a_run(run):
    with pytest.raises(TypeError, match=r"gl\.Budget"):
        run.budget = 5
    run.budget = gl.Budget(seconds=0.2)
    run.start()
    assert run.wait(60) and run.runner.spent and run.trainer.steps
    with pytest.raises(RuntimeError, match="raise the budget"):
        run.start()
    run.budget = None
    run.step(1)


def test_comparing_waits_for_a_pause_and_saving_for_a_session(run):
    run.start()
    with pytest.raises(RuntimeError, match="pause"):
        run.compare()
    run.pause()
    with pytest.raises(ValueError, match="keeps no session"):
        run.save()


def test_a_run_and_its_trainer_share_one_meter():
    train, _ = digit_samples()
    trainer = Trainer(net(), train, latent="encoder")
    with pytest.raises(ValueError, match=r"Trainer\(meter=meter\)"):
        Run(trainer, gl.Meter())
    trainer.close()


def test_a_folder_that_holds_no_session_is_not_gone_on_with(tmp_path):
    train, _ = digit_samples()
    with pytest.raises(FileNotFoundError, match="is no session"):
        Run.load(tmp_path / "none", net(), train)


def test_a_session_is_gone_on_with_where_its_checkpoint_was(tmp_path):
    session = Session(tmp_path / "mine", digit_samples()[0].fingerprint)
    with made(session) as run:
        run.step(20)
        run.journal.add(Relabel([3], "7"))
        run.save()
        left = weights(run.trainer.model)
    train, valid = digit_samples()
    with Run.load(tmp_path / "mine", net(), train, valid=valid) as again:
        assert again.trainer.steps == 20 and same(weights(again.trainer.model), left)
        assert [event.edit for event in again.journal.active] == [Relabel([3], "7")]


@pytest.mark.parametrize("what", [{"until": "suggestion"}, {"epochs": 10**6}])
def test_a_diverging_loss_is_told_in_words_and_ends_what_was_awaited(what):
    with made(training={"lr": 1e30}) as run:
        run.start(**what)
        assert run.wait(30)
        (failure,) = run.failures
        assert str(failure).startswith("Training diverged. The loss is no number any more")
        assert run.step(3).steps == 3 and len(run.failures) == 1  # who asks for steps gets them


def test_a_model_that_has_learned_clean_data_does_not_train_on_for_a_suggestion_that_never_comes():
    train = clusters(200)
    t = Trainer(
        linear_net(),
        train,
        valid=clusters(90),
        latent="0",
        batch_size=8,
        threads=1,
        optimizer=lambda p: torch.optim.Adam(p, lr=0.02),
        meter=(meter := gl.Meter()),
    )
    with Run(t, meter) as run:
        run.start(until="suggestion")
        assert run.wait(60) and run.gave_up
        learned = run.trainer.epoch
        run.start(until="suggestion")
        assert run.wait(60) and run.trainer.epoch == learned + WITHOUT_SUGGESTION
        run.start(5)
        assert run.wait(60) and not run.gave_up


def test_an_error_is_told_as_a_sentence_where_it_is_one():
    assert in_words(RuntimeError("edits cannot act there")) == "edits cannot act there"
    assert in_words(ValueError("")) == "ValueError: "
    assert in_words(KeyError("x y")) == "KeyError: 'x y'"


def test_ctrl_c_in_again_is_raised_once_nothing_runs_any_more(run):
    run.step(300)
    run.journal.add(Relabel([3], "7"))
    advance, trainer = run.trainer.advance, run.trainer

    def step():
        advance()
        if trainer.steps == 5:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            wait_for(lambda: run.runner._off is not None)

    trainer.advance = step
    with interruptible(), pytest.raises(KeyboardInterrupt):
        run.again()
    assert not run.runner.running and trainer.steps == 5
    assert run.step(2).step == 7
