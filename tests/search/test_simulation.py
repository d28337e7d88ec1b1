"""Simulating: the same rules on recorded curves, deterministic, with everything charged."""

import numpy as np
import pytest

from greenlatent.search import simulate
from greenlatent.search.simulation import Curves


def curves(dear: bool = False) -> dict[str, np.ndarray]:
    """Twelve widths that get better with passes, the wide ones up to 16 times as dear."""
    widths = np.arange(1, 13)
    passes = np.tile((100 * 1.3 ** np.arange(16)).astype(int), (12, 1))
    top = 0.6 + 0.03 * widths[:, None]
    valid = top * (1 - np.exp(-passes / 800))
    price = 1e-4 * (widths**1.1 if dear else np.ones(12))
    return {
        "width": widths,
        "steps": passes // 10,
        "passes": passes,
        "valid": (valid * 1e4).astype(np.uint16),
        "loss": (1 - valid).astype(np.float16),
        "test": ((valid - 0.01) * 1e4).astype(np.uint16),
        "step": price * 10,
        "look": np.full(12, 1e-4),
        "count": np.full(12, 16, np.uint8),
    }


def test_the_same_seed_is_the_same_search():
    one, two = (simulate(curves(True), sampler="random", budget=3, seed=5) for _ in range(2))
    assert (one.joules, one.course) == (two.joules, two.course)


def test_where_all_cost_the_same_the_three_rules_are_one_and_nothing_is_saved_by_weighing_joules():
    found = [
        simulate(curves(), sampler="random", rungs=rule, budget=4, seed=1)
        for rule in ("mean", "joules", "passes")
    ]
    assert found[0].course == found[1].course == found[2].course


def test_everything_is_charged_and_a_budget_ends_it():
    table = Curves.load(curves(True))
    found = simulate(table, sampler="random", budget=1, seed=0)
    spent = sum(c.spent for c in found.candidates)
    assert found.joules == pytest.approx(spent)
    assert found.joules >= table.whole_run
    last = found.course[-1]
    assert last[0] <= table.whole_run and last[1] == found.best


def test_going_on_is_cheaper_than_beginning_again():
    pause, again = (simulate(curves(), sampler="random", budget=5, seed=2, pause=p) for p in (True, False))
    assert pause.to_target(again.best) < again.to_target(again.best)


def test_an_unreached_target_is_infinite():
    assert simulate(curves(), sampler="random", budget=1, seed=0).to_target(2.0) == np.inf


def test_without_rungs_every_run_is_whole():
    found = simulate(curves(), sampler="random", rungs=None, budget=3, seed=0)
    assert {len(c.looks) for c in found.candidates[:-1]} == {16}


def test_curves_that_lack_something_say_what():
    broken = curves()
    del broken["step"]
    with pytest.raises(ValueError, match="lack step"):
        simulate(broken, budget=1)
    with pytest.raises(ValueError, match="name no axis"):
        simulate({k: v for k, v in curves().items() if k != "width"}, budget=1)


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "bad.npz", **{**curves(), "width": np.array([{"a": 1}] * 12, dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        simulate(tmp_path / "bad.npz", budget=1)
