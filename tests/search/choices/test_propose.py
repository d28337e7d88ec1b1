"""Proposing: by chance, from a grid, by Optuna before what was seen; the same from the same candidates."""

import math

import numpy as np
import pytest

from greenlatent.search.choices import propose
from greenlatent.search.choices.propose import STARTUP, Proposer
from greenlatent.search.choices.space import Space
from greenlatent.search.course.aims import Aims
from greenlatent.search.course.candidate import Candidate, Rating

SPACE = Space({"rate": (1e-4, 1e-1, "log"), "width": [4, 8, 16, 32], "act": ["relu", "tanh", "gelu"], "k": 1})
MEASURED = Aims().measured


def begun(n, space=SPACE, seed=0):
    """Candidates that are the better the nearer their rate is to a hundredth."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        candidate = Candidate(i, space.draw(rng))
        candidate.see(Rating(10, 1 - abs(math.log10(candidate.values["rate"]) + 2) / 2, 0.1, 1.0), 0)
        found.append(candidate)
    return found


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid", "gp"])
def test_the_same_candidates_and_seed_give_the_same_choice(sampler):
    there = begun(STARTUP + 4)
    asked = [Proposer(SPACE, sampler, 3).ask(14, SPACE, there, MEASURED) for _ in range(2)]
    assert asked[0] == asked[1]
    assert SPACE.holds(asked[0]) and asked[0]["k"] == 1


def test_tpe_draws_near_what_was_good():
    there = begun(40)
    asked = [Proposer(SPACE, "tpe", seed).ask(40, SPACE, there, MEASURED)["rate"] for seed in range(20)]
    assert np.median(np.abs(np.log10(asked) + 2)) < 0.5


def test_it_is_fed_each_candidate_at_its_best_look_so_far(monkeypatch):
    import optuna

    there = begun(STARTUP)
    there[0].see(Rating(20, 0.99, 0.1, 2.0), 1)
    told = []
    monkeypatch.setattr(optuna.Study, "add_trials", lambda self, trials: told.extend(trials))
    Proposer(SPACE, "tpe", 0).ask(10, SPACE, there, MEASURED)
    assert [trial.values[0] for trial in told] == [c.look.accuracy for c in there]
    assert told[0].values == [0.99]


def test_what_is_narrowed_is_what_is_drawn_from_and_old_candidates_may_lie_outside():
    narrow = SPACE.narrowed({"rate": (1e-3, 2e-3), "width": [4, 32], "act": ["tanh"]})
    for n in range(20, 30):
        values = Proposer(SPACE, "tpe", 0).ask(n, narrow, begun(20), MEASURED)
        assert narrow.holds(values)


def test_a_choice_that_was_begun_is_not_begun_again_until_none_is_left():
    space = Space({"width": [4, 8, 16], "act": ["relu", "tanh"]})
    for sampler in ("random", "grid", "tpe"):
        there: list[Candidate] = []
        while (values := Proposer(space, sampler, 0).ask(len(there), space, there, MEASURED)) is not None:
            there.append(Candidate(len(there), values))
        assert len({tuple(c.values.values()) for c in there}) == len(there) == 6


def test_several_aims_are_told_to_optuna_as_several():
    aims = Aims(("accuracy", "joules"))
    values = Proposer(SPACE, "tpe", 0, aims=2).ask(20, SPACE, begun(20), aims.measured)
    assert SPACE.holds(values)


def test_an_unknown_sampler_is_refused_and_one_of_optunas_is_taken():
    import optuna

    with pytest.raises(ValueError, match='give "tpe", "random", "grid", "gp"'):
        Proposer(SPACE, "bayes", 0)
    proposer = Proposer(SPACE, optuna.samplers.RandomSampler(seed=0), 0)
    assert SPACE.holds(proposer.ask(12, SPACE, begun(12), MEASURED)) and proposer.name == "RandomSampler"


def test_without_optuna_the_extra_is_named_at_once(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "optuna", None)
    propose._optuna.cache_clear()
    with pytest.raises(ImportError, match=r"greenlatent\[search\]"):
        Proposer(SPACE, "tpe", 0)
    assert Proposer(SPACE, "random", 0).ask(0, SPACE, [], MEASURED)
