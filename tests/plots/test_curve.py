"""The learning curve shows the run as it stands, seldom enough, and the run without the person beside it."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.plots import curve as module
from greenlatent.plots.curve import MOST, Curve
from tests.parts import clusters, linear_net


def test_a_curve_is_fed_at_most_twice_a_second(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: clock[0])
    curve = Curve()
    curve.tell([1, 2], [0.5, 0.6])
    clock[0] += 0.4
    curve.tell([1, 2, 3], [0.5, 0.6, 0.7])
    assert len(curve.mine.x) == 2
    clock[0] += 0.2
    curve.tell([1, 2, 3], [0.5, 0.6, 0.7])
    assert curve.mine.y.tolist() == [0.5, 0.6, 0.7]
    curve.tell([1, 2, 3, 4], [0.5, 0.6, 0.7, 0.8], now=True)
    assert len(curve.mine.x) == 4


def test_a_long_curve_is_thinned_and_keeps_its_end():
    curve = Curve()
    curve.tell(np.arange(5001), np.linspace(0, 1, 5001), now=True)
    assert len(curve.mine.x) <= MOST + 1 and curve.mine.x[-1] == 5000 and curve.mine.y[-1] == 1


def test_a_labs_curve_is_its_course_and_its_controls():
    train = clusters()
    lab = gl.Lab(linear_net(), train, valid=train, latent="0", batch_size=8, threads=1, session=False)
    figure = lab.curve
    assert lab.curve is figure and not lab._dashboard.curve.other.visible
    lab.step(30)
    lab.control()
    assert lab._dashboard.curve.mine.x[-1] == lab.trainer.passes == lab._dashboard.curve.other.x[-1]
    assert lab._dashboard.curve.mine.y[-1] == pytest.approx(lab.accuracy)
    assert lab._dashboard.curve.other.visible
    lab.close()
