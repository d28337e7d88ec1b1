"""Planted gaps, copies, outliers, constant columns and doubtful labels are counted exactly."""

import numpy as np
import pandas

from greenlatent.plan.data import profile as module
from greenlatent.plan.data.profile import copies, profile
from greenlatent.plan.data.read import read


def test_planted_gaps_copies_and_outliers_of_a_csv_are_counted_exactly(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (400, 5)).round(6)
    x[:, 4] = 3.0
    x[7, 0], x[9, 1], x[11, 2] = 1e6, -1e5, 500.0
    x[300:310] = x[20:30]
    frame = pandas.DataFrame(x, columns=list("abcde")).assign(y=np.arange(400) % 4)
    frame.loc[40, "a"] = frame.loc[41, "b"] = np.nan
    frame.loc[[5, 6], "y"] = np.nan
    frame.to_csv(tmp_path / "planted.csv", index=False)
    found = profile(read(tmp_path / "planted.csv"))
    assert (found.rows, found.features, found.missing, found.duplicates, found.outliers) == (400, 5, 2, 10, 3)
    assert found.constant == ("e",) and len(found.classes) == 4 and found.labelled == 398 / 400
    assert found.sampled is None and "10 copies" in str(found)


def test_copies_are_those_of_pandas_gaps_included():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, (300, 4)).astype(float)
    x[x == 2] = np.nan
    assert np.array_equal(copies(x), pandas.DataFrame(x).duplicated().to_numpy())


def test_labels_unlike_all_their_neighbours_are_in_doubt():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 200)
    x = rng.normal(0, 0.1, (400, 2)) + 5 * y[:, None]
    y[[3, 250]] ^= 1
    found = profile(read((x, y)))
    assert found.doubtful == 2 and found.asked == 400


def test_beyond_so_many_cells_a_sample_is_counted_and_named(monkeypatch):
    monkeypatch.setattr(module, "CELLS", 1000)
    x = np.random.default_rng(0).normal(size=(500, 4))
    x[::2, 0] = np.nan
    found = profile(read((x, None)))
    assert found.sampled == 250 and 150 < found.missing < 350 and "counted on 250 rows" in str(found)


def test_groups_are_counted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("p,q,who\n1,2,ann\n3,4,ben\n5,6,ann\n")
    assert profile(read(path, group="who")).groups == 2
