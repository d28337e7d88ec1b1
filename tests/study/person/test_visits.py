"""A visit: what a net was not trained for, with crowds of it named as they lie, and what solving makes of them."""

import numpy as np

from greenlatent.study.person import visits


def test_a_new_class_is_told_by_the_read_out_and_never_by_the_net_as_it_is():
    visit = visits.new_class(3)
    assert visit.classes[:8] == visit.train.classes and (visit.truth[visit.new] >= 8).all()
    met = visits.meet(visit, 2, 3)
    assert met.as_it_is < 82 < met.solved and met.old[1] > 85
    assert 0 < met.joules < 1
    assert visits.meet(visit, 2, 3).trained == met.trained, "the net is as it was"


def test_a_watch_upside_down_has_its_first_two_axes_reversed():
    signals = np.random.default_rng(0).normal(size=(2, 6, 5))
    turned = visits.turned(180)(signals)
    np.testing.assert_allclose(turned[:, [0, 1, 3, 4]], -signals[:, [0, 1, 3, 4]], atol=1e-12)
    np.testing.assert_array_equal(turned[:, [2, 5]], signals[:, [2, 5]])


def test_a_move_that_does_not_pull_is_worth_what_a_relabel_is():
    found = visits.second_instrument(1, lambda x: 1 - x, drags=8, steps=40)
    assert found["move"] == found["relabel"]
    assert set(found) == {"relabel", "move", "contrast", "chosen"} and all(map(np.isfinite, found.values()))
