"""A comparison over several seeds is paired, and has its intervals from all of them."""

from dataclasses import astuple

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.energy import Meter
from greenlatent.energy.joules import Ratio
from greenlatent.run.comparison import Comparison, Point
from greenlatent.run.seeds import OverSeeds
from greenlatent.run.twins import control
from greenlatent.statistics.paired import Difference

from ..parts import digit_samples, net
from .test_comparison import curve
from .test_twins import repaired


def test_accuracy_is_paired_and_joules_are_samples_with_the_feedback_on_top():
    mine = [curve((0.8, 1), (0.9 + k / 100, 2)) for k in range(6)]
    theirs = [curve((0.7, 1), (0.8 + k / 200, 2)) for k in range(6)]
    found = OverSeeds.of(mine, theirs, 0.1)
    wanted = Difference.of([0.1 + k / 200 for k in range(6)])
    assert astuple(found.accuracy) == pytest.approx(astuple(wanted))
    assert found.joules.reached == 6
    # the first seed gets there at once, the others at the second look, each of two
    logs = np.log([1.1 / 2, *[1.1] * 5])
    assert found.joules.value == pytest.approx(np.exp(logs.mean()))
    assert found.mine[0] == pytest.approx(0.925) and found.mine[1] < 0.925 < found.mine[2]
    assert found.line.startswith("Over 6 seeds: 92.5 % [")


def test_a_run_that_never_got_there_counts_in_whole_and_is_said():
    mine = [curve((0.5, 1), (0.6, 2)), curve((0.9, 1), (0.9, 2))]
    found = OverSeeds.of(mine, [curve((0.7, 1), (0.8, 2))] * 2, 0.0)
    assert found.joules.reached == 1
    assert "1 of 2 never there" in found.line and "too few for a claim" in found.line


def test_one_seed_has_no_intervals():
    assert Comparison(curve((0.8, 1)), (curve((0.7, 1)),), {}, 1, Ratio(0, 0, 0)).over_seeds is None


def test_the_edits_are_tried_again_with_each_further_seed():
    with Meter() as meter:
        t = repaired(meter)
        points = []
        for _ in range(5):
            t.step(30)
            points.append(Point(t.steps, t.passes, t.evaluate()["accuracy"], meter.total))
        heard = []
        found = control(t, points, seeds=3, progress=heard.append)
    assert found is not None and heard[-1] == 1.0 and heard == sorted(heard)
    assert len(found.without) == 3 and len(found.repeated) == 2
    assert {c[-1].passes for c in (*found.without, *found.repeated)} == {t.passes}
    assert len({c[-1].accuracy for c in found.without}) > 1  # other seeds, other orders
    over = found.over_seeds
    assert over is not None and over.accuracy.low > 0.02 and over.joules.high < 1
    assert found.accuracy[0] == pytest.approx(over.mine[0]) and over.line in found.lines


@pytest.mark.parametrize("seeds", [0, -1, True, 1.5, "2"])
def test_what_is_no_number_of_seeds_is_refused_before_anything_runs(seeds):
    train, valid = digit_samples()
    with gl.Lab(net(), train, valid=valid, latent="encoder", session=False) as lab:
        lab.step(2)
        with pytest.raises(ValueError, match="seeds counts from 1"):
            lab.control(seeds=seeds)
