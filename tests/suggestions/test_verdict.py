"""A doubt that the model has of validation data as well is no doubt in a label."""

import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples
from greenlatent.datasets import digits
from greenlatent.suggestions import verdict
from greenlatent.suggestions.suggester import Suggester
from greenlatent.training.trainer import Trainer

from ..parts import net


def trained(noise, seed=0, *, honest=True):
    """A net on digits, validated by right labels if `honest`, and the right labels of its training samples."""
    noisy, right = digits(noise=noise, seed=seed), digits()
    train, valid = noisy.split(0.3, seed=seed)
    valid = right.take(valid.origin) if honest else valid
    t = Trainer(net(seed), train, valid=valid, latent="encoder", batch_size=32, threads=1, seed=seed)
    return t, right.y[train.origin].numpy()


def rights(suggestions, right):
    return {i for s in suggestions for i in s.ids if right[i] == int(s.proposed)}


@pytest.mark.parametrize("seed", range(5))
def test_no_card_of_clean_digits_is_trusted(seed):
    t, _ = trained(None, seed)
    asked = 0
    for _ in range(10):
        t.step(60)
        found = Suggester(t).suggest(1000)
        asked += len(found)
        assert not any(s.trusted for s in found)
    assert asked, "there are doubts, and validation data explain them"


@pytest.mark.parametrize("noise", ["blob", "annotator"])
def test_where_labels_are_wrong_nine_tenths_of_what_was_found_is_trusted_and_not_later(noise):
    for seed in range(2):
        t, right = trained(noise, seed)
        before, after, first = set(), set(), {}
        for _ in range(15):
            t.step(40)
            suggester = Suggester(t)
            found = suggester.suggest(1000)
            if suggester.ready:
                before |= rights(found, right)
                first.setdefault("ready", t.steps)
            after |= rights([s for s in found if s.trusted], right)
            if after:
                first.setdefault("trusted", t.steps)
        assert len(before) > 150 and len(after & before) >= 0.9 * len(before)
        assert first["trusted"] == first["ready"]


def test_trusted_cards_are_right_and_come_first_with_their_evidence():
    t, right = trained("blob")
    t.step(480)
    found = Suggester(t).suggest(1000)
    trusted = [s for s in found if s.trusted]
    assert found[: len(trusted)] == trusted and 5 < len(trusted) < len(found)
    good = [np.mean([right[i] == int(s.proposed) for i in s.ids]) > 0.5 for s in trusted]
    assert np.mean(good) > 0.9
    assert "Of the validation samples most like them" in trusted[0].evidence
    doubted = next(s for s in found if not s.trusted)
    assert doubted.evidence.endswith("So their label may well be right.")


def test_typical_samples_have_the_label_and_the_model_sees_it_in_them():
    t, _ = trained("blob")
    t.step(480)
    (card,) = Suggester(t).suggest(1)
    for label, ids in zip((card.given, card.proposed), card.typical, strict=True):
        assert len(ids) == 4 and not set(ids) & set(card.ids)
        assert {t.train.classes[int(t.train.y[i])] for i in ids} == {label}
        assert (t.seen.predicted[list(ids)] == int(label)).all()


def test_validation_labels_with_the_same_mistakes_leave_nothing_to_trust_and_the_card_says_so():
    t, _ = trained("annotator", honest=False)
    t.step(480)
    found = Suggester(t).suggest(1000)
    assert found and not any(s.trusted for s in found)
    assert any("or those labels have the same mistakes" in s.evidence for s in found)


def test_without_validation_data_or_with_too_little_it_trusts_as_it_did():
    noisy, _ = digits(noise="blob").split(0.3, seed=0)
    for valid in (None, noisy.take(range(5))):
        t = Trainer(net(), noisy, valid=valid, latent="encoder", batch_size=32, threads=1)
        t.step(480)
        found = Suggester(t).suggest(5)
        assert found and all(s.trusted and s.evidence == "" for s in found)


def test_neighbours_of_ones_own_recording_do_not_count_where_recordings_were_divided():
    def part(recording):
        y = np.arange(len(recording)) % 2
        return Samples(np.zeros((len(y), 2)), y, groups={"recording": np.asarray(recording), "side": y})

    train, valid = part([1, 1, 2, 2]), part([3, 3, 4, 4])
    rows = np.arange(4)
    assert verdict._apart(train, valid, rows).tolist() == [0, 0, 1, 1]
    assert verdict._apart(valid, valid, rows).tolist() == [0, 1, 2, 3], "these were not"


def test_a_look_at_validation_data_changes_nothing_of_training():
    watched, _ = trained("blob")
    quiet, _ = trained("blob")
    for _ in range(3):
        watched.step(120)
        Suggester(watched).suggest(3)
    quiet.step(360)
    for a, b in zip(watched.model.parameters(), quiet.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_what_was_set_aside_comes_back_when_nothing_else_can_be_trusted():
    t, _ = trained("blob")
    t.step(480)
    suggester = Suggester(t)
    first = suggester.suggest(1)[0]
    seen = []
    while True:
        (card,) = suggester.suggest(1)
        if seen and card.ids == first.ids:
            break
        assert card.trusted and len(seen) < 60
        seen.append(card)
        suggester.set_aside(card)
    assert seen[0].ids == first.ids and len(seen) > 5
