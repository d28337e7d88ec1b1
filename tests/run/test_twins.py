"""A twin is the same run once more, with its edits or without, looked at where everybody looks."""

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.course import handin
from greenlatent.course.grading import grade
from greenlatent.datasets import digits
from greenlatent.edits import Drop, Move, Relabel
from greenlatent.energy import Joules, Meter
from greenlatent.run.comparison import Point
from greenlatent.run.twins import LOOKS, control, looks, price, retrace
from greenlatent.training.trainer import Trainer

from ..lab.test_lab import Page
from ..parts import digit_samples, net, same, weights


def curve(*stations):
    return tuple(
        Point(k, 100 * k, accuracy, Joules(joules, 0.95 * joules, 1.05 * joules))
        for k, (accuracy, joules) in enumerate(stations, 1)
    )


def repaired(meter):
    """A trainer of digits with look-alikes mislabelled, each wrong label put right before the first step."""
    train, valid = digits(noise="blob", seed=0).split(0.3, seed=0)
    truth = digits().y[train.origin]
    clean = valid.take(np.arange(len(valid)), y=digits().y[valid.origin])
    t = Trainer(net(), train, valid=clean, latent="encoder", threads=1, meter=meter)
    wrong = torch.nonzero(train.y != truth)[:, 0]
    for label in range(10):
        ids = wrong[truth[wrong] == label].tolist()
        if ids:
            t.journal.add(Relabel(ids, label))
    return t


def test_without_edits_the_control_is_the_run_itself_bit_for_bit():
    train, valid = digit_samples()
    t = Trainer(net(drop=0.2, norm=True), train, valid=valid, latent="encoder", threads=1)
    t.step(30)
    twin = t.twin()
    twin.step(30)
    assert same(weights(twin.model), weights(t.model))
    assert not same(weights(t.twin().model), weights(t.model))
    assert twin.passes == t.passes


def test_making_a_twin_leaves_no_trace_in_the_run():
    train, _ = digit_samples()
    first, second = (Trainer(net(drop=0.2), train, latent="encoder", threads=1) for _ in range(2))
    first.step(20), second.step(10)
    second.twin().close()
    second.step(10)
    assert same(weights(first.model), weights(second.model))
    assert (first.seen.step == second.seen.step).all()


def test_repaired_labels_are_seen_in_the_comparison():
    with Meter() as meter:
        t = repaired(meter)
        stamp, points = meter.stamp(), []
        for _ in range(10):
            t.step(20)
            spent = meter.ledger(since=stamp)["train"]
            points.append(Point(t.steps, t.passes, t.evaluate()["accuracy"], spent))
        heard = []
        found = control(t, points, progress=heard.append)
    assert found is not None and found.without[0][-1].passes == t.passes
    mine, theirs = found.accuracy
    assert mine > theirs + 0.02 and "points higher" in found.sentence
    assert found.ratio.value == pytest.approx(1 + found.fed.value) and found.to_target is not None
    assert heard[-1] == 1.0 and meter.ledger()["control"].value > 0


def test_the_control_is_looked_at_where_the_run_was_and_no_more_often():
    train, valid = digit_samples()
    t = Trainer(net(), train, valid=valid, latent="encoder", threads=1)
    points = []
    for _ in range(3):
        t.step(40)
        points.append(Point(t.steps, t.passes, t.evaluate()["accuracy"], Joules.missing()))
    found = control(t, points)
    assert [p.passes for p in found.without[0]] == [p.passes for p in points]
    assert [p.accuracy for p in found.without[0]] == [p.accuracy for p in points], (
        "without edits it is the same run"
    )
    t.step(5)
    assert control(t, points).without[0][-1].passes == t.passes


def test_a_cancelled_control_is_no_comparison():
    train, valid = digit_samples()
    t = Trainer(net(), train, valid=valid, latent="encoder", threads=1)
    t.step(60)
    assert control(t, curve((0.5, 1.0)), progress=lambda share: share < 0.5) is None
    heard = []
    assert control(t, curve((0.5, 1.0)), progress=lambda share: heard.append(share)) is not None
    assert len(heard) == 60, "after every step"
    assert control(t, curve((0.5, 1.0)), progress=lambda share: share < 1 / 60) is None


