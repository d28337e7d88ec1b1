import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.data.strata import split, strata

LABELS = st.lists(st.integers(-1, 4), min_size=1, max_size=200).map(np.array)


@given(LABELS, st.integers(1, 250), st.integers(0, 5))
def test_at_most_so_many_rows_are_chosen_in_order_and_none_twice(y, most, seed):
    rows = strata(y, most, seed)
    assert len(rows) <= most and (np.diff(rows) > 0).all()
    assert len(y) > most or len(rows) == len(y)


def test_every_class_keeps_its_share_and_a_rare_one_a_row_where_there_is_room():
    y = np.repeat([0, 1, 2], [600, 397, 3])
    assert np.bincount(y[strata(y, 102, 0)]).tolist() == [61, 40, 1]  # a tenth of it would be none
    assert np.bincount(y[strata(y, 200, 0)]).tolist() == [120, 79, 1]


@given(LABELS, st.floats(0.05, 0.95), st.integers(0, 5))
def test_a_split_takes_the_same_share_of_every_class_and_the_same_rows_again(y, share, seed):
    out = split(y, share, seed)
    for value in np.unique(y):
        n = (y == value).sum()
        assert out[y == value].sum() == round(share * n)
    assert (out == split(y, share, seed)).all()
