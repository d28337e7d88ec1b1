"""Speeds: fitted, kept for a machine, and never taken from a file that cannot be right."""

import numpy as np
import pytest

from greenlatent.plan.costs import speeds
from greenlatent.plan.costs.speeds import Speeds, fitted, here, shipped
from greenlatent.plan.models.workload import Workload


def test_planted_speeds_are_found():
    rng = np.random.default_rng(0)
    counts, truth = 10 ** rng.uniform([1, 5, 4], [3, 8, 6], (12, 3)), np.array([2e-6, 3e-11, 4e-10])
    found = fitted(counts, counts @ truth, np.array([4e-6, 1e-11, 9e-10]), pull=1e-4)
    assert found == pytest.approx(truth, rel=0.02)


def test_no_speed_is_below_zero_however_noisy_the_timings():
    rng = np.random.default_rng(1)
    prior = np.array([4e-6, 1e-11, 9e-10])
    for _ in range(50):
        counts = 10 ** rng.uniform([1, 5, 4], [3, 8, 6], (3, 3))
        assert (fitted(counts, (counts @ prior) * rng.lognormal(0, 1, 3), prior) >= 0).all()


def test_a_machine_twice_as_slow_has_twice_the_speeds_of_the_prior():
    counts, prior = (
        np.array([[10.0, 1e6, 1e4], [50.0, 1e7, 1e5], [90.0, 1e8, 1e6]]),
        np.array([4e-6, 1e-11, 9e-10]),
    )
    assert fitted(counts, 2 * counts @ prior, prior) == pytest.approx(2 * prior)


def test_seconds_are_the_sum_of_the_terms():
    work = Workload(2e6, parameters=1e3, operations=50.0, elements=1e4, steps=10.0)
    one = Speeds(dict.fromkeys(shipped().costs, (1e-6, 1e-11, 1e-9)), 1e-8)
    assert one.terms(work) == pytest.approx((5e-5, 2e-5, 1e-5, 1e-5))
    assert one.seconds(work) == pytest.approx(10 * 9e-5)


def test_an_answer_and_a_fit_update_no_parameter():
    answer = Workload(1.0, parameters=1e6, kind="infer")
    fit = Workload(1.0, parameters=1e6, family="tree")
    assert shipped().terms(answer)[3] == shipped().terms(fit)[3] == 0


def test_measured_speeds_are_found_again_and_others_are_not_believed():
    assert not here().measured
    mine = Speeds(shipped().costs, 1e-9, speeds.machine(), "2", measured=True)
    path = mine.save()
    assert here().measured and here().parameter == 1e-9
    for text in ("", "[]", "{", path.read_text().replace(speeds.machine(), "another"), '{"costs": 3}'):
        path.write_text(text)
        assert here() == shipped()


@pytest.mark.parametrize("speed", [0.0, 1e-14, 1e3, 1e300])
def test_a_damaged_file_of_speeds_is_not_believed(speed):
    costs = {name: tuple(speed if each else 0.0 for each in three) for name, three in shipped().costs.items()}
    Speeds(costs, 1e-9, speeds.machine(), "2", measured=True).save()
    assert here() == shipped()
    quick = {name: tuple(0.1 * each for each in three) for name, three in shipped().costs.items()}
    Speeds(quick, 0.0, speeds.machine(), "2", measured=True).save()
    assert here().measured


def test_speeds_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="finite and at least 0"):
        Speeds(shipped().costs, float("nan"))
    with pytest.raises(ValueError, match="speeds of svm are missing"):
        Speeds({name: cost for name, cost in shipped().costs.items() if name != "svm"}, 1e-9)
