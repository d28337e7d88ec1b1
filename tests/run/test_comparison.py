"""The control is the same run without the person, and what is said of it is what it shows."""

import numpy as np
import pytest
import torch

from greenlatent.datasets import digits
from greenlatent.edits import Relabel
from greenlatent.energy import Joules, Meter
from greenlatent.energy.joules import Ratio
from greenlatent.run.comparison import Comparison, Point, control
from greenlatent.training.trainer import Trainer

from ..parts import digit_samples, net, same, weights


def curve(*stations):
    return tuple(
        Point(k, 100 * k, accuracy, Joules(joules, 0.95 * joules, 1.05 * joules))
        for k, (accuracy, joules) in enumerate(stations, 1)
    )


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
    data = digits(noise="blob", seed=0)
    train, valid = data.split(0.3, seed=0)
    truth = digits().y[train.origin]
    clean = valid.take(np.arange(len(valid)), y=digits().y[valid.origin])
    with Meter() as meter:
        t = Trainer(net(), train, valid=clean, latent="encoder", threads=1, meter=meter)
        wrong = torch.nonzero(train.y != truth)[:, 0]
        for label in range(10):
            ids = wrong[truth[wrong] == label].tolist()
            if ids:
                t.journal.add(Relabel(ids, label))
        stamp, points = meter.stamp(), []
        for _ in range(10):
            t.step(20)
            spent = meter.ledger(since=stamp)["train"]
            points.append(Point(t.steps, t.passes, t.evaluate()["accuracy"], spent))
        heard = []
        found = control(t, points, progress=heard.append)
    assert found is not None and found.without[0][-1].passes == t.passes
    mine, theirs = found.accuracy
    assert mine > theirs + 0.02 and "Your edits bought" in str(found)
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


@pytest.mark.parametrize(
    ("mine", "theirs", "edits", "words"),
    [
        (curve((0.8, 1), (0.95, 2)), curve((0.7, 1), (0.9, 2)), 3, "bought 5.0 points of accuracy; the best"),
        (curve((0.9, 1), (0.9, 2)), curve((0.7, 1), (0.9, 2)), 3, "bought no accuracy, but the best"),
        (curve((0.5, 1), (0.9, 2)), curve((0.9, 1), (0.9, 2)), 3, "No benefit: the same accuracy"),
        (curve((0.5, 1), (0.7, 2)), curve((0.7, 1), (0.9, 2)), 3, "cost 20.0 points of accuracy: no benefit"),
        (curve((0.5, 1), (0.899, 2)), curve((0.7, 1), (0.9, 2)), 3, "no benefit so far"),
        (curve((0.5, 1)), curve((0.7, 1)), 0, "no edits in force"),
    ],
)
def test_the_verdict_says_plainly_what_was_bought(mine, theirs, edits, words):
    found = Comparison(mine, (theirs,), {"view": Joules(0.1, 0.1, 0.1)}, edits)
    assert words in str(found) and "not in the joules above: view" in str(found)


def test_steps_that_began_cold_are_told_and_not_charged_to_the_edits():
    mine, theirs = curve((0.8, 3), (0.9, 6)), curve((0.7, 1), (0.8, 2))
    found = Comparison(mine, (theirs,), {}, 3, Ratio(0.1, 0.05, 0.2))
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == pytest.approx((1.1, 1.05, 1.2))
    assert found.to_target is not None and found.to_target[1].value == pytest.approx(0.55)
    assert found.dearer == pytest.approx(3 / 1.1)
    assert "took 2.7 times the joules of one without you" in str(found)
    assert "times the joules" not in str(Comparison(theirs, (theirs,), {}, 3))


def test_without_a_reading_there_is_no_ratio():
    blind = tuple(Point(k, 100 * k, 0.8, Joules.missing()) for k in (1, 2))
    assert "unknown, for a reading is missing" in str(Comparison(blind, (blind,), {}, 3))


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


def test_a_run_that_was_loaded_tells_from_which_step_on_its_joules_are_known():
    loaded = (Point(40, 4000, 0.8, Joules.missing()), Point(50, 5000, 0.9, Joules(1, 0.95, 1.05)))
    without = tuple(Point(k, 100 * k, a, Joules(k / 10, k / 11, k / 9)) for k, a in ((40, 0.7), (50, 0.8)))
    found = Comparison(loaded, (without,), {}, 3)
    assert "of training since step 40, where this meter began." in str(found)
    assert found.dearer == pytest.approx(1.0) and found.ratio.value == 1.0
    assert found.to_target is not None and found.to_target[1].value == pytest.approx(0.8)
    assert "unknown" not in str(found)
