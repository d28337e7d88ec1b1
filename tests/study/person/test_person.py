import dataclasses
from dataclasses import replace

import numpy as np
import pytest

from greenlatent import Affirm, Drop, Move, Relabel
from greenlatent.study import Person
from greenlatent.study.person.person import Screen
from greenlatent.study.person.trial import UNSURE, Eyes
from greenlatent.suggestions.review import Sheet
from greenlatent.suggestions.suggester import Suggestion

CLASSES = ("red", "green", "blue")
TRUTH = np.repeat([0, 1, 2], 40)


def eyes(error: float = 0.0, unsure: float = 0.0, seed: int = 0) -> Eyes:
    x = np.eye(3)[TRUTH] * [1.0, 1.0, 5.0]  # red and green look alike, blue does not
    return Eyes(x, TRUTH, error=error, unsure=unsure, rng=np.random.default_rng(seed))


def suggestion(ids, given="green", proposed="red") -> Suggestion:
    return Suggestion(tuple(ids), ids[0], given, proposed, 1.0, None, 60, True, "")


def screen(*suggestions: Suggestion, given=None, sheets=()) -> Screen:
    waiting, answers = list(suggestions), []

    def suggest(n: int) -> list[Suggestion]:
        now = waiting[:n]
        del waiting[:n]
        return now

    n = len(TRUTH)
    shown = Screen(
        60,
        np.zeros((n, 2)),
        np.ones(n, dtype=int) if given is None else given,
        np.linspace(0, 1, n),
        CLASSES,
        {},
        suggest,
        lambda s, right: answers.append(right),
        lambda n: list(sheets[:n]),
    )
    object.__setattr__(shown, "answers", answers)
    return shown


def sit(person: Person, shown: Screen, sees: Eyes, seconds: float = 60.0) -> list:
    return list(person.session(shown, sees, seconds, np.random.default_rng(3)))


def test_a_group_is_named_by_what_it_looks_like():
    (gesture,) = sit(Person(), screen(suggestion(range(10))), eyes())
    assert gesture.edits == (Relabel(range(10), "red"),) and gesture.seconds == 8


def test_members_whose_label_looks_right_are_taken_out_for_a_second_each():
    (gesture,) = sit(Person(), screen(suggestion([*range(10), 40, 41])), eyes())
    assert gesture.edits == (Relabel(range(10), "red"),) and gesture.seconds == 10


def test_look_alikes_that_fit_neither_label_are_taken_out_for_a_second_and_left_out_of_training():
    (gesture,) = sit(Person(), screen(suggestion([*range(10), 40, 80])), eyes())
    assert gesture.edits == (Relabel(range(10), "red"), Drop([80])) and gesture.seconds == 10


def test_what_was_recorded_together_gets_one_name():
    recording = dataclasses.replace(suggestion([*range(10), 80]), group=("recording", "r1"))
    (gesture,) = sit(Person(), screen(recording), eyes())
    assert gesture.edits == (Relabel([*range(10), 80], "red"),) and gesture.seconds == 8


def test_a_group_too_mixed_to_name_whose_labels_are_mostly_wrong_is_left_out():
    few = suggestion([0, 80, 81])  # one red, two blue: 12 s by name, 8 s one by one, and no worse left out
    (gesture,) = sit(Person(worth=2.0), screen(few), eyes())
    assert gesture.edits == (Drop([0, 80, 81]),) and gesture.seconds == 8


def test_a_group_that_is_right_is_declined_and_the_suggester_told():
    shown = screen(suggestion(range(40, 50)))
    (gesture,) = sit(Person(), shown, eyes())
    assert not gesture.edits and gesture.seconds == 8 and shown.answers == [False]


def test_a_group_too_mixed_to_be_worth_the_seconds_is_declined():
    mixed = suggestion([0, 1, *range(40, 50)])  # two to mend, ten to take out: 18 s, or 8 s one by one
    assert not sit(Person(), screen(mixed), eyes())[0].edits
    assert sit(Person(worth=0.4), screen(mixed), eyes())[0].edits == (Relabel([0, 1], "red"),)


def test_members_beyond_the_contact_sheet_follow_the_rest_unseen():
    right_at_the_end = suggestion([*range(40), *range(40, 62)])
    (gesture,) = sit(Person(), screen(right_at_the_end), eyes())
    assert set(gesture.edits[0].ids) == {*range(40), 60, 61}


def test_a_person_never_spends_more_than_the_seconds_there_are():
    groups = [suggestion(range(k, k + 4)) for k in range(0, 40, 4)]
    for seconds in (0, 7.9, 8, 30, 45):
        assert sum(g.seconds for g in sit(Person(), screen(*groups), eyes(), seconds)) <= seconds


def test_patience_ends_a_session_that_mends_nothing():
    right = [suggestion(range(40 + k, 44 + k)) for k in range(0, 40, 4)]
    assert len(sit(Person(patience=3), screen(*right), eyes(), 1000)) == 3
    assert len(sit(Person(patience=None), screen(*right), eyes(), 1000)) == 10


