"""Rungs: where they lie, and who goes on, against a naive reference."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.search.course.aims import Aims
from greenlatent.search.course.candidate import Candidate, Rating
from greenlatent.search.course.rungs import how_many, layers, next_on, place, undominated


def test_each_rung_lies_at_thrice_the_one_before_from_a_27th_of_the_plan_to_the_plan():
    places = [place(k, plan=2700, dearness=1.0, rule="passes") for k in range(5)]
    assert places == [100, 300, 900, 2700, 2700]
    halves = [place(k, plan=2700, dearness=1.0, rule="passes", factor=2) for k in range(7)]
    assert halves == [100, 200, 400, 800, 1600, 2700, 2700]


@pytest.mark.parametrize(("rule", "share"), [("passes", 1.0), ("mean", 0.5), ("joules", 0.25)])
def test_a_candidate_four_times_as_dear_is_looked_at_sooner(rule, share):
    assert place(0, plan=2700, dearness=4.0, rule=rule) == 100 * share


@given(st.integers(0, 6), st.integers(1, 10_000))
def test_at_equal_prices_all_rules_are_one(k, plan):
    assert len({place(k, plan=plan, dearness=1.0, rule=rule) for rule in ("passes", "mean", "joules")}) == 1


rows = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=20)


@given(rows)
def test_the_undominated_are_those_that_no_other_beats(values):
    measures = np.array(values, dtype=float)
    naive = [
        not any((b >= a).all() and (b > a).any() for b in measures)  #
        for a in measures
    ]
    assert undominated(measures).tolist() == naive


@given(rows)
def test_each_layer_is_undominated_once_those_above_are_gone(values):
    measures = np.array(values, dtype=float)
    found = layers(measures)
    for layer in range(found.max() + 1):
        rest = measures[found >= layer]
        assert undominated(rest).tolist() == (found[found >= layer] == layer).tolist()


def naive_next(candidates, factor):
    """As the rule is told in words."""
    for k in sorted({c.rung for c in candidates if c.rung >= 0}, reverse=True):
        there = sorted(
            (c for c in candidates if c.rung >= k), key=lambda c: (-c.at[k].accuracy, c.at[k].loss, c.n)
        )
        better = there[:1] if len(there) == 2 else there[: len(there) // factor]
        waiting = [c for c in better if c.rung == k and c.state == "paused"]
        if waiting:
            return waiting[0]
    return None


@given(
    st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=15),
    st.sampled_from([2, 3]),
)
def test_who_goes_on_is_as_the_rule_says(drawn, factor):
    candidates = []
    for n, (rung, accuracy, loss, paused) in enumerate(drawn):
        candidate = Candidate(n, {}, rung=rung, state="paused" if paused else "stopped")
        candidate.at = {k: Rating(k + 1, (accuracy + k) / 20, loss / 10, 1.0) for k in range(rung + 1)}
        candidates.append(candidate)
    found = next_on(candidates, Aims().measured, may=lambda c: c.state == "paused", factor=factor)
    assert found is naive_next(candidates, factor)


def test_the_better_of_two_goes_on_and_nobody_waits_for_a_third():
    assert [how_many(n) for n in range(10)] == [0, 0, 1, 1, 1, 1, 2, 2, 2, 3]
    assert [how_many(n, 2) for n in range(7)] == [0, 0, 1, 1, 2, 2, 3]
    assert [how_many(n, 4) for n in range(9)] == [0, 0, 1, 1, 1, 1, 1, 1, 2]


def test_half_way_between_two_rungs_lies_their_geometric_mean():
    first, half, second = (place(k, plan=27_000, dearness=1.0, rule="mean") for k in (0, 0.5, 1))
    assert half == pytest.approx(math.sqrt(first * second), abs=1)


def test_of_one_that_was_looked_at_nobody_knows_whether_it_is_of_the_best_third():
    candidate = Candidate(0, {}, rung=0)
    candidate.at[0] = Rating(1, 0.9, 0.1, 1.0)
    assert next_on([candidate], Aims().measured, may=lambda c: True) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=1, max_size=12))
def test_the_front_is_that_of_brute_force_over_all_looks(drawn):
    aims = Aims(("accuracy", "joules"))
    candidates = []
    for n, (accuracy, joules) in enumerate(drawn):
        candidate = Candidate(n, {})
        for passes in (1, 2):
            candidate.see(Rating(passes, accuracy * passes / 10, 1.0, float(joules * passes)))
        candidates.append(candidate)
    looks = [look for c in candidates for look in c.looks]
    naive = {
        (a.accuracy, a.joules)
        for a in looks
        if not any(
            b.accuracy >= a.accuracy
            and b.joules <= a.joules
            and (b.accuracy > a.accuracy or b.joules < a.joules)
            for b in looks
        )
    }
    assert {(look.accuracy, look.joules) for _, look in aims.front(candidates)} == naive


def test_aims_that_are_none_are_refused():
    with pytest.raises(ValueError, match="give one or several"):
        Aims(("speed",))
    with pytest.raises(ValueError, match="begins with what it costs"):
        Aims(("joules", "accuracy"))
    with pytest.raises(ValueError, match="limits has no 'accuracy'"):
        Aims(limits={"accuracy": 0.9})
    assert math.isinf(Aims(("accuracy",)).measured(Rating(1, math.nan, 1.0, 1.0))[0])
