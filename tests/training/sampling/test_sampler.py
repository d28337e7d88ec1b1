import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.edits import Affirm, Drop
from greenlatent.training.sampling.sampler import Sampler

from ...parts import trainer


def epoch(sampler, room=None):
    """All ids until the epoch is done."""
    ids = []
    while True:
        ids += sampler.next(room or sampler.batch_size).tolist()
        if sampler.epoch_done:
            return ids


@given(st.integers(1, 50), st.integers(1, 20), st.lists(st.integers(1, 20), max_size=30))
def test_every_epoch_meets_every_sample_once_whatever_is_injected(n, batch, rooms):
    sampler = Sampler(n, batch, seed=0)
    for _ in range(2):
        ids, k = [], 0
        while True:
            room = rooms[k % len(rooms)] if rooms else batch  # injected rows leave less room, now and then
            ids += sampler.next(room).tolist()
            k += 1
            if sampler.epoch_done:
                break
        assert sorted(ids) == list(range(n))


def test_a_single_sample_is_never_a_batch_of_its_own():
    sampler = Sampler(33, 8, seed=0)
    sizes = []
    while not sizes or not sampler.epoch_done:
        sizes.append(len(sampler.next(8)))
    assert sizes == [8, 8, 8, 9]


def test_dropped_samples_are_skipped_and_weights_repeat():
    sampler = Sampler(10, 4, seed=0)
    weights = np.ones(10)
    weights[[1, 2]], weights[3], weights[4] = 0, 3, 2.5
    sampler.weigh(weights)
    counts = sum(np.bincount(epoch(sampler), minlength=10) for _ in range(200)) / 200
    assert counts[[1, 2]].tolist() == [0, 0] and counts[3] == 3
    assert counts[4] == pytest.approx(2.5, abs=0.15)
    assert (counts[[0, 5, 6, 7, 8, 9]] == 1).all()


def test_new_weights_in_mid_epoch_neither_skip_nor_repeat_what_was_met():
    sampler = Sampler(20, 4, seed=0)
    met = sampler.next(4).tolist() + sampler.next(4).tolist()
    weights = np.ones(20)
    weights[met[0]] = 0  # too late: it was met
    unmet = next(i for i in range(20) if i not in met)
    weights[unmet] = 0
    sampler.weigh(weights)
    assert sorted([*met, *epoch(sampler)]) == sorted(set(range(20)) - {unmet})


def test_an_edit_does_not_shift_the_permutations_after_it():
    plain, edited = Sampler(20, 20, seed=0), Sampler(20, 20, seed=0)
    plain.next(20)
    edited.weigh(np.r_[0.0, np.ones(19)])
    edited.next(20)
    assert epoch(edited) == [i for i in epoch(plain) if i != 0]


def test_a_sample_that_comes_back_at_the_end_of_an_epoch_joins_the_next_batch():
    sampler = Sampler(20, 20, seed=0)
    sampler.weigh(np.r_[0.0, np.ones(19)])
    assert 0 not in sampler.next(20)
    sampler.weigh(np.ones(20))
    batch = sampler.next(20).tolist()
    assert batch[0] == 0 and sorted(batch[1:]) == list(range(20)) and sampler.epoch == 1


def test_everything_dropped_says_what_to_do():
    sampler = Sampler(3, 2, seed=0)
    sampler.weigh(np.zeros(3))
    with pytest.raises(ValueError, match="undo an edit"):
        sampler.next(2)
    sampler.weigh(np.ones(3))
    assert sorted(epoch(sampler)) == [0, 1, 2]


def test_it_goes_on_from_a_state_in_mid_epoch():
    first = Sampler(20, 4, seed=0)
    first.weigh(np.r_[2.0, np.ones(19)])
    first.next(4)
    state = first.state()
    second = Sampler(20, 4, seed=9)
    second.weigh(np.r_[2.0, np.ones(19)])
    second.load(state)
    assert [epoch(first), epoch(first)] == [epoch(second), epoch(second)]
    assert isinstance(state["order"], torch.Tensor)


