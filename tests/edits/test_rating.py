import csv
import math

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score

import greenlatent as gl
from greenlatent.edits import Drop, Journal, Rate, Weigh
from greenlatent.edits.rating import edits_of, weighted_kappa

from ..parts import clusters


def bound():
    train, journal = clusters(), Journal()
    journal.bind(train, {"samples": train.fingerprint})
    return train, journal


def rated(seed, samples=40):
    """Two who see how good a sample is, within a star, and one who throws dice."""
    rng, (train, journal) = np.random.default_rng(seed), bound()
    worth = rng.integers(1, 6, samples)
    for by in ("Ada", "Bo", "dice"):
        seen = rng.integers(1, 6, samples) if by == "dice" else worth + rng.integers(-1, 2, samples)
        seen = np.clip(seen, 1, 5)
        for stars in np.unique(seen):
            journal.add(Rate(np.flatnonzero(seen == stars), stars), by=by)
    return train, journal


def test_stars_are_weights_from_none_to_twice():
    train, journal = bound()
    for stars in range(1, 6):
        journal.add(Rate([stars, 10 + stars], stars))
    weights = journal.mended(train).weights
    assert len(weights) == len(train) - 2  # those of one star are left out
    rows = {row["name"]: row["weight"] for row in journal.changes(train)}
    assert [rows.get(train.key(10 + stars), 1.0) for stars in range(1, 6)] == [0, 0.5, 1, 1.5, 2]


def test_what_several_say_is_the_mean_of_each_ones_last():
    _, journal = bound()
    for by, stars in (("Ada", 4), ("Bo", 5)):
        journal.add(Rate([3], stars), by=by)
    assert edits_of(journal.active)[-1] == Weigh((3,), 1.75)  # where both are trusted alike
    journal.undo()
    assert edits_of(journal.active)[-1] == Weigh((3,), 1.5)
    journal.add(Rate([3], 1), by="Ada")
    assert edits_of(journal.active)[-1] == Weigh((3,), 0.0)  # not the mean of what one said before and now


def test_of_a_rating_and_a_weight_the_later_wins():
    _, journal = bound()
    journal.add(Rate([3, 4], 5))
    journal.add(Drop([3]))
    journal.add(Rate([3], 4), by="Bo")
    journal.add(Weigh([4], 3.0))
    last = {i: edit for edit in edits_of(journal.active) for i in edit.ids}
    assert last[3] == Weigh((3,), 1.75) and last[4] == Weigh((4,), 3.0)


@pytest.mark.parametrize(
    "stars, words", [(0, "is 0; pass 1"), (6, "is 6; pass 1"), (2.5, "whole number"), (True, "whole")]
)
def test_stars_that_there_are_not_are_refused(stars, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Rate([1], stars)


def test_one_star_for_every_sample_is_refused_as_nothing_would_be_left():
    train, journal = bound()
    with pytest.raises(ValueError, match="leave out every training sample"):
        journal.add(Rate(range(len(train)), 1))
    assert len(journal) == 0


def test_weighted_kappa_is_that_of_scikit_learn_and_takes_halves():
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 6, (2, 50))
    theirs = cohen_kappa_score(a, b, weights="quadratic")
    assert weighted_kappa(list(zip(a, b, strict=True))) == pytest.approx(theirs)
    assert weighted_kappa([(1, 1.5), (4, 4.5)]) == pytest.approx(1 - 0.25 / (2.25 + 2.25 + 0.25))
    assert math.isnan(weighted_kappa([])) and math.isnan(weighted_kappa([(3, 3), (3, 3)]))


def test_dice_have_under_half_the_trust_of_two_honest_raters_in_19_of_20_seeds():
    told = []
    for seed in range(400, 420):
        train, journal = rated(seed)
        trust = {rater.by: rater.trust for rater in journal.raters(train)}
        told.append(trust["dice"] < min(trust["Ada"], trust["Bo"]) / 2)
    assert sum(told) >= 19


def test_dice_move_weights_less_than_they_would_as_one_of_three():
    train, journal = rated(400)
    honest = Journal()
    honest.bind(train, {"samples": train.fingerprint})
    for event in journal:
        if event.by != "dice":
            honest.add(event.edit, by=event.by)

    def weights(edits):
        last = {i: edit.weight for edit in edits for i in edit.ids}
        return np.array([last[i] for i in range(40)])

    alone = weights(edits_of(honest.active))
    stars = {i: [e.edit.stars for e in journal if i in e.edit.ids] for i in range(40)}
    plain = np.array([(np.mean(stars[i]) - 1) / 2 for i in range(40)])
    trusted = weights(edits_of(journal.active))
    assert np.abs(trusted - alone).mean() < np.abs(plain - alone).mean() / 2


def test_who_says_something_else_when_asked_again_is_trusted_less():
    train, journal = bound()
    for i in range(20):
        journal.add(Rate([i], 1 + i % 5), by="Ada")
        journal.add(Rate([i], 1 + i % 5), by="Bo")
    for i in range(20):
        journal.add(Rate([i], 1 + i % 5), by="Ada")
        journal.add(Rate([i], 1 + i * 7 % 20 // 4), by="Bo")
    ada, bo = journal.raters(train)
    assert (ada.repeats, ada.again, bo.repeats) == (20, 1.0, 20)
    assert bo.again < 0.2 and bo.trust < ada.trust
    assert ada.share == 20 / len(train) and ada.common == 20


def test_where_one_alone_rates_they_are_trusted():
    train, journal = bound()
    journal.add(Rate([1, 2], 5), by="Ada")
    (ada,) = journal.raters(train)
    assert ada.trust == 1.0 and math.isnan(ada.kappa) and ada.common == 0


def test_ratings_are_a_table_of_who_when_and_how_many(tmp_path):
    train, journal = bound()
    journal.add(Rate([1, 2], 5), by="=Ada")
    rows = journal.ratings(train)
    assert [(row["name"], row["rater"], row["stars"]) for row in rows] == [
        (train.key(1), "=Ada", 5),
        (train.key(2), "=Ada", 5),
    ]
    rows.to_csv(tmp_path / "ratings.csv")
    with open(tmp_path / "ratings.csv", newline="", encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert list(first) == ["name", "rater", "time", "stars"] and first["time"].endswith("+00:00")
    assert first["rater"] == "'=Ada"  # which no spreadsheet runs


def test_training_meets_samples_as_often_as_their_stars_say():
    train = clusters()
    model = torch.nn.Sequential(torch.nn.Linear(train.shape[0], 3))
    trainer = gl.Trainer(model, train, latent="0", seed=0, batch_size=10)
    trainer.journal.add(Rate([0, 1], 1), by="Ada")
    trainer.journal.add(Rate([2], 5), by="Ada")
    trainer.step(epochs=1)
    weights = trainer.edits.mending.weights
    assert weights[[0, 1, 2, 3]].tolist() == [0, 0, 2, 1]
    assert trainer.passes == len(train) - 2 + 1
    trainer.close()
