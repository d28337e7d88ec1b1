import numpy as np
import pytest
import torch

from greenlatent.edits import Affirm, Drop, Relabel
from greenlatent.suggestions.suggester import Suggester
from greenlatent.suggestions.suspects import otherwise

from ..parts import clusters, trainer


def scattered(n=6, seed=0):
    """Clusters of which a few single samples carry another label, and which."""
    right = clusters(n=240)
    bad = np.random.default_rng(seed).choice(240, n, replace=False)
    y = right.y.numpy().copy()
    y[bad] = (y[bad] + 1) % 3
    t = trainer(right.take(np.arange(240), y=torch.from_numpy(y)))
    t.step(120)
    return t, set(bad.tolist())


def test_scattered_mistakes_come_first_where_no_group_shows_them():
    t, bad = scattered()
    suggester = Suggester(t)
    grouped = {i for s in suggester.suggest(1) for i in s.ids}
    assert set(suggester.suspects(6)) == bad != grouped


def test_what_was_settled_asked_masked_or_left_out_is_no_suspect():
    t, bad = scattered()
    suggester, (a, b, c, d, *_) = Suggester(t), sorted(bad)
    t.journal.add(Relabel([a], 0))
    t.journal.add(Affirm([b]))
    t.journal.add(Drop([c]))
    t.mending.masked[d] = True
    found = suggester.suspects(240)
    assert not {a, b, c, d} & set(found) and set(found[:2]) == bad - {a, b, c, d}


def test_nothing_is_suspected_before_training_has_seen_anything_and_a_wrong_number_is_refused():
    t = trainer()
    assert Suggester(t).suspects(5) == []
    for wrong in (-1, 2.5, True, "all"):
        with pytest.raises(ValueError, match="number of samples from 0 up"):
            Suggester(t).suspects(wrong)


def test_looking_for_suspects_takes_no_pass():
    t, _ = scattered()
    t.network.beliefs = t.exact = None  # would raise
    assert len(Suggester(t).suspects(3)) == 3


def test_the_share_of_neighbours_with_another_label_is_that_of_a_naive_count():
    rng = np.random.default_rng(1)
    z, given = rng.normal(size=(50, 3)).astype("f4"), rng.integers(0, 2, 50)
    rows = np.arange(0, 50, 1)
    found = otherwise(torch.from_numpy(z), given, rows)
    scaled = (z - z.mean(0)) / z.std(0, ddof=1)
    for i in range(50):
        apart = np.linalg.norm(scaled - scaled[i], axis=1)
        apart[i] = np.inf
        assert found[i] == pytest.approx((given[np.argsort(apart)[:15]] != given[i]).mean())
    assert otherwise(torch.from_numpy(z), given, np.array([3])).tolist() == [0.0] * 50
    assert otherwise(torch.from_numpy(z), given, np.array([], int)).tolist() == [0.0] * 50