# The ends of epochs


def test_who_listens_is_told_of_each_epoch_once_after_its_last_step_and_before_the_next():
    ours = trainer()  # 60 samples in batches of 8
    told = []
    end = ours.at_epoch(lambda: told.append((ours.steps, ours.epoch, ours.epoch_done)))
    ours.step(7)
    assert told == []
    ours.step(9)
    assert told == [(8, 0, True), (16, 1, True)]
    end()
    end()
    ours.step(8)
    assert len(told) == 2


def test_what_an_edit_puts_back_at_the_end_of_an_epoch_ends_it_no_second_time():
    ours = trainer()
    ours.journal.add(Drop(range(8)))
    told = []
    ours.at_epoch(lambda: told.append(ours.epoch))
    ours.at_epoch(lambda: ours.epoch == 1 and ours.journal.add(Affirm(range(8))))
    ours.step(30)
    assert told == sorted(set(told)) and len(told) >= 3


def test_an_own_loop_is_told_too_and_a_reset_counts_anew():
    ours = trainer()
    told = []
    ours.at_epoch(lambda: told.append(ours.steps))
    for k in range(3):
        with ours.around(range(k * 20, (k + 1) * 20)) as s:
            s.done(ours.model(ours.train.inputs(torch.arange(20))).sum())
    assert told == [3]
    own = trainer()
    own.at_epoch(lambda: told.append(own.epoch))
    own.step(epochs=2)
    own.reset()
    own.step(epochs=1)
    assert told[1:] == [0, 1, 0]


def test_what_fails_at_the_end_of_an_epoch_keeps_nobody_else_from_hearing(caplog):
    ours, told = trainer(), []
    ours.at_epoch(lambda: 1 / 0)
    ours.at_epoch(lambda: told.append(ours.steps))
    ours.step(epochs=1)
    assert told == [ours.steps] and "division by zero" in caplog.text
    with pytest.raises(TypeError, match="at_epoch takes a function"):
        ours.at_epoch("soon")


def test_an_edit_at_the_end_of_an_epoch_counts_from_the_very_next_step():
    ours = trainer()
    ours.at_epoch(lambda: ours.journal.add(Drop([3])) if not len(ours.journal) else None)
    ours.step(epochs=1)
    (event,) = ours.journal
    assert event.step == ours.steps and ours.upcoming.weights[3] == 0 and ours.mending.weights[3] == 1


@given(st.integers(2, 40), st.integers(1, 9), st.integers(0, 99))
def test_by_priority_the_first_epoch_goes_by_falling_weight_and_by_chance_among_equals(n, batch, seed):
    weights = np.random.default_rng(seed).choice([0.0, 1.0, 2.0, 3.0], n)
    weights[0], weights[1] = 1.0, 3.0
    plain, sorted_ = (Sampler(n, batch, seed, priority=priority) for priority in (False, True))
    for sampler in (plain, sorted_):
        sampler.weigh(weights)
    ours, theirs = epoch(sorted_), epoch(plain)
    first = list(dict.fromkeys(ours))
    assert [weights[i] for i in first] == sorted(weights[weights > 0], reverse=True)
    for weight in (1.0, 2.0, 3.0):  # among equals, the order of everybody's permutation
        alike = [i for i in first if weights[i] == weight]
        assert alike == [i for i in dict.fromkeys(theirs) if weights[i] == weight]
    assert sorted(ours) == sorted(theirs)
    assert epoch(sorted_) == epoch(plain)  # the second epoch is shuffled as ever


def test_by_priority_weights_that_come_in_mid_epoch_order_what_is_left():
    sampler = Sampler(12, 4, seed=0, priority=True)
    met = sampler.next(4).tolist()
    weights = np.ones(12)
    late = [i for i in range(12) if i not in met][-1]
    weights[late] = 2.0
    sampler.weigh(weights)
    assert sampler.next(4).tolist()[0] == late
