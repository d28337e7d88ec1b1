"""Drags of samples that had no label: what they do to batches, losses and latents."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from greenlatent.edits import Drop, Link, Move, Relabel
from greenlatent.edits.kinds import Choice
from greenlatent.edits.mending import mend
from greenlatent.feedback.contrast import MOST, Drags
from greenlatent.feedback.feedback import Feedback

from ..parts import clusters, same, trainer, weights

CPU = torch.device("cpu")


def half(n=60):
    """Clusters of which every other sample has no label."""
    train = clusters(n)
    y = train.y.clone()
    y[1::2] = -1
    return train.take(np.arange(n), y=y)


def dragged(contrast=1.0, n=60, edits=(), **options):
    t = trainer(half(n), feedback=Feedback(contrast=contrast, **options))
    t.step(8)
    for edit in edits or [Move([1, 3], "class 0"), Move([5], "class 1")]:
        t.journal.add(edit)
    return t


def test_a_drag_to_a_class_is_its_label_and_counts_as_dragged_only_without_one_before():
    train = half()
    mending = mend([Move([1, 2], "class 0"), Relabel([3], "class 1"), Move([3], "class 0")], train)
    assert mending.y[[1, 2, 3]].tolist() == [0, 0, 0] and not mending.masked.any()
    assert mending.dragged.nonzero()[:, 0].tolist() == [1]


def test_a_drag_trains_as_the_same_relabel_does_where_no_contrast_is_chosen():
    runs = []
    for edit in (Move([1, 2, 3], "class 0"), Relabel([1, 2, 3], "class 0")):
        t = dragged("chosen", edits=[edit])
        t.step(30)
        runs.append(weights(t.model))
    assert same(*runs)


@pytest.mark.parametrize("back", [False, True])
def test_a_link_gives_the_name_of_one_side_to_the_other(back):
    train = half()
    named, others = [0, 3, 6], [1, 7, 2]  # of class 0, 3 has no label; 2 has another
    link = Link(others, named) if back else Link(named, others)
    mending = mend([link], train)
    assert mending.y[[1, 7]].tolist() == [0, 0] and int(mending.y[2]) == 2
    assert mending.dragged.nonzero()[:, 0].tolist() == [1, 7]


def test_a_link_of_two_names_or_of_none_names_nobody():
    train = half()
    for link in (Link([0], [2]), Link([1], [3]), Link([0], [1], alike=False)):
        assert torch.equal(mend([link], train).y, train.y)
    t = trainer(train)
    t.journal.add(Link([1], [3]))
    assert t.step(2).feedback_loss == 0 and not t.feedback.live


def test_a_contrast_step_draws_a_quarter_to_a_half_of_the_batch_evenly_by_class():
    for count, expected in ((3, 4), (6, 6), (20, 8)):
        train, on = half(), Drags(1.0, 0.5)
        first = max(1, count // 3)
        ids = list(range(1, 2 * count, 2))
        mending = mend([Move(ids[:first], "class 0"), Move(ids[first:], "class 1")], train)
        on.take(mending, np.ones(len(train)), True, CPU)
        drawn = torch.cat([on.draw(16, turn) for turn in range(50)])
        assert len(on.draw(16, 0)) == expected
        classes = np.bincount(mending.y[drawn].numpy())
        assert abs(int(classes[0]) - int(classes[1])) <= 1
        assert set(drawn.tolist()) == set(ids)


def test_the_task_loss_of_contrast_steps_is_that_of_the_epoch_in_expectation():
    train, on, rng = half(), Drags(1.0, 0.5), np.random.default_rng(0)
    mending = mend([Move([1, 3], "class 0"), Move([5], "class 1")], train)
    met = np.where(mending.y.numpy() >= 0, 1.0, 0.0)
    met[0] = 3.0  # one that counts thrice
    on.take(mending, met, True, CPU)
    loss = torch.tensor(rng.normal(size=len(train)) ** 2, dtype=torch.float32)
    pool, found = np.repeat(np.arange(len(train)), met.astype(int)), []
    for turn in range(6000):
        drawn = on.draw(16, turn)
        task = torch.from_numpy(rng.choice(pool, 16 - len(drawn), replace=False))
        ids = torch.cat([task, drawn])
        found.append(float(on.shares(ids, len(drawn)) @ loss[ids]))
    expected = float(loss[pool].mean())
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / 6000**0.5)
    naive = float(loss[ids].mean())
    assert abs(naive - expected) > 0  # and not the plain mean of such a batch


def test_dragged_rows_are_met_every_so_often_and_displace_nobody():
    t = dragged(every=3, n=62)
    met, seen = [], t.seen.note

    def spy(ids, *rest):
        met.append(ids.tolist())
        return seen(ids, *rest)

    t.seen.note = spy
    while not t.epoch_done:
        t.step()
    for step, ids in enumerate(met):
        assert (ids[-2:] == [1, 5] or set(ids[-2:]) <= {1, 3, 5}) == (step % 3 == 0) or len(ids) < 8
    passes = t.passes
    met.clear()
    t.step(12)
    assert t.passes - passes == sum(map(len, met))  # what counts in the task loss was paid for
    task = [i for step, ids in enumerate(met, 8 + 4) for i in ids]
    assert set(range(0, 62, 2)) <= set(task) | {0}


def test_feedback_pulls_only_while_a_dragged_sample_is_in_force_and_left_in():
    t = dragged()
    assert t.step().feedback_loss > 0 and t.feedback.live
    t.journal.add(Drop([1, 3]))
    assert t.step().feedback_loss > 0
    t.journal.add(Relabel([5], "class 2"))  # it is what it was dragged for, no more, but still had no label
    assert t.step().feedback_loss > 0
    t.journal.add(Drop([5]))
    assert t.step(9).feedback_loss == 0 and not t.feedback.live


def test_so_many_drags_are_labels_alone():
    ids = range(1, 2 * MOST + 1, 2)
    t = dragged(n=2 * MOST + 60, edits=[Move(ids[::2], "class 0"), Move(ids[1::2], "class 1")])
    assert t.step().feedback_loss > 0
    t.journal.add(Move([2 * MOST + 1], "class 0"))
    assert t.step(9).feedback_loss == 0


def test_only_a_choice_turns_a_chosen_contrast_on_and_its_undo_off_again():
    t = dragged("chosen")
    assert t.step(9).feedback_loss == 0
    t.journal.add(Choice(True, 3, 1, 3))
    assert t.step().feedback_loss > 0
    t.journal.undo()
    assert t.step(9).feedback_loss == 0
    off = dragged("off", edits=[Move([1], "class 0"), Choice(True)])
    assert off.step(9).feedback_loss == 0


def test_a_dragged_sample_is_not_pushed_away_from_those_like_it_that_have_no_label():
    """The same drag, with many look-alikes beside it that nobody has named, is no worse than the label."""
    rng, right = np.random.default_rng(1), {}
    from greenlatent import Samples

    n = 40
    old = np.concatenate([rng.normal((0, 0, 0, 4), 0.3, (n, 4)), rng.normal((0, 0, 0, -4), 0.3, (n, 4))])
    new = np.concatenate([rng.normal((5, 0, 0, 4), 0.3, (n, 4)), rng.normal((5, 0, 0, -4), 0.3, (n, 4))])
    y = np.repeat([0, 1, -1, -1], n)
    train = Samples(np.concatenate([old, new]).astype(np.float32), y, classes=["a", "b"])
    for contrast in ("off", 1.0):
        t = trainer(train, feedback=Feedback(contrast=contrast), batch_size=16, unlabelled="keep")
        t.step(40)
        t.journal.add(Move(range(2 * n, 2 * n + 4), "a"))
        t.journal.add(Move(range(3 * n, 3 * n + 4), "b"))
        t.step(200)
        guess = t.beliefs(torch.arange(2 * n, 4 * n))[1].argmax(1).numpy()
        right[contrast] = int((guess == np.repeat([0, 1], n)).sum())
    assert right[1.0] >= right["off"] and right[1.0] >= 2 * n - 4


def test_drags_weigh_their_share_with_a_loss_of_ones_own():
    def loss(output, y):
        return F.cross_entropy(output, y, reduction="none")

    plain, own = (
        trainer(half(), feedback=Feedback(contrast=1.0), **({"loss": given} if given else {}))
        for given in (None, loss)
    )
    for t in (plain, own):
        t.step(8)
        t.journal.add(Move([1, 3], "class 0"))
        t.step(20)
    assert all(
        torch.allclose(a, b, atol=1e-5)
        for a, b in zip(plain.model.parameters(), own.model.parameters(), strict=True)
    )
