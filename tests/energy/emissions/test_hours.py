"""Hours, queues and regions, against brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlatent.energy import Job, Joules, best_hours, queue, regions

profiles = st.lists(st.integers(1, 400), min_size=1, max_size=12)


@settings(max_examples=200)
@given(profiles, st.integers(1, 12), st.integers(1, 12))
def test_the_best_hours_are_those_of_brute_force(profile, hours, before):
    end = min(before, len(profile))
    sums = {start: sum(profile[start : start + hours]) for start in range(end - hours + 1)}
    if not sums:
        with pytest.raises(ValueError, match="have no place"):
            best_hours(profile, hours, before)
        return
    found = best_hours(profile, hours, before)
    assert found.start == min(sums, key=sums.__getitem__)
    assert found.grams_per_kwh == pytest.approx(sums[found.start] / hours)


jobs = st.lists(
    st.tuples(st.integers(1, 3), st.integers(50, 200), st.one_of(st.none(), st.integers(1, 9))),
    min_size=1,
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=3, max_size=9), jobs)
def test_a_queue_is_that_of_brute_force(profile, drawn):
    given_ = [Job(f"j{i}", hours, watts, before) for i, (hours, watts, before) in enumerate(drawn)]
    best = None
    for starts in itertools.product(range(len(profile)), repeat=len(given_)):
        spans = [range(s, s + job.hours) for s, job in zip(starts, given_, strict=True)]
        taken = [hour for span in spans for hour in span]
        if len(set(taken)) < len(taken) or any(
            span.stop > min(len(profile), job.before or len(profile))
            for span, job in zip(spans, given_, strict=True)
        ):
            continue
        grams = sum(
            job.watts * sum(profile[h] for h in span) / 1000 for span, job in zip(spans, given_, strict=True)
        )
        best = grams if best is None else min(best, grams)
    found = queue(given_, profile)
    if best is not None:
        assert found.impossible == () and found.grams == pytest.approx(best)
        spans = sorted(
            (start, start + next(j.hours for j in given_ if j.name == n)) for n, start in found.starts.items()
        )
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    else:
        assert found.impossible


def test_what_cannot_be_is_named_and_the_rest_is_done():
    found = queue([Job("long", 9), Job("late", 2, before=1), Job("fine", 2)], [100, 50, 60, 200])
    assert found.impossible == ("long", "late") and found.starts == {"fine": 1}


def test_regions_are_in_order_with_year_and_source():
    found = regions(Joules(3.6e6, 3.6e6, 3.6e6))
    values = [grams.value for grams in found]
    assert values == sorted(values) and len(found) > 100
    assert all(grams.grid.year >= 2015 and grams.grid.source for grams in found)
    assert found[0].value == pytest.approx(found[0].grid.grams_per_kwh)


def test_profiles_with_gaps_are_refused():
    with pytest.raises(ValueError, match=r"profile\[1\]=nan"):
        best_hours([1.0, np.nan], 1)
    with pytest.raises(ValueError, match="profile is empty"):
        queue([Job("a", 1)], [])
    with pytest.raises(ValueError, match="two jobs bear one name"):
        queue([Job("a", 1), Job("a", 2)], [1, 2, 3])


@pytest.mark.parametrize(
    "given", [{"hours": 0}, {"hours": -1}, {"hours": 1.5}, {"before": 0}, {"watts": -5}, {"watts": np.nan}]
)
def test_a_job_that_is_none_is_refused(given):
    with pytest.raises((TypeError, ValueError), match=f"{next(iter(given))} of a"):
        Job("a", **{"hours": 1, **given})


def test_a_queue_of_nothing_says_so():
    assert str(queue([], [100])) == "no jobs: 0 g"
