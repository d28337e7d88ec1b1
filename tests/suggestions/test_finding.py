"""A few words find the samples that they ask for, and what cannot be found says what can."""

import numpy as np
import pytest

from greenlatent.suggestions.finding import LABELS, find, words

from ..parts import clusters, trainer


@pytest.fixture(scope="module")
def seen():
    train = clusters()
    train.y[train.groups["place"] == 4] = 0
    made = trainer(train)
    made.step(200)
    yield made
    made.close()


def test_wrong_finds_where_the_label_is_not_the_guess(seen):
    label, guess = seen.mending.y.numpy(), seen.seen.predicted.numpy()
    assert find(seen, "wrong").tolist() == np.flatnonzero(label != guess).tolist() != []


def test_all_terms_must_hold(seen):
    loss, place = seen.seen.loss.numpy(), np.asarray(seen.train.groups["place"])
    both = find(seen, "loss > 0.5 place = 4")
    assert both.tolist() == np.flatnonzero((loss > 0.5) & (place == 4)).tolist() != []
    assert (
        find(seen, "belief=0..0.2").tolist() == np.flatnonzero(seen.seen.confidence.numpy() <= 0.2).tolist()
    )


def test_labels_are_told_apart_as_given_as_in_force_and_as_guessed(seen):
    name = seen.train.classes[0]
    assert find(seen, f"given='{name}'").tolist() == np.flatnonzero(seen.train.y.numpy() == 0).tolist()
    assert (
        find(seen, f"guess!='{name}'").tolist() == np.flatnonzero(seen.seen.predicted.numpy() != 0).tolist()
    )
    assert find(seen, name).tolist() == find(seen, f'class = "{name}"').tolist()


def test_ids_may_be_listed_and_ranged(seen):
    assert find(seen, "#2, 5-7").tolist() == [2, 5, 6, 7]


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "nothing is asked for"),
        ("los>2", "nothing is known of 'los'; there are loss"),
        ("loss>dear", "is no number"),
        ("loss>1..2", "a range comes behind ="),
        ("place=Atlantis", "there are 0, 1"),
        ("guess<1", "equal to another or not"),
        ("99999", "the last is"),
        ("wrnog", "did you mean 'wrong'"),
        ("<img src=x onerror=alert(1)>", "no sample, class or group is called '<img'"),
    ],
)
def test_what_cannot_be_found_says_what_can(seen, text, why):
    with pytest.raises(ValueError, match=why):
        find(seen, text)


def test_every_word_that_is_offered_is_understood(seen):
    for word in words(seen):
        value = "" if word == "wrong" else f"'{seen.train.classes[0]}'" if word.rstrip("=") in LABELS else "1"
        find(seen, word + value)
