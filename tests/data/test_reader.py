"""Workers that read ahead: real processes, and the same run whatever their number."""

import multiprocessing
import random
import signal

import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples
from greenlatent.edits import Drop, Move
from greenlatent.training.replay import replay
from greenlatent.training.trainer import Trainer

from ..parts import clusters, linear_net, same, trainer, weights

pytestmark = pytest.mark.whole


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """torch waits 5 s for a worker that does not end by itself; none here will."""
    monkeypatch.setattr(torch.utils.data._utils, "MP_STATUS_CHECK_INTERVAL", 0.2)


class Shaky:
    """A Dataset that augments with each of the generators in use."""

    def __init__(self, n=60):
        self.x, self.y = clusters(n).x, clusters(n).y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        noise = torch.randn(4) + float(np.random.normal()) + random.random()
        return self.x[i] + 0.1 * noise, int(self.y[i])


def shaky(workers, edits=True, steps=25):
    data = Shaky()
    t = trainer(Samples.from_dataset(data, y=data.y), workers=workers)
    t.step(5)
    if edits:
        t.journal.add(Move([3], "2"))
        t.journal.add(Drop([5, 7]))
    t.step(steps)
    return t


def test_worker_processes_change_nothing_but_the_time():
    one, two = shaky(1), shaky(2)
    assert same(weights(one.model), weights(two.model))
    again = replay(one.journal, linear_net(), one.train, steps=one.steps)
    assert same(weights(one.model), weights(again.model))
    for t in (one, two, again):
        t.close()


def test_every_epoch_sees_every_sample_with_workers_too():
    data = Shaky()
    t = trainer(Samples.from_dataset(data, y=data.y), workers=2)
    while t.epoch < 2:
        t.step(1)
        if t.epoch == 1 and t.epoch_done:
            assert (t.seen.step >= 0).all()
    t.close()


def test_reading_ahead_leaves_the_persons_numbers_alone():
    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    expected = torch.rand(3), np.random.rand(3), random.random()
    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    shaky(1).close()
    assert torch.equal(torch.rand(3), expected[0])
    assert (np.random.rand(3) == expected[1]).all() and random.random() == expected[2]


def test_a_run_with_workers_goes_on_from_its_checkpoint_bit_for_bit(tmp_path):
    whole = shaky(2, edits=False, steps=0)
    whole.save(tmp_path)
    again = Trainer.load(tmp_path, linear_net(), whole.train)
    whole.step(20)
    again.step(20)
    assert same(weights(whole.model), weights(again.model))
    whole.close(), again.close()


def test_what_an_item_raises_in_a_worker_reaches_the_person():
    class Torn(Shaky):
        def __getitem__(self, i):
            if i == 9 and torch.utils.data.get_worker_info():
                raise OSError("the file of item 9 is gone")
            return super().__getitem__(i)

    data = Torn()
    t = trainer(Samples.from_dataset(data, y=data.y), workers=1)
    with pytest.raises(OSError, match="the file of item 9 is gone"):
        t.step(20)
    t.journal.add(Drop([9]))
    assert np.isfinite(t.step(20).loss)
    t.close()


def test_a_worker_that_was_killed_reaches_the_person_and_others_take_its_place(monkeypatch):
    data = Shaky()
    t = trainer(Samples.from_dataset(data, y=data.y), workers=1)
    t.step(1)
    monkeypatch.setattr(
        "greenlatent.data.reader.PATIENCE_SECONDS", 1e9
    )  # it is not by its end that they are missed
    # as in a Lab, whose training is on a thread that hears no signal
    heard = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        t.step(20)
    signal.signal(signal.SIGCHLD, heard)
    steps = t.steps
    assert t.step(10).steps == 10 and t.steps == steps + 10
    t.close()


class Silent(Shaky):
    """Its workers never give an item."""

    def __getitem__(self, i):
        if torch.utils.data.get_worker_info() is not None:
            multiprocessing.Event().wait()
        return super().__getitem__(i)


def test_workers_that_never_answer_are_given_up_in_words(monkeypatch):
    monkeypatch.setattr("greenlatent.data.reader.PATIENCE_SECONDS", 0.5)
    data = Silent()
    t = trainer(Samples.from_dataset(data, y=data.y), workers=1)
    with pytest.raises(RuntimeError, match=r"gave nothing for 0\.5 s; read with fewer"):
        t.step(1)
    t.close()
