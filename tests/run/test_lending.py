"""A Lab, or a run, beside somebody's own loop: their steps, our edits, picture, pause and evaluations."""

import threading

import pytest
import torch
from torch.nn import functional as F

from greenlatent.edits import Drop, Link, Relabel, Weigh
from greenlatent.lab.lab import Lab
from greenlatent.run import lending
from greenlatent.training.replay import replay

from ..lab.test_lab import Page
from ..parts import digit_samples, net
from .test_runner import wait_for


@pytest.fixture
def lab():
    train, valid = digit_samples()
    with Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) as lab:
        yield lab


class Loop:
    """Somebody's own loop over a Lab's samples."""

    def __init__(self, lab):
        self.lab, self.steps = lab, 0
        self.optimizer = torch.optim.Adam(lab.trainer.model.parameters(), lr=1e-3)
        self.order = torch.Generator().manual_seed(0)

    def step(self):
        model, train = self.lab.trainer.model, self.lab.trainer.train
        ids = torch.randint(len(train), (32,), generator=self.order)
        with self.lab.around(ids, train.y[ids]) as s:
            self.optimizer.zero_grad()
            output = model(train.x[ids])
            loss = (F.cross_entropy(output, s.y, reduction="none") * s.weight).mean()
            loss.backward()
            self.optimizer.step()
            s.done(loss, output)
        self.steps += 1

    def run(self, n):
        for _ in range(n):
            self.step()


def test_steps_of_ones_own_loop_are_a_labs(lab):
    page, loop = Page(lab), Loop(lab)
    loop.run(40)
    lab.journal.add(
        Link(range(100), range(100, 200), alike=False)
    )  # those of them that a batch holds are pulled
    lab.journal.add(Relabel([4], "6"))
    loop.run(40)
    assert lab.trainer.steps == 80 and lab.trainer.passes == 80 * 32 and lab.trainer.epoch == 2
    assert lab.trainer.recent[1] > 0  # the pull
    lab.runner.take_back()
    wait_for(lambda: page.status()["step"] == 80 and not page.status()["running"])
    assert lab.accuracy == lab.trainer.evaluate()["accuracy"] > 0.2
    assert isinstance(lab.suggest(), list) and {"train", "feedback", "view", "evaluate"} <= set(lab.energy)


def test_what_was_left_out_and_weighed_counts_in_the_loss(lab):
    lab.journal.add(Drop([5]))
    lab.journal.add(Weigh([6], 2))
    with lab.around([4, 5, 6]) as s:
        assert s.weight.tolist() == [1, 0, 2]


def test_the_pause_button_waits_at_the_next_step_and_step_lets_one_pass(lab):
    page, loop = Page(lab), Loop(lab)

    def run():
        with pytest.raises(RuntimeError, match=r"closed|stopped"):
            loop.run(10**9)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: loop.steps > 5)
    page.press("pause")
    wait_for(lambda: not page.status()["running"] and page.status()["step"] == loop.steps > 5)
    steps = loop.steps
    assert lab.trainer.evaluate()["accuracy"] == lab.accuracy  # others may look meanwhile
    assert loop.steps == steps == lab.trainer.steps
    page.press("step")
    wait_for(lambda: loop.steps == steps + 1)
    page.press("start")
    wait_for(lambda: loop.steps > steps + 20)
    with pytest.raises(RuntimeError, match="in a loop of somebody's own; pause"):
        lab.step(3)
    lab.close()
    thread.join(20)
    assert not thread.is_alive()


def test_a_loop_that_does_not_say_that_it_is_over_gives_the_model_back_by_and_by(lab, monkeypatch):
    monkeypatch.setattr(lending, "OVER_SECONDS", 0.1)
    monkeypatch.setattr(lending, "LOOK_SECONDS", 0.01)
    thread = threading.Thread(target=lambda: Loop(lab).run(3))
    thread.start()
    thread.join(20)
    wait_for(lambda: not lab.runner.running)
    assert lab.step(2).steps == 2


def test_an_error_in_a_step_is_the_loops_own_and_the_next_step_goes_on(lab):
    loop = Loop(lab)
    with pytest.raises(ZeroDivisionError), lab.around([0, 1]):
        1 / 0  # noqa: B018
    loop.run(2)
    assert lab.trainer.steps == 3


def test_what_only_a_repeatable_run_has_is_refused_with_what_there_is_instead(lab, tmp_path):
    Loop(lab).run(3)
    lab.pause()
    with pytest.raises(ValueError, match=r"run that loop again .*compare lab.course"):
        lab.control()
    with pytest.raises(ValueError, match="no check can replay"):
        lab.hand_in(tmp_path / "mine.zip")
    with pytest.raises(ValueError, match=r"loop outside.*journal.mended"):
        replay(lab.journal, net(), lab.trainer.train)
