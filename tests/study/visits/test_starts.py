"""What a net knew, and what it meets."""

import numpy as np

import greenlatent as gl
from greenlatent.study.visits import starts


def test_what_is_new_has_no_label_and_is_none_of_the_known_classes():
    start = starts.new_class(gl.datasets.digits(), 3)
    assert start.classes[:8] == start.train.classes and (start.truth[start.new] >= 8).all()
    assert (start.train.y[start.new] < 0).all() and (start.old.y < 8).all()


def test_a_watch_upside_down_has_its_first_two_axes_reversed():
    signals = np.random.default_rng(0).normal(size=(2, 6, 5))
    turned = starts.turned(180)(signals)
    np.testing.assert_allclose(turned[:, [0, 1, 3, 4]], -signals[:, [0, 1, 3, 4]], atol=1e-12)
    np.testing.assert_array_equal(turned[:, [2, 5]], signals[:, [2, 5]])


def test_a_new_wearer_is_in_no_old_row_and_asked_about_in_other_windows_than_they_were_named_in():
    data = gl.datasets.watch()
    start = starts.new_wearer(data, 0, starts.turned(45))
    old = np.setdiff1d(np.arange(len(start.train)), start.new)
    mine = (data.groups["subject"] == np.unique(data.groups["subject"])[0]).sum()
    assert len(start.new) + len(start.valid) + len(start.test) == mine
    assert len(old) + len(start.old) == len(data) - mine and (start.train.y[old] >= 0).all()
    rows = {row.tobytes() for row in start.train.x.numpy()}
    assert not any(row.tobytes() in rows for row in start.test.x.numpy())
