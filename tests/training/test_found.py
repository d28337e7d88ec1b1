"""Classes that people found, in training and in the read-out: with a spare output, and without."""

import numpy as np
import torch

import greenlatent as gl
from greenlatent.edits import Found, Move, Relabel

from ..parts import clusters, digit_samples, linear_net, net, same, trainer, weights


def fourth() -> gl.Samples:
    """Clusters of four kinds, of which the data name three: every fourth sample has no label."""
    full = clusters(80, classes=4)
    y = torch.where(full.y == 3, -1, full.y)
    return gl.Samples(full.x, y, classes=["class 0", "class 1", "class 2"])


def test_a_spare_output_learns_a_found_class_from_the_next_step_on():
    t = trainer(fourth(), gl.widen(linear_net(), "2", 1))
    t.step(100)
    t.journal.add(Found(range(3, 40, 4), "hook"), by="human")
    t.journal.add(Relabel([43], "hook"), by="human")
    assert t.edits.untaught == []
    t.step(200)
    assert t.classes[-1] == "hook"
    guess = t.beliefs(torch.arange(80))[1].argmax(1)
    assert (guess[47::4] == 3).float().mean() > 0.8  # those that nobody named


def test_without_one_it_costs_nothing_in_training_and_is_in_the_read_out():
    plain, finding = trainer(fourth()), trainer(fourth())
    finding.journal.add(Found(range(3, 40, 4), "hook"), by="human")
    finding.journal.add(Move([43], "hook"), by="human")
    for t in (plain, finding):
        t.step(60)
    assert same(weights(plain.model), weights(finding.model))
    assert finding.edits.untaught == ["hook"]
    solved = finding.solve()
    assert solved.classes == ("class 0", "class 1", "class 2", "hook")
    assert (solved.predict(finding.train.x)[47::4] == 3).mean() > 0.8


def test_a_new_class_of_digits_is_told_at_once_and_accuracy_says_of_which():
    train, valid = digit_samples()
    nines = np.flatnonzero(train.y == 9)
    y = train.y.clone()
    y[nines] = -1
    ten = gl.Samples(train.x, y, classes=train.classes[:9])
    known = valid.take(np.flatnonzero(valid.y < 9))
    known = gl.Samples(known.x, known.y, classes=train.classes[:9])
    t = gl.Trainer(net(), ten, valid=known, latent="encoder", threads=1)
    t.step(150)
    t.journal.add(Found(nines[:20], "hook"), by="human")
    solved = t.solve()
    assert "of the 9 known classes" in str(solved)
    told = solved.predict(valid.x)
    assert (told[valid.y.numpy() == 9] == 9).mean() > 0.75
    assert solved.accuracy.value > 0.8


def test_a_found_class_goes_through_a_checkpoint_and_a_replay(tmp_path):
    def made(**more):
        return trainer(fourth(), gl.widen(linear_net(), "2", 1), journal=gl.Journal(), **more)

    t = made()
    t.step(10)
    t.journal.add(Found(range(3, 40, 4), "hook"))
    t.journal.add(Found([0], "eye"))  # the head has no output for a second
    t.step(10)
    t.journal.mute(1)
    t.step(3)
    t.save(tmp_path)
    t.journal.save(tmp_path / "journal.jsonl")
    t.journal.unmute(1)
    t.step(7)
    again = gl.Trainer.load(
        tmp_path,
        gl.widen(linear_net(), "2", 1),
        fourth(),
        journal=gl.Journal.load(tmp_path / "journal.jsonl"),
    )
    again.journal.unmute(1)
    again.step(7)
    assert same(weights(t.model), weights(again.model)) and again.edits.untaught == ["eye"]
    t.close()
    replayed = gl.replay(t.journal, gl.widen(linear_net(), "2", 1), fourth(), steps=30)
    assert same(weights(t.model), weights(replayed.model))


def test_a_pull_may_name_a_found_class_and_suggestions_look_at_all_of_them():
    t = trainer(fourth(), gl.widen(linear_net(), "2", 1), unlabelled="keep")
    t.journal.add(Found(range(3, 40, 4), "hook"))
    t.journal.add(gl.Separate("hook", "class 0"))
    t.journal.add(gl.Shift("hook", 0, 1.0))
    t.step(150)
    assert gl.Suggester(t).suggest(5) is not None
    twin = t.twin(edits=True)
    for event in t.journal:
        twin.journal.repeat(event)
    twin.step(150)
    assert same(weights(t.model), weights(twin.model))


def test_linked_crowds_without_a_name_are_a_kind_of_the_read_out():
    t = trainer(fourth())
    t.step(60)
    t.journal.add(gl.Link(range(3, 20, 4), range(23, 40, 4)), by="human")
    solved = t.solve()
    assert solved.classes[3:] == ("kind 1",) and t.classes == solved.classes[:3]
    assert (solved.predict(t.train.x)[43::4] == 3).mean() > 0.8
    t.journal.add(Relabel(range(3, 20, 4), "class 2"), by="human")  # a name after all: the others get it
    assert t.solve().classes == t.classes


def test_what_a_link_gave_a_name_counts_as_named():
    t = trainer(fourth())
    t.step(20)
    t.journal.add(gl.Link([0, 4], [3, 7, 11]), by="human")
    assert t.solve().told.of == 3
