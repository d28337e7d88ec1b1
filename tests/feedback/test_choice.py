"""A choice by halves: it takes a contrast that helps, refuses a shortcut, and is a line that replay obeys."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.edits import Move
from greenlatent.edits.kinds import Choice
from greenlatent.feedback import choice
from greenlatent.feedback.feedback import Feedback
from greenlatent.training.replay import replay

from ..parts import clusters, linear_net, same, trainer, weights


def dragged(**options):
    train = clusters(60)
    y = train.y.clone()
    y[1::2] = -1
    t = trainer(train.take(np.arange(60), y=y), **options)
    t.step(8)
    for c in range(3):
        ids = [i for i in range(1, 60, 2) if int(train.y[i]) == c][:4]
        t.journal.add(Move(ids, f"class {c}"))
    t.step(2)
    return t


def test_both_counts_come_back_and_the_choice_is_written_down():
    t = dragged()
    before, steps = weights(t.model), t.steps
    found = t.choose_contrast(30)
    assert found.of == 12 and 0 <= found.right <= 12 and 0 <= found.without <= 12
    assert found.on == (found.right > found.without)
    assert t.journal.active[-1].edit == Choice(found.on, found.right, found.without, 12)
    assert same(before, weights(t.model)) and t.steps == steps


@pytest.mark.parametrize(("counts", "on"), [([5, 6], True), ([6, 6], False), ([6, 5], False)])
def test_the_contrast_is_on_only_where_it_tells_more_right(monkeypatch, counts, on):
    t = dragged()
    monkeypatch.setattr(choice, "_tried", lambda *_: counts)
    assert t.choose_contrast().on == on
    assert (t.step(9).feedback_loss > 0) == on


def test_a_choice_changes_nothing_of_training_and_a_replay_obeys_it_without_a_trial(monkeypatch):
    t, untried = dragged(), dragged()
    t.choose_contrast(10)
    t.journal.undo()
    for each in (t, untried):
        each.journal.add(Choice(True))
        each.step(20)
    assert same(weights(t.model), weights(untried.model)) and t.feedback.live
    monkeypatch.setattr(choice, "_tried", None)
    t.close()
    again = replay(t.journal, linear_net(), t.train)
    assert same(weights(t.model), weights(again.model))


def test_a_cancelled_choice_writes_nothing_down_and_few_drags_raise():
    t, heard = dragged(), []

    def progress(share):
        heard.append(share)
        return False

    lines = len(t.journal)
    assert t.choose_contrast(40, progress=progress) is None and len(t.journal) == lines and len(heard) == 1
    for _ in range(3):
        t.journal.undo()
    with pytest.raises(ValueError, match="0 samples without a label were dragged to a class"):
        t.choose_contrast()


def shortcut(seed=0):
    """The old part carries a mark of the class, the new one any mark: what is alike by its mark is not alike."""
    rng = np.random.default_rng(seed)
    n = 200
    y = np.arange(2 * n) % 4
    centres = rng.normal(size=(4, 8)) * 1.5
    x = centres[y] + 0.5 * rng.normal(size=(2 * n, 8))
    mark = np.where(np.arange(2 * n) < n, y, rng.integers(0, 4, 2 * n))
    x = np.concatenate([x, 6 * np.eye(4)[mark]], 1).astype(np.float32)
    given = y.copy()
    given[n:] = -1
    return gl.Samples(x, given, classes=list("abcd")), y


def test_a_planted_shortcut_is_refused():
    train, truth = shortcut()
    t = gl.Trainer(linear_net(12, 4), train, latent="0", batch_size=32, threads=1, lr=0.005)
    t.step(150)
    for c in range(4):
        ids = [i for i in range(200, 400) if truth[i] == c][:8]
        t.journal.add(Move(ids, "abcd"[c]))
    assert not t.choose_contrast(100).on
    assert t.step(9).feedback_loss == 0


def test_a_labs_meter_has_a_line_for_a_choice():
    train = dragged().train
    with gl.Lab(linear_net(), train, latent="0", batch_size=8, threads=1, session=False) as lab:
        lab.step(4)
        lab.journal.add(Move([1, 3, 5, 7], "class 0"))
        assert lab.choose_contrast(5).of == 4 and "control" in lab.energy
    assert Feedback().contrast == "chosen"