def test_a_medoid_speaks_for_its_group_in_two_seconds():
    (gesture,) = sit(Person(how="medoids"), screen(suggestion([0, *range(41, 45)])), eyes())
    assert gesture.edits == (Relabel([0, *range(41, 45)], "red"),) and gesture.seconds == 2


def test_singles_are_the_least_confident_ones_first():
    gestures = sit(Person(how="singles"), screen(), eyes(), 20)
    assert [g.edits for g in gestures] == [(Relabel([i], "red"),) for i in range(5)]
    assert {g.seconds for g in gestures} == {4.0}


def test_a_label_that_is_right_already_is_only_verified():
    gestures = sit(Person(how="singles"), screen(given=TRUTH), eyes(), 20)
    assert all(not g.edits and g.seconds == 2 for g in gestures)


def test_on_a_sheet_of_left_out_samples_the_right_ones_are_marked_for_a_second_each():
    sheet = Sheet((0, 40, 80, 1, 2), "red", True, 1.0, 60)
    (gesture,) = sit(Person(how="review"), screen(given=np.zeros(120, int), sheets=[sheet]), eyes())
    assert gesture.edits == (Affirm([0, 1, 2]), Drop([40, 80]))
    assert gesture.seconds == 10  # the two others are fewer: all are marked by one key, and those two not


def test_on_a_sheet_of_what_lies_among_them_the_wrong_ones_are_marked():
    given = np.where(np.arange(120) == 50, 0, TRUTH)
    sheet = Sheet((0, 50, 80, 1), None, False, 1.0, 60)
    (gesture,) = sit(Person(how="review"), screen(given=given, sheets=[sheet]), eyes())
    assert gesture.edits == (Affirm([0, 80, 1]), Drop([50])) and gesture.seconds == 9


def test_a_sheet_ends_where_the_time_does_and_the_rest_of_it_is_not_spoken_of():
    sheet = Sheet(
        tuple(k for pair in zip(range(20), range(40, 60), strict=True) for k in pair), None, True, 9.0, 60
    )
    shown = screen(given=np.zeros(120, int), sheets=[sheet, sheet])
    (gesture,) = sit(Person(how="review"), shown, eyes(), 13)
    assert gesture.seconds == 13
    assert sum(len(edit.ids) for edit in gesture.edits) == 11  # five pairs, and one that is not yet the fewer
    assert sit(Person(how="review"), shown, eyes(), 7.9) == []


def test_the_hand_misses_some_marks():
    sheet = Sheet(tuple(range(40)), "red", True, 9.0, 60)
    sees = eyes()
    sees.slip = lambda label: label + 1
    (gesture,) = sit(Person(how="review"), screen(given=np.zeros(120, int), sheets=[sheet]), sees)
    assert gesture.edits == (Drop(range(40)),)


def test_a_person_who_drags_moves_instead_of_naming():
    (gesture,) = sit(Person(drag=True), screen(suggestion(range(10))), eyes())
    assert gesture.edits == (Move(tuple(range(10)), "red"),)


def test_who_does_not_know_does_nothing():
    assert all(
        not g.edits
        for g in [
            *sit(Person(), screen(suggestion(range(10))), eyes(unsure=1.0)),
            *sit(Person(how="random"), screen(), eyes(unsure=1.0)),
        ]
    )


def test_mistakes_are_as_many_as_said_and_mostly_of_what_looks_alike():
    seen = np.concatenate([eyes(error=0.2, seed=s).look(range(40)) for s in range(50)])
    assert (seen != 0).mean() == pytest.approx(0.2, abs=0.02)
    assert (seen == 1).sum() > 1.5 * (seen == 2).sum()


def test_dont_know_is_as_often_as_said():
    seen = np.concatenate([eyes(unsure=0.1, seed=s).look(range(120)) for s in range(20)])
    assert (seen == UNSURE).mean() == pytest.approx(0.1, abs=0.02)


def test_looking_again_shows_the_same():
    sees = eyes(error=0.3)
    assert (sees.look(range(120)) == sees.look(range(120))).all()


def test_eyes_that_always_err_never_show_or_hold_a_true_label():
    """Nothing behind the eyes holds the truth: with an error of 1 it is nowhere in them."""
    sees = eyes(error=1.0)
    assert (sees.look(range(120)) != TRUTH).all()
    for value in vars(sees).values():
        assert not (isinstance(value, np.ndarray) and value.shape == TRUTH.shape and (value == TRUTH).any())


def test_a_person_is_handed_a_screen_and_eyes_and_neither_knows_a_true_label():
    fields = {f.name for f in dataclasses.fields(Screen)}
    assert fields == {
        *("step", "points", "given", "confidence", "classes", "groups", "suggest", "answer", "sheets"),
    }
    assert "truth" not in {name.lstrip("_") for name in vars(eyes())}


def test_a_person_is_a_value():
    assert Person() == Person() and replace(Person(), error=0.1) != Person()
    with pytest.raises(ValueError, match=r"shares between 0 and 1, got 2"):
        eyes(error=2)
