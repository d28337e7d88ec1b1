"""Ridge says what scikit-learn's says, which took six times as long over a few thousand numbers."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from greenlatent.tactics.finders.ridge import Ridge


@pytest.mark.parametrize(("rows", "width", "classes"), [(300, 12, 4), (300, 12, 2), (40, 90, 3), (25, 25, 5)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_it_answers_as_scikit_learns_on_scaled_inputs(rows, width, classes, kind):
    rng = np.random.default_rng(rows + width)
    y = np.append(np.arange(classes), rng.integers(0, classes, rows - classes)) * 3 + 1
    x = rng.normal(size=(rows, width)) * 10.0 ** rng.integers(-3, 4, width) + rng.normal(size=width)
    x[:, :classes] += 2 * (y[:, None] == np.unique(y)) * x[:, :classes].std(0)
    x[:, -1] = 7.3  # tells nothing
    new = (x + 0.3 * x.std(0) * rng.normal(size=x.shape)).astype(kind)
    theirs = make_pipeline(StandardScaler(), RidgeClassifier()).fit(x, y)
    mine = Ridge().fit(x.astype(kind), y)
    scores = theirs.decision_function(new.astype(float))
    ours = new @ mine.weights + mine.offset
    if classes == 2:
        ours = ours[:, 1]
    np.testing.assert_allclose(ours, scores, atol=2e-3 if kind is np.float32 else 1e-9)
    if kind is np.float64:
        assert (mine.predict(new) == theirs.predict(new)).all()


@pytest.mark.parametrize("unit", [1e-25, 1e25])
def test_inputs_whose_squares_are_out_of_reach_tell_as_much_as_in_another_unit(unit):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200)
    x = (rng.normal(size=(200, 4)) + 2 * (y[:, None] == np.arange(4))).astype(np.float32)
    scaled = x * np.float32(unit)
    assert (Ridge().fit(scaled, y).predict(scaled) == Ridge().fit(x, y).predict(x)).mean() > 0.99


def test_inputs_that_are_no_numbers_are_refused_and_not_guessed_at():
    x = np.ones((6, 2))
    x[1, 1] = np.nan
    with pytest.raises(ValueError, match="infs or NaNs"):
        Ridge().fit(x, np.arange(6) % 2)
