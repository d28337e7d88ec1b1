import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples
from greenlatent.datasets import digits
from greenlatent.edits import Relabel
from greenlatent.suggestions.suggester import Suggester
from greenlatent.training.trainer import Trainer

from ..parts import clusters, net, same, trainer, weights


def trained(noise_seed=0, steps=320):
    train, _ = digits(noise="blob", seed=noise_seed).split(0.3, seed=0)
    t = Trainer(net(), train, latent="encoder", batch_size=32, threads=1)
    t.step(steps)
    return t, digits().y[train.origin]


def repaired(suggestions, truth):
    """Samples that get their right label if a person accepts the suggestions that are mostly right."""
    rights = [truth[list(s.ids)] == int(s.proposed) for s in suggestions]
    return sum(int(right.sum()) for right in rights if right.float().mean() > 0.5)


def test_what_was_answered_can_be_asked_again_once():
    t = trainer()
    suggester = Suggester(t)
    t.journal.add(Relabel([4, 2], 1))
    t.journal.add(Relabel([9], 0))
    assert suggester.again() == [4, 2, 9] and suggester.again(1) == [4]
    t.journal.add(Relabel([4], 1))
    assert suggester.again() == [2, 9]


def test_its_order_repairs_more_than_the_same_groups_in_any_order():
    ranked = chance = 0.0
    for seed in range(4):
        t, truth = trained(seed)
        suggestions = Suggester(t).suggest(1000)
        ranked += repaired(suggestions[:8], truth)
        chance += repaired(suggestions, truth) * 8 / len(suggestions)
    assert ranked > 1.4 * chance


def test_following_it_repairs_more_than_following_chance():
    t, truth = trained()
    suggester = Suggester(t)
    for _ in range(10):
        (s,) = suggester.suggest(1)
        right = float((truth[list(s.ids)] == int(s.proposed)).float().mean()) > 0.5
        suggester.answer(s, right)
        if right:
            t.journal.add(Relabel(s.ids, s.proposed))
        t.step(10)
    before = float((truth != t.train.y).float().mean())
    after = float((truth != t.mending.y).float().mean())
    assert after < before - 0.05


def test_a_mislabelled_recording_comes_first_with_its_reason():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 4
    x = (np.eye(4)[y] * 4 + rng.normal(size=(200, 4))).astype(np.float32)
    recording = np.array([f"r{i // 10}" for i in range(200)])
    order = np.lexsort((recording, y))  # recordings of one class each
    x, y = x[order], y[order]
    recording = np.array([f"r{i // 10}" for i in range(200)])
    given = y.copy()
    given[recording == "r7"] = (given[recording == "r7"] + 1) % 4
    train = Samples(x, given, classes=list("abcd"), groups={"recording": recording})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4))
    t = trainer(train, model, optimizer=lambda p: torch.optim.Adam(p, lr=0.01))
    t.step(150)
    suggester = Suggester(t)
    first = suggester.suggest(1)[0]
    assert first.group == ("recording", "r7") and set(first.ids) == set(np.flatnonzero(recording == "r7"))
    assert first.proposed == "abcd"[int(y[first.ids[0]])]
    assert "in recording r7 are labelled" in first.reason and first.medoid in first.ids

    t.journal.add(Relabel(first.ids, first.given))  # somebody looked at them and found the label right
    t.step(1)
    assert not any(set(s.ids) & set(first.ids) for s in suggester.suggest(100))


def test_the_same_samples_are_one_question_named_by_the_finest_group():
    y = np.arange(80) % 2
    x = (np.eye(4)[y] * 4).astype(np.float32)
    given = y.copy()
    wrong = np.arange(0, 40, 2)
    given[wrong] = 1
    recording = np.where(np.isin(np.arange(80), wrong), "r1", np.where(np.arange(80) < 40, "r2", "r3"))
    who = np.where(np.isin(np.arange(80), wrong), "ann", "bob")
    t = trainer(
        Samples(x, given, classes=["a", "b"], groups={"who": who, "recording": recording}),
        torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4)),
    )
    t.step(5)
    t.seen.confidence.fill_(0.9)
    t.seen.confidence[wrong] = 0.01
    t.seen.predicted.copy_(torch.as_tensor(y, dtype=torch.float32))
    t.seen.certainty.fill_(0.9)
    suggestions = Suggester(t).suggest(5)
    assert [(s.group, len(s.ids)) for s in suggestions] == [(("recording", "r1"), 20)]


def test_it_says_when_not_to_trust_it():
    t, _ = trained(steps=100)
    suggestions = Suggester(t).suggest(3)
    assert suggestions and all(not s.trusted and "Too early" in s.reason for s in suggestions)
    t.step(400)
    assert all(s.trusted for s in Suggester(t).suggest(3))


def test_what_was_answered_is_not_asked_again_and_dry_answers_say_stop():
    t, _ = trained()
    suggester = Suggester(t)
    asked = set()
    for _ in range(3):
        (s,) = suggester.suggest(1)
        assert not asked & set(s.ids)
        asked |= set(s.ids)
        assert not suggester.dry
        suggester.answer(s, right=False)
    assert suggester.dry
    suggester.answer(suggester.suggest(1)[0], right=True)
    assert not suggester.dry


def test_suggesting_changes_no_weight():
    quiet, _ = trained()
    watched, _ = trained()
    for _ in range(5):
        Suggester(watched).suggest()
        watched.step(5)
    quiet.step(25)
    assert same(weights(quiet.model), weights(watched.model))


def test_before_training_and_on_clean_data_it_keeps_quiet():
    assert Suggester(trainer()).suggest() == []
    t = trainer(clusters(200), optimizer=lambda p: torch.optim.Adam(p, lr=0.02))
    t.step(400)
    assert Suggester(t, groups=[]).suggest() == []


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="no group 'subject'; groups: place"):
        Suggester(trainer(), groups=["subject"])
    with pytest.raises(ValueError, match="regression"):
        Suggester(trainer(Samples(np.zeros((9, 4)), np.linspace(0, 1, 9))))


def test_what_can_be_trusted_is_the_same_with_and_without_words():
    t, _ = trained(steps=500)
    told = Suggester(t).suggest(len(t.train), most=len(t.train))
    ids = Suggester(t).trusted()
    assert ids == sorted({i for s in told if s.trusted for i in s.ids}) and ids
