"""Two real processes on loopback: the same training, the same edits at the same step, and what if one ends."""

import os
import random
import re
import signal
import threading
import time

import pytest
import torch

import greenlatent as gl
from greenlatent.run.runner import Runner
from tests.parts import digit_samples, net, same, weights

TRAIN, VALID = digit_samples()
NET = {"valid": VALID, "latent": "encoder", "batch_size": 32, "threads": 1}


def apart(a, b):
    return max(float((a[name] - b[name]).abs().max()) for name in a)


def made(ranks=2, model=None, **options):
    return gl.Trainer(net() if model is None else model, TRAIN, **(NET | options), ranks=ranks)


def gone(pid):
    """Whether a process is gone; one that nobody has fetched yet counts as such."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def two():
    """A trainer over two ranks; each test begins it anew by `reset`."""
    with gl.scale.Ranks(2) as ranks:
        trainer = made(ranks)
        yield trainer
        trainer.close()


@pytest.fixture
def fresh(two):
    for event in reversed(two.journal.active):
        two.journal.mute(event.n)
    two.reset()
    return two


def every_kind(trainer):
    """Edits of every kind between stretches of steps, one of them undone, and steps to let them act."""
    journal = trainer.journal
    trainer.step(40)
    first = journal.add(gl.Relabel([1, 5, 9, 700], "3"))
    journal.add(gl.Move([20, 21, 22], gl.Near([40, 41])))
    trainer.step(41)
    journal.add(gl.Link([3], [8], alike=False))
    journal.add(gl.Weigh(list(range(100, 140)), 2.5))
    journal.add(gl.Drop(list(range(200, 260))))
    trainer.step(130)
    journal.undo()
    journal.mute(first)
    journal.add(gl.Move([30, 31], "7"))
    trainer.step(89)


def test_two_ranks_train_as_one_process_with_every_kind_of_edit(fresh):
    every_kind(fresh)
    mine, met = weights(fresh.model), fresh.evaluate()
    alone = made(None)
    every_kind(alone)
    assert fresh.steps == alone.steps == 300
    assert apart(mine, weights(alone.model)) < 1e-5
    there = alone.evaluate()
    assert met["accuracy"] == there["accuracy"] and met["loss"] == pytest.approx(there["loss"], abs=1e-5)
    assert torch.allclose(fresh.seen.latents, alone.seen.latents, atol=1e-4)
    assert torch.equal(fresh.seen.step, alone.seen.step)
    assert torch.equal(fresh.seen.predicted, alone.seen.predicted)
    assert abs(fresh.latents() - alone.latents()).max() < 1e-4
    alone.close()


def test_the_same_ranks_and_seed_repeat_bit_for_bit(fresh):
    fresh.step(50)
    first = weights(fresh.model)
    fresh.reset()
    fresh.step(20)
    fresh.step(30)
    assert same(first, weights(fresh.model))


def test_a_loss_that_is_kept_holds_no_gradients_of_its_step_in_memory(fresh):
    fresh.step(3)
    assert max(loss.untyped_storage().nbytes() for loss in fresh.stepper.task_losses.last(3)) < 100


def test_edits_from_threads_are_in_force_at_the_stamped_step(fresh):
    runner = Runner(fresh)
    runner.start()
    before = len(fresh.journal)

    def edit(seed):
        rng = random.Random(seed)
        for k in range(25):
            ids = rng.sample(range(len(TRAIN)), 3)
            kinds = [gl.Move(ids, gl.Near([5, 6, 7])), gl.Relabel(ids, "4"), gl.Weigh(ids, 2.0)]
            fresh.journal.add(kinds[k % 3])
            if k % 5 == 4:
                fresh.journal.undo()
            until(lambda at=fresh.steps: fresh.steps > at)

    threads = [threading.Thread(target=edit, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runner.pause()
    assert fresh.company.phase == "listening", "a pause leaves everybody waiting for a word"
    runner.step(3)
    mine, journal, steps = weights(fresh.model), fresh.journal, fresh.steps
    assert len(journal) - before == 90
    runner.stop()
    replayed = made(None)
    resets = [k for k, event in enumerate(journal) if event.do == "reset"]
    for event in list(journal)[: resets[-1] + 1]:
        replayed.journal.repeat(event)
    for event in list(journal)[resets[-1] + 1 :]:
        replayed.step(event.step - replayed.steps)
        replayed.journal.repeat(event)
    replayed.step(steps - replayed.steps)
    assert apart(mine, weights(replayed.model)) < 1e-5
    replayed.close()
    fresh.company.expect(lambda: False)


def test_a_checkpoint_of_two_goes_on_bit_for_bit_over_two_and_nearly_so_in_one(fresh, tmp_path):
    fresh.journal.add(gl.Relabel([1, 2], "3"))
    fresh.step(40)
    fresh.save(tmp_path)
    journal = fresh.journal
    fresh.step(40)
    over = weights(fresh.model)
    alone = gl.Trainer.load(tmp_path, net(), TRAIN, valid=VALID, journal=copied(journal))
    alone.step(40)
    assert apart(over, weights(alone.model)) < 1e-5
    alone.close()
    with gl.scale.Ranks(2) as ranks:
        both = gl.Trainer.load(tmp_path, net(), TRAIN, valid=VALID, journal=copied(journal), ranks=ranks)
        both.step(40)
        assert same(over, weights(both.model))
        both.close()


def copied(journal):
    """The same lines in a journal of its own."""
    twin = gl.Journal()
    twin.header = dict(journal.header)
    for event in journal:
        twin.repeat(event)
    return twin


def test_a_forked_process_leaves_the_ranks_to_its_parent(fresh):
    fresh.step(2)
    child = os.fork()
    if not child:
        try:
            fresh.step()
        except RuntimeError as error:
            os._exit(0 if "was forked" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert fresh.step(2).step == 4


def test_a_step_that_fails_before_its_sum_begins_the_others_anew(fresh, monkeypatch):
    fresh.step(2)
    monkeypatch.setattr(fresh.edits, "survey", lambda step: 1 / 0)
    fresh.journal.add(gl.Move([1], gl.Near([2, 3])))
    with pytest.raises(ZeroDivisionError):
        fresh.step()
    monkeypatch.undo()
    fresh.step(3)
    assert fresh.steps == 5


def test_ranks_that_are_started_here_cannot_run_a_loop_of_ones_own(fresh):
    with pytest.raises(RuntimeError, match=r"cannot run it.*Start the same script"), fresh.around([1, 2, 3]):
        pass
    assert fresh.step(2).step == fresh.steps, "and train on"


def test_a_rank_that_is_killed_is_named_and_begun_anew_with_the_state(fresh):
    fresh.step(10)
    pid = fresh.company.who.nodes[1]["pid"]
    before = weights(fresh.model)
    os.kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    with pytest.raises(RuntimeError, match=rf"rank 1 \(here, pid {pid}\) is gone.*Step 10 was not applied"):
        fresh.step(5)
    assert time.monotonic() - begun < 5
    assert same(before, weights(fresh.model))
    fresh.step(5)
    assert fresh.company.who.nodes[1]["pid"] != pid
    assert all(torch.isfinite(value).all() for value in fresh.model.state_dict().values())
    fresh.step(4)


def test_a_look_between_two_steps_does_without_a_rank_that_is_gone_and_the_run_goes_on_as_unbroken(
    fresh, caplog
):
    fresh.step(20)
    pid = fresh.company.who.nodes[1]["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: gone(pid))
    before = fresh.evaluate()
    assert f"rank 1 (here, pid {pid}) is gone" in caplog.text and "between two steps" in caplog.text
    assert "not applied" not in caplog.text
    assert fresh.latents().shape == (len(TRAIN), fresh.dims) and fresh.evaluate() == before
    fresh.step(20)
    broken = weights(fresh.model)
    fresh.reset()
    fresh.step(40)
    assert same(broken, weights(fresh.model))


def test_what_a_rank_raises_is_raised_here_with_its_number(tmp_path):
    class Poor(torch.nn.Module):
        """Has no memory left in the other process."""

        def __init__(self, home):
            super().__init__()
            self.encoder, self.head, self.home = torch.nn.Linear(64, 8), torch.nn.Linear(8, 10), home

        def forward(self, x):
            if os.getpid() != self.home and len(x) == 16 and self.training:
                raise MemoryError("there is not enough for a batch")
            return self.head(self.encoder(x))

    trainer = made(2, Poor(os.getpid()))
    with pytest.raises(RuntimeError, match=r"rank 1 .*failed: MemoryError: there is not enough for a batch"):
        trainer.step()
    trainer.close()


class Slow(torch.nn.Module):
    """Takes its time, in the other process."""

    def __init__(self, home):
        super().__init__()
        self.encoder, self.head, self.home = torch.nn.Linear(64, 8), torch.nn.Linear(8, 10), home

    def forward(self, x):
        if os.getpid() != self.home and self.training:
            time.sleep(0.05)
        return self.head(self.encoder(x))


def test_a_slow_rank_is_waited_for_and_the_share_of_it_is_told():
    trainer = made(2, Slow(os.getpid()))
    trainer.step(10)
    share = int(re.search(r"of each step, (\d+)% is waiting for the others", trainer.company.said)[1])
    trainer.close()
    assert 50 < share <= 100


def test_close_leaves_no_process_and_nobody_to_wait_for():
    trainer = made(2)
    pid = trainer.company.who.nodes[1]["pid"]
    assert os.getpgid(pid) != os.getpgid(0), "an interrupt of the kernel's group would end it"
    trainer.step(3)
    trainer.close()
    trainer.close()
    assert gone(pid)
    other = made(2, model := net())
    pid = other.company.who.nodes[1]["pid"]
    made(None, model).close()  # a new trainer on the model ends the one before
    assert gone(pid)


def test_a_model_that_cannot_be_sent_is_refused_by_the_attribute():
    model = net()
    model.encoder.lock = threading.Lock()
    with pytest.raises(TypeError, match=r"lock cannot be sent to another process"):
        made(2, model)


def test_a_rank_that_hangs_counts_as_gone():
    with gl.scale.Ranks(2, timeout=2.0) as ranks:
        trainer = made(ranks)
        trainer.step(2)
        pid = ranks.nodes[1]["pid"]
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(RuntimeError, match=rf"rank 1 \(here, pid {pid}\) did not answer"):
            trainer.step()
        assert gone(pid)
        trainer.ranks = 1
        trainer.step(2)
        assert trainer.ranks == 1 and trainer.steps in (4, 5)  # where it was noticed
        trainer.close()
