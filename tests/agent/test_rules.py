import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from greenlatent.agent.rules import EVERY, PATIENCE, Look, Plateau, easiest, look, opens

from ..parts import trainer


def seen(given, guess, confidence, certainty, *, weights=None, step=100):
    """A trainer as the rules see it."""
    n = len(given)
    weights = np.ones(n) if weights is None else np.array(weights, float)
    masked, y = torch.zeros(n, dtype=torch.bool), torch.tensor(given)
    arrays = {"predicted": torch.tensor(guess).float(), "confidence": torch.tensor(confidence)}
    arrays |= {"certainty": torch.tensor(certainty), "loss": -torch.tensor(confidence).log()}
    mending = SimpleNamespace(y=y, masked=masked, weights=weights)
    train = SimpleNamespace(regression=False, unlabelled=False)
    return SimpleNamespace(seen=SimpleNamespace(**arrays), mending=mending, steps=step, train=train)


def test_sure_is_what_is_guessed_otherwise_as_surely_as_that_class_usually_is():
    # class 1 is believed by 0.8 on average: the first is surer than that, the second is not
    found = look(seen([0, 0, 1, 1], [1, 1, 1, 1], [0.1, 0.3, 0.7, 0.9], [0.85, 0.75, 0.7, 0.9]))
    assert found.sure.tolist() == [0] and found.agreement == 0.5
    assert found.of_disagreement == 0.5 and found.share == 0.25 and found.trained == 4


def test_what_is_left_out_unlabelled_or_never_seen_does_not_count():
    found = look(seen([0, 0, -1, 1], [1, 1, 1, -1], [0.1] * 4, [0.9] * 4, weights=[0, 1, 1, 1]))
    assert found.trained == 1 and found.sure.tolist() == [], (
        "of a class that nobody is labelled nothing is usual"
    )
    assert "training has seen nothing yet" in str(look(trainer()))


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ({}, True),
        ({"step": 64}, False),
        ({"sure": np.arange(4)}, False),
        ({"of_disagreement": 0.27}, False),
        ({"agreement": 0.5}, False),
    ],
)
def test_the_guard_opens_where_all_four_conditions_hold(change, opens):
    here = {"step": 65, "trained": 100, "agreement": 0.8, "sure": np.arange(8), "of_disagreement": 0.4}
    found = Look(**(here | change))
    assert found.opens is opens
    assert ("enough to act on" in str(found)) is opens and (
        "Too little stands out" in str(found)
    ) is not opens


def test_the_guard_looks_no_further_where_less_is_guessed_otherwise_than_must_be_sure(monkeypatch):
    given = [0] * 50 + [1] * 50
    wrong = seen(given, [1] * 8 + [0] * 42 + [1] * 50, [0.1] * 8 + [0.7] * 92, [0.9] * 8 + [0.7] * 92)
    assert opens(wrong) and look(wrong).opens
    early = seen(given, wrong.seen.predicted.tolist(), [0.7] * 100, [0.9] * 100, step=64)
    assert not opens(early)
    monkeypatch.setattr("greenlatent.agent.rules.look", lambda trainer: pytest.fail("it looked"))
    assert not opens(seen(given, [1] * 4 + [0] * 46 + [1] * 50, [0.7] * 100, [0.9] * 100))


def test_a_plateau_is_the_mean_of_three_that_gains_nothing_for_long():
    flat = Plateau()
    waits = PATIENCE // EVERY
    for _ in range(waits + 2):
        flat.take(90.0)
        assert not flat.reached
    flat.take(90.1)
    assert flat.reached and flat.gained == pytest.approx(0.1)
    rising = Plateau()
    for k in range(50):
        rising.take(k * 0.3)
    assert not rising.reached
    broken = Plateau()
    for _ in range(waits + 3):
        broken.take(math.nan)
    assert broken.reached


def test_the_easiest_half_is_guessed_right_with_the_highest_belief():
    ours = seen([0, 0, 1, 1, 1], [0, 0, 1, 0, 1], [0.9, 0.6, 0.99, 0.95, 0.7], [0.9] * 5)
    assert easiest(ours) == (0, 2)
