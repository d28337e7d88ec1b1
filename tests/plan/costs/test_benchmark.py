"""The benchmark: what planted timings say of speeds, and the real one within its budget."""

import time

import pytest

import greenlatent as gl
from greenlatent.plan.costs import benchmark
from greenlatent.plan.costs.speeds import shipped
from greenlatent.plan.models.workload import FITS, NETS, Workload


def planted(slow: float) -> dict:
    """Timings of a machine that is `slow` times what the shipped speeds are of."""
    timed: dict = {}
    for family in (*NETS, *FITS):
        for k in range(2 if family in FITS else 3):
            work = Workload(
                10.0 ** (6 + k), operations=20.0 * (k + 1), elements=10.0 ** (4 + k), family=family
            )
            timed.setdefault(family, []).append((work, slow * shipped().seconds(work)))
    words = Workload(1e5, parameters=3e5, operations=60.0, elements=3e5)
    timed["embedding"] = [(words, slow * shipped().seconds(words))]
    return timed


def test_a_machine_twice_as_slow_is_found_to_be():
    found = benchmark.learned(planted(2.0))
    for family, costs in shipped().costs.items():
        assert found.costs[family] == pytest.approx([2 * cost for cost in costs], rel=1e-6, abs=1e-18)
    assert found.parameter == pytest.approx(2 * shipped().parameter, rel=1e-3)
    assert found.measured


@pytest.mark.slow
def test_the_real_one_takes_at_most_eight_processor_seconds_and_is_charged():
    told, begun = [], time.process_time()
    with gl.Meter() as meter:
        found = benchmark.measure(meter=meter, progress=told.append)
    assert time.process_time() - begun < 8
    assert found.measured and told[-1] == 1 and told == sorted(told)
    assert meter.ledger()["prepare"].known
