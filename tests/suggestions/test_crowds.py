"""Crowds lie together in all axes, not in a picture's two; labels spread in them, and are taken back whole."""

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.suggestions.crowds import Crowds

from ..parts import clusters, digit_samples, linear_net, net, trainer


def few(train: gl.Samples, each: int) -> gl.Samples:
    """The same samples, all but a few of each class without a label."""
    y = torch.full_like(train.y, -1)
    for c in range(len(train.classes)):
        y[(train.y == c).nonzero()[:each, 0]] = c
    return gl.Samples(train.x, y, classes=train.classes)


def test_a_crowd_is_of_one_class_where_the_picture_shows_many():
    right, _ = digit_samples()
    t = gl.Trainer(net(), right, latent="encoder", threads=1)
    t.step(200)
    z = t.latents()
    axes = np.linalg.svd(z - z.mean(0), full_matrices=False)[2][:2]
    plane, crowds, y = (z - z.mean(0)) @ axes.T, Crowds(t), right.y.numpy()
    shown, found = [], []
    for i in range(0, 1200, 60):
        shown.append((y[np.argsort(((plane - plane[i]) ** 2).sum(1))[:30]] == y[i]).mean())
        crowd = crowds.crowd(i)
        assert crowd[0] == i and len(set(crowd.tolist())) == 30
        found.append((y[crowd] == y[i]).mean())
    assert np.mean(found) > 0.85 and np.mean(found) > np.mean(shown) + 0.1


def test_a_page_is_told_of_samples_that_it_shows_and_that_are_in_training():
    right, _ = digit_samples()
    t = gl.Trainer(net(), right, latent="encoder", threads=1)
    crowds, shown = Crowds(t), np.arange(0, 1200, 2)
    near = crowds.around(np.array([10]), 30, shown)
    assert near[0] == 10 and len(set(near.tolist())) == 30 and set(near.tolist()) <= set(shown.tolist())
    t.journal.add(gl.Drop(near[1:4].tolist()))
    less = crowds.around(np.array([10]), 30, shown)
    assert less[:27].tolist() == [10, *near[4:].tolist()]
    assert crowds.around(near[1:2], 3, shown)[0] == near[1], "also around one that was left out"
    for bad in ([], [5000]):
        with pytest.raises(ValueError, match="a crowd lies around samples from 0 to 1257"):
            crowds.around(np.array(bad), 30, shown)


def test_the_crowd_of_several_is_that_of_most_of_them():
    train = clusters(90)
    crowds, y = Crowds(trainer(train, linear_net())), train.y.numpy()
    several = np.concatenate([np.flatnonzero(y == 1)[:20], np.flatnonzero(y == 2)[:9]])
    assert (y[crowds.around(several, 20, np.arange(90))] == 1).all()


def test_the_space_is_the_one_in_which_labelled_neighbours_agree():
    t = trainer(clusters(90), linear_net())
    spaces = Crowds(t)
    with torch.no_grad():
        t.model[0].weight.zero_()  # latents tell nothing, and what is read of them little
        t.model[0].bias.zero_()
    assert spaces.space.name in ("inputs", "read") and spaces.space.agreement > 0.9


def test_labels_spread_as_one_edit_of_the_machine_and_never_over_what_a_person_said():
    right, _ = digit_samples()
    with gl.Lab(net(), few(right, 5), latent="encoder", threads=1, session=False) as lab:
        lab.step(100)
        lab.journal.add(gl.Relabel([900], "3"), by="human")
        line = lab.spread()
        (event,) = [event for event in lab.journal.active if event.n == line]
        ids = list(event.edit.ids)
        assert event.by == "machine" and 900 not in ids and len(ids) > 300
        y = lab.trainer.upcoming.y[ids]
        assert (y == right.y[ids]).float().mean() > 0.85
        lab.undo()
        assert (lab.trainer.upcoming.y[ids] == -1).all()


def test_whom_to_ask_about_next_are_samples_of_crowds_without_a_name():
    right, _ = digit_samples()
    t = gl.Trainer(net(), few(right.take(np.flatnonzero(right.y >= 0)), 5), latent="encoder", threads=1)
    t.step(60)
    crowds = Crowds(t)
    asked = crowds.typical(10)
    assert len(asked) == len(set(asked)) == 10
    assert (t.train.y[asked] == -1).all()
    assert len(set(right.y[asked].tolist())) >= 5, "they stand for different crowds"
    alike = [(right.y[crowds.crowd(i, 10)] == right.y[i]).float().mean() for i in asked]
    assert np.mean(alike) > 0.8, "and lie amidst them"


def test_the_largest_crowd_without_a_name_is_asked_about_first_and_only_while_it_has_none():
    near, sizes = torch.arange(3).repeat_interleave(torch.tensor([20, 40, 30])), [20, 40, 30]
    x = torch.randn(90, 4, generator=torch.Generator().manual_seed(0)) + 20.0 * near[:, None]
    y = torch.full((90,), -1)
    y[:2] = torch.tensor([0, 1])  # two samples of the first crowd have a name
    t = trainer(gl.Samples(x, y, classes=["a", "b"]), linear_net())
    crowds = Crowds(t)

    def of(found):
        return [int(near[i]) for i in found]

    asked = crowds.typical()
    assert 0 not in of(asked)
    counted = [int((crowds._parted() == crowds._parted()[i]).sum()) for i in asked]
    assert counted == sorted(counted, reverse=True) and sum(counted) <= sizes[1] + sizes[2]
    others = np.setdiff1d(np.arange(90), asked)
    assert not set(asked) & set(crowds.typical(among=others))
    t.journal.add(gl.Relabel([asked[0]], "a"))
    assert crowds.typical() == asked[1:], "the crowd of a sample that was named has a name"


def test_what_cannot_be_is_refused_in_words():
    crowds = Crowds(trainer())
    with pytest.raises(ValueError, match="ids run from 0 to 59"):
        crowds.crowd(60)
    with pytest.raises(ValueError, match="got k=0"):
        crowds.crowd(1, 0)
    with pytest.raises(ValueError, match="no sample without a label"):
        crowds.spread()  # all have one


def test_what_was_left_out_stands_for_nobody():
    train = few(clusters(120), 1)
    t = trainer(train, linear_net())
    crowds = Crowds(t)
    first = crowds.typical(1)
    assert first, "some crowd has no name"
    t.journal.add(gl.Drop(first))
    assert first[0] not in crowds.typical(20)
    t.journal.add(gl.Drop((train.y < 0).nonzero()[:, 0].tolist()))
    assert crowds.typical() == []