def test_an_optimizer_that_cannot_be_made_anew_is_refused():
    train, _ = digit_samples()
    model = net()
    t = Trainer(model, train, latent="encoder", optimizer=torch.optim.SGD(model.parameters(), lr=0.1))
    t.step(2)
    with pytest.raises(ValueError, match="fresh optimizer"):
        control(t, curve((0.5, 1.0)))
    with pytest.raises(ValueError, match="no accuracy to compare by"):
        control(t, [])
    with pytest.raises(ValueError, match="train some steps first"):
        control(Trainer(net(), train, latent="encoder"), [])


def mended_run(seed, steps=(37, 61, 83)):
    """A run with a person who edits at odd moments, was looked at but at each pause, and began again once."""
    train, valid = digit_samples("blob")
    lab = gl.Lab(
        net(seed=seed), train, valid=valid, latent="encoder", batch_size=32, seed=seed, session=False
    )
    draw = np.random.default_rng(seed)
    lab.step(20)
    lab.journal.add(Relabel(draw.choice(len(train), 9, False).tolist(), "3"))
    lab.trainer.reset()
    for k, n in enumerate(steps):
        lab.step(n)
        ids = draw.choice(len(train), 12, replace=False).tolist()
        lab.journal.add([Relabel(ids, "7"), Drop(ids[:5]), Move(ids[:2], "1")][k])
    lab.step(40)
    lab.run.evaluate(now=True)
    return lab


def test_a_run_is_repeated_bit_for_bit_where_it_was_not_looked_at():
    lab = mended_run(3)
    try:
        points = retrace(lab.trainer, lab.course)
        assert [p.step for p in points] == looks(lab.trainer, lab.trainer.steps)
        assert len(points) > 3 * len(lab.course)
        assert points[-1].passes == lab.trainer.passes and points[-1].accuracy == lab.accuracy
        assert all(p.joules.known for p in points)
    finally:
        lab.close()


def test_what_cannot_be_repeated_keeps_the_looks_that_there_were():
    lab = mended_run(4)
    try:
        with torch.no_grad():
            lab.trainer.model.head[-1].bias += 1.0  # something that no journal knows of
        course = lab.course
        assert retrace(lab.trainer, course) == course
    finally:
        lab.close()


def test_looks_are_spread_over_a_run_and_take_a_share_of_it():
    train, valid = digit_samples()
    t = Trainer(net(), train, valid=valid, latent="encoder", batch_size=32)
    for steps in (1, 7, 600, 601, 50_000):
        due = looks(t, steps)
        assert due[-1] == steps and len(due) <= LOOKS + 1 and due == sorted(set(due))
    assert len(looks(t, 600)) == LOOKS
    big = Trainer(net(), valid, valid=train, latent="encoder", batch_size=2)
    assert len(looks(big, 60)) <= 11, "a look at many samples is dear"


def test_the_price_of_a_comparison_is_said_before_it_is_made_and_lower_where_looks_are_there():
    lab = mended_run(5)
    try:
        said = price(lab.trainer, lab.course, lab.meter)
        assert said.startswith("Comparing takes about ") and "starting again about" in said
        lab.again()
        after = price(lab.trainer, lab.course, lab.meter)
        assert after != said
        assert price(lab.trainer, [], gl.Meter([], calibration=False)) == ""
    finally:
        lab.close()


@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 10), marks=pytest.mark.slow)])
def test_sheet_page_and_grades_tell_one_ratio_over_ten_made_runs(tmp_path, seeds):
    for seed in seeds:
        lab = mended_run(seed)
        try:
            found = lab.control()
            lab.hand_in(tmp_path / f"{seed}.zip")
            lab.runner.call(lab._dashboard.tell)
            page = Page(lab).last(("comparison",))
            ratio = found.samples_to_target and found.samples_to_target[1]
            claimed = handin.read(tmp_path / f"{seed}.zip").claim["control"]["samples_ratio"]
        finally:
            lab.close()

        model = net(seed=seed)

        def lesson():
            train, valid = digit_samples("blob")
            return {
                "model": model,  # noqa: B023
                "train": train,
                "valid": valid,
                "latent": "encoder",
            }

        (row,) = grade([tmp_path / f"{seed}.zip"], lesson)
        assert row.replayed and row.values["same_bits"]
        graded = row.values["passes_ratio"]
        if ratio is None:
            assert graded is None and claimed is None
            continue
        assert ratio.low <= graded <= ratio.high and graded == pytest.approx(ratio.value)
        assert claimed[0] == pytest.approx(graded)
        assert f"{ratio.value:.2f} (" in page["lines"][1]
