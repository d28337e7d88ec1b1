import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest

from greenlatent.edits import Relabel
from greenlatent.run.runner import Runner
from greenlatent.training.company import Alone

from ..parts import digit_samples, net, same, trainer, weights


@pytest.fixture
def runner():
    runner = Runner(trainer())
    yield runner
    runner.stop()


def wait_for(condition, seconds=20):
    """Look until it is so; a condition that never comes fails the test."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.001)


def test_steps_in_the_background_are_the_same_as_inline():
    train, _ = digit_samples()
    inline = trainer(train, net(), latent="encoder")
    inline.step(100)
    runner = Runner(trainer(train, net(), latent="encoder"))
    runner.start(60)
    assert runner.wait(20)
    runner.step(40)
    runner.stop()
    assert same(weights(inline.model), weights(runner.trainer.model))


def test_start_returns_at_once_and_pause_keeps_whole_steps(runner):
    runner.start()
    wait_for(lambda: runner.trainer.steps > 20)
    assert runner.running
    runner.pause()
    runner.pause()
    steps = runner.trainer.steps
    assert not runner.running and runner.trainer.steps == steps
    runner.start(5)
    runner.wait(20)
    assert runner.trainer.steps == steps + 5


def test_a_run_over_some_epochs_stops_at_the_end_of_the_last(runner):
    runner.start(epochs=2)
    runner.wait(20)
    assert runner.trainer.steps == 16 and runner.step(epochs=1).steps == 8
    runner.start(2)  # what was asked for before is over
    runner.wait(20)
    assert runner.trainer.steps == 26


def test_a_run_until_the_end_of_the_epoch_stops_there(runner):
    runner.start(until="epoch")
    runner.wait(20)
    assert runner.trainer.epoch_done and runner.trainer.steps == 8  # 60 samples in batches of 8
    runner.start(until="epoch")
    runner.wait(20)
    assert runner.trainer.steps == 16


def test_pace_holds_training_back(runner):
    begun = time.perf_counter()
    runner.start(10, pace=50)
    runner.wait(20)
    assert time.perf_counter() - begun > 9 / 50


def test_an_error_stops_training_and_is_raised_at_the_next_call(runner):
    runner.step(3)
    broken = RuntimeError("out of data")
    runner.trainer.stepper.run, right = lambda _: (_ for _ in ()).throw(broken), runner.trainer.stepper.run
    runner.start()
    with pytest.raises(RuntimeError, match="out of data"):
        runner.wait(20)
    assert not runner.running
    runner.trainer.stepper.run = right
    runner.step(2)  # told once, it goes on
    with pytest.raises(RuntimeError, match="out of data"):
        runner.trainer.stepper.run = lambda _: (_ for _ in ()).throw(broken)
        runner.step(1)


def test_what_touches_the_model_runs_between_steps_on_its_thread(runner):
    runner.start()
    names = [runner.call(lambda: threading.current_thread().name) for _ in range(20)]
    assert set(names) == {"greenlatent runner"}
    latents = runner.trainer.latents([0, 1])  # a trainer with a runner goes through it by itself
    assert latents.shape == (2, 5) and runner.running


def test_a_call_that_raises_raises_here_and_training_goes_on(runner):
    runner.start()
    with pytest.raises(ZeroDivisionError):
        runner.call(lambda: 1 / 0)
    steps = runner.trainer.steps
    wait_for(lambda: runner.trainer.steps > steps)


def test_subscribers_hear_of_progress_and_of_the_pause(runner):
    heard = []
    end = runner.subscribe(lambda: heard.append((runner.running, runner.trainer.steps)), every=0)
    runner.start(20)
    runner.wait(20)
    wait_for(lambda: heard and heard[-1] == (False, 20))
    assert any(running for running, _ in heard)
    end()
    end()
    count = len(heard)
    runner.step(3)
    assert len(heard) == count


def test_a_loop_over_single_steps_is_one_run_with_one_pause(runner):
    pauses = []
    runner.subscribe(lambda: pauses.append(runner.trainer.steps) if not runner.running else None, every=60)
    for _ in range(30):
        runner.step()
    wait_for(lambda: pauses and pauses[-1] == 30)
    assert len(pauses) < 10  # none, unless the machine takes a step's pause for one


def test_a_subscriber_that_fails_does_not_stop_training(runner, caplog):
    runner.subscribe(lambda: 1 / 0, every=0)
    runner.step(5)
    assert runner.trainer.steps == 5 and "a subscriber failed" in caplog.text


def test_an_edit_is_in_force_at_the_next_step_under_load(runner):
    runner.start()
    wait_for(lambda: runner.trainer.steps > 5)
    for k in range(50):
        runner.trainer.journal.add(Relabel([k % 7], f"class {k % 3}"))
    runner.pause()
    runner.step(1)
    for event in runner.trainer.journal:
        assert event.step <= runner.trainer.steps - 1
    assert int(runner.trainer.mending.y[0]) == 49 % 3


def test_stop_works_twice_from_any_thread_and_ends_the_thread():
    runner = Runner(trainer())
    runner.start()
    threads = [threading.Thread(target=runner.stop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not runner._thread.is_alive()
    with pytest.raises(RuntimeError, match="was stopped"):
        runner.start()
    runner.trainer.step(1)  # a trainer without its runner steps inline


def test_a_runner_at_rest_has_no_thread_until_something_is_asked(runner):
    runner.step(3)
    thread = runner._thread
    runner.rest()
    thread.join(20)
    assert not thread.is_alive()
    runner.rest()
    assert runner.call(lambda: threading.current_thread() is runner._thread)
    runner.start(5)
    runner.rest()  # not before what was asked for is done
    assert runner.wait(20) and runner.trainer.steps == 8


def test_a_new_trainer_of_the_same_model_ends_the_old_thread():
    first = Runner(trainer())
    first.start()
    wait_for(lambda: first.trainer.steps > 3)
    second = trainer(model=first.trainer.model)
    assert not first._thread.is_alive() and first.trainer.closed
    assert same(weights(second.model), second.initial)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"until": "tomorrow"}, '"epoch"'), ({"pace": 0}, "above 0"), ({"steps": 0}, "from 1 up")],
)
def test_bad_input_is_named(runner, options, words):
    with pytest.raises(ValueError, match=words):
        runner.start(**options)


def test_something_posted_that_fails_is_logged_and_training_goes_on(runner, caplog):
    runner.post(lambda: 1 / 0)
    assert runner.step(2).steps == 2 and "a command failed" in caplog.text


def test_what_is_asked_for_just_before_the_thread_may_rest_is_done(runner):
    for _ in range(5):
        paused, done = threading.Event(), threading.Event()
        end = runner.subscribe(paused.set)
        runner.call(lambda: None)
        assert paused.wait(20)  # now it sleeps
        end()
        with runner._wake:  # nobody wakes between the two
            runner.post(done.set)
            runner.rest()
        assert done.wait(20)


def test_who_waits_while_another_thread_steps_hears_that_it_is_done(runner):
    begun, go = threading.Event(), threading.Event()
    runner.subscribe(lambda: begun.set() or go.wait(20), every=0)
    stepping = threading.Thread(target=lambda: runner.step(1))
    stepping.start()
    assert begun.wait(20)
    waited = []
    waiting = threading.Thread(target=lambda: waited.append(runner.wait(20)))
    begin = time.monotonic()
    waiting.start()
    wait_for(lambda: runner._wake._waiters)  # it has begun to wait
    go.set()
    stepping.join()
    waiting.join()
    assert waited == [True] and time.monotonic() - begin < 15


def test_waiting_in_a_callback_is_refused_instead_of_waiting_for_itself(runner):
    said = []

    def callback():
        try:
            runner.wait(5)
        except RuntimeError as error:
            said.append(str(error))

    runner.subscribe(callback, every=0)
    runner.start(3)
    assert runner.wait(4)
    assert "wait for itself" in said[0]


def test_a_callback_that_exits_reaches_the_person_and_the_thread_lives_on(runner):
    def leave():
        end()
        raise SystemExit("enough")

    end = runner.subscribe(leave, every=0)
    runner.start()
    with pytest.raises(SystemExit, match="enough"):
        runner.wait(20)
    assert not runner.running
    assert runner.step(1).steps == 1
    runner.post(lambda: (_ for _ in ()).throw(SystemExit("posted")))
    assert runner.call(lambda: "still here") == "still here"


def test_nothing_runs_beside_the_last_step_of_a_runner_that_stops():
    runner = Runner(trainer())
    begun, go = threading.Event(), threading.Event()
    runner.post(lambda: begun.set() or go.wait(20))
    assert begun.wait(20)
    stopping = threading.Thread(target=runner.stop)
    stopping.start()
    wait_for(lambda: runner._stopping)
    with pytest.raises(RuntimeError, match="stopped"):
        runner.trainer.latents([0])
    go.set()
    stopping.join()
    assert len(runner.trainer.latents([0])) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_trains_on_and_its_parent_does_not_notice():
    run, whole = Runner(trainer()), trainer()
    run.step(5)
    whole.step(10)
    child = os.fork()
    if child == 0:  # which has none of the parent's threads
        signal.alarm(60)
        run.step(5)
        os._exit(0 if same(weights(run.trainer.model), weights(whole.model)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    run.step(5)
    assert same(weights(run.trainer.model), weights(whole.model))
    run.stop()


def test_what_is_left_of_a_plan_is_told_in_the_middle_of_it_and_at_the_end_of_an_epoch(runner):
    told = []
    runner.trainer.at_epoch(lambda: told.append(runner.left))  # 60 samples in batches of 8: 8 steps
    assert runner.left == 0
    runner.step(20)
    assert told == [12, 4] and runner.left == 0
    runner.start(28)
    assert runner.wait(20)
    assert told[2:] == [24, 16, 8, 0]
    runner.step(epochs=3)
    assert told[6:] == [16, 8, 0]
    runner.start(epochs=2)
    assert runner.wait(20)
    assert told[9:] == [8, 0]
    runner.trainer.at_epoch(lambda: runner.pause(wait=False))
    runner.start()
    assert runner.wait(20)
    assert told[11:] == [None], "without an end nothing says how many are left"


@contextmanager
def interruptible():
    """Where a real signal, as Jupyter's stop button sends it, raises KeyboardInterrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_raised_once_the_step_that_others_have_begun_is_done_too(runner):
    trainer, raised, first = runner.trainer, threading.Event(), runner.trainer.steps + 3
    advance = trainer.advance

    class Begun(Alone):
        @property
        def ahead(self):
            return first <= trainer.steps < first + 3

    def step():
        advance()
        if trainer.steps == first:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            wait_for(lambda: runner._off is not None)
        elif trainer.steps > first:
            raised.wait(0.3)  # it would be by now, if nobody waited for these steps

    trainer.edits.company, trainer.advance = Begun(), step
    with interruptible(), pytest.raises(KeyboardInterrupt):
        runner.step(10**9)
    running = runner.running
    raised.set()
    assert not running and trainer.steps == first + 3
    assert runner.step(2).steps == 2
