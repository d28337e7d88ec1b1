import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples
from greenlatent.edits import Affirm, Drop, Move, Rate, Relabel, Weigh
from greenlatent.study.person.automatic import drop, revise
from greenlatent.suggestions.review import SHEET, Review, Revision, Sheet
from greenlatent.suggestions.suggester import Suggester

from ..parts import same, trainer, weights
from .test_suggester import trained


def sorted_out():
    """Digits with blobs of wrong labels, 60 steps after the machine left out what it doubted: and the truth."""
    t, truth = trained(steps=160)
    for edit in drop(t, Suggester(t)):
        t.journal.add(edit, by="machine")
    t.step(60)
    return t, truth.numpy()


def lines(t, edits, by="machine"):
    for edit in edits:
        t.journal.add(edit, by=by)


def out(t):
    return t.upcoming.weights == 0


def test_what_the_net_guesses_by_itself_is_mostly_right_and_what_lies_among_the_rest_mostly_wrong():
    t, truth = sorted_out()
    given = t.train.y.numpy()
    found = Review(t).revise()
    cleared, astray = list(found.cleared), list(found.astray)
    assert len(cleared) > 10 and len(astray) > 10
    assert (truth == given)[cleared].mean() > 0.9 > 0.7 > (truth == given)[out(t)].mean()
    assert (truth != given)[astray].mean() > 2 * (truth != given)[~out(t)].mean()
    assert out(t)[cleared].all() and not out(t)[astray].any()


def test_a_revision_takes_back_and_leaves_out():
    t, _ = sorted_out()
    review = Review(t)
    found, before = review.revise(), out(t)
    lines(t, review.edits(found))
    after = out(t)
    assert not after[list(found.cleared)].any() and after[list(found.astray)].all()
    assert (before != after).sum() == len(found.cleared) + len(found.astray)


def test_left_to_itself_the_machine_ends_up_with_fewer_wrong_labels_and_more_right_samples_than_by_leaving_out_alone():
    kept = {}
    for act in (drop, revise):
        t, truth = trained(steps=160)
        for _ in range(3):
            lines(t, act(t, Suggester(t)))
            t.step(60)
        wrong = t.train.y != truth
        kept[act] = int((wrong.numpy() & ~out(t)).sum()), int((~wrong.numpy() & ~out(t)).sum())
    assert kept[revise][0] < kept[drop][0] and kept[revise][1] > kept[drop][1]


def test_sheets_hold_more_finds_than_chance_the_best_first():
    t, truth = sorted_out()
    right = truth == t.train.y.numpy()
    sheets = Review(t).sheets(100)
    assert all(0 < len(sheet.ids) <= SHEET for sheet in sheets)
    assert [s.finds for s in sheets] == sorted((s.finds for s in sheets), reverse=True)
    ids = [i for sheet in sheets for i in sheet.ids]
    assert len(ids) == len(set(ids))
    among = [s for s in sheets if not s.left_out]
    assert among[0].label is None and (~right)[list(among[0].ids)].mean() > 2 * (~right[~out(t)]).mean()
    for sheet in sheets:
        if sheet.left_out:
            assert out(t)[list(sheet.ids)].all()
            assert {t.train.classes[k] for k in t.train.y[list(sheet.ids)].tolist()} == {sheet.label}
    first = next(s for s in sheets if s.left_out)
    many = f"{len(first.ids)} samples labelled {first.label}"
    assert first.question == f"{many} left out: which labels are right after all?"
    assert among[0].question == f"{len(among[0].ids)} samples among those left out: which labels are wrong?"


def test_somebody_who_divides_sheets_is_not_asked_again_nor_overruled():
    t, truth = sorted_out()
    given = t.train.y.numpy()
    review = Review(t)
    asked = review.sheets(4)
    for sheet in asked:
        right = (truth == given)[list(sheet.ids)]
        lines(t, sheet.sort(np.array(sheet.ids)[right == sheet.left_out]), by="human")
    said = {i for sheet in asked for i in sheet.ids}
    assert (out(t) == (truth != given))[list(said)].all()
    t.step(40)
    assert not said & {i for sheet in review.sheets(100) for i in sheet.ids}
    found = review.revise()
    assert not said & {*found.astray, *found.cleared}
    assert not any(said & set(s.ids) for s in Suggester(t).suggest(1000))
    t.journal.undo()  # the last word is taken back: what it was about is open again
    assert said & {i for sheet in review.sheets(100) for i in sheet.ids}


def test_what_is_marked_is_as_the_question_asks():
    left_out, among = Sheet((1, 2, 3), "a", True, 1.0, 5), Sheet((1, 2, 3), None, False, 1.0, 5)
    assert left_out.sort([2]) == [Affirm([2]), Drop([1, 3])]
    assert among.sort([2]) == [Affirm([1, 3]), Drop([2])]
    assert left_out.sort([]) == [Drop([1, 2, 3])] and among.sort([]) == [Affirm([1, 2, 3])]
    with pytest.raises(ValueError, match="sample 9 is not on this sheet"):
        left_out.sort([9])


def test_affirming_brings_back_what_was_left_out_with_its_own_weight():
    t = trainer(
        Samples(
            np.zeros((6, 4)), np.arange(6) % 2, weights=np.array([2.0, 1, 1, 1, 1, 1]), classes=["a", "b"]
        )
    )
    lines(t, [Drop([0, 1]), Weigh([2], 3.0), Affirm([0, 2])], by="human")
    assert t.upcoming.weights.tolist() == [2, 0, 3, 1, 1, 1]


def test_what_is_weighed_moved_or_has_no_label_is_left_alone():
    t, _ = sorted_out()
    first = Review(t).sheets(1)[0]
    a, b, c, *_ = first.ids
    other = next(name for name in t.train.classes if name != t.train.classes[int(t.train.y[a])])
    lines(t, [Move([a], other), Relabel([b], other)], by="human")
    lines(t, [Weigh([c], 2.0)], by="human")  # counts twice from now on: nothing is said of its label
    now = {i for sheet in Review(t).sheets(100) for i in sheet.ids}
    assert not {a, b} & now


def test_a_review_changes_no_weight():
    quiet, _ = sorted_out()
    watched, _ = sorted_out()
    review = Review(watched)
    for _ in range(3):
        review.revise(), review.sheets()
        watched.step(5)
    quiet.step(15)
    assert same(weights(quiet.model), weights(watched.model))


def test_where_nothing_was_left_out_there_is_nothing_to_review():
    t, _ = trained(steps=50)
    review = Review(t)
    assert review.sheets() == [] and review.revise().astray == review.revise().cleared == ()


def test_a_label_with_many_samples_is_compared_with_a_part_of_them(monkeypatch):
    t, _ = sorted_out()
    whole = Review(t).revise()
    monkeypatch.setattr("greenlatent.suggestions.review.CROWD", 100)
    monkeypatch.setattr("greenlatent.suggestions.review.ROWS", 7)
    part = Review(t).revise()
    assert part.cleared == whole.cleared
    assert len({*part.astray} & {*whole.astray}) > len(whole.astray) / 2


def test_numbers_as_labels_are_refused():
    with pytest.raises(ValueError, match="regression"):
        Review(trainer(Samples(np.zeros((9, 4)), np.linspace(0, 1, 9))))


def carried_out(t):
    return Review(t).carry_out(i for s in Suggester(t).suggest(1000, most=1000) for i in s.ids)


def test_nothing_is_done_twice_without_a_step_between():
    t, _ = trained(steps=160)
    first = carried_out(t)
    assert first.astray and carried_out(t) == Review(t).carry_out(range(50)) != first
    t.step(1)
    assert carried_out(t) != first


def test_a_rare_label_and_what_a_person_thinned_out_are_not_left_out_altogether():
    y = np.repeat([0, 1, 2], [300, 300, 12])
    x = np.random.default_rng(0).normal(size=(612, 4)) + 2 * np.eye(3, 4)[y]
    train = Samples(x.astype(np.float32), y, classes=list("abc"))
    t = trainer(train, torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)))
    t.journal.add(Drop(range(225)), by="human")  # three quarters of a, none of them wrong
    for _ in range(5):
        t.step(40)
        carried_out(t)
    left = np.bincount(y[~out(t)], minlength=3)
    assert left[0] == 75 and left[2] >= 3


def test_the_machine_leaves_what_a_person_edited_as_it_is():
    t, _ = trained(steps=160)
    doubted = [i for s in Suggester(t).suggest(3) for i in s.ids]
    moved, back = doubted[: len(doubted) // 2], doubted[len(doubted) // 2 :]
    t.journal.add(Move(moved, t.train.classes[0]), by="human")
    t.journal.add(Weigh(back, 2.0), by="human")
    done = carried_out(t)
    assert done.astray and not set(doubted) & {*done.astray, *done.cleared}


def test_a_weight_of_0_that_was_taken_back_says_nothing_of_labels():
    t, _ = sorted_out()
    asked = {i for sheet in Review(t).sheets(100) for i in sheet.ids if not out(t)[i]}
    assert asked
    lines(t, [Weigh(sorted(asked), 0), Weigh(sorted(asked), 1)], by="human")
    assert asked <= {i for sheet in Review(t).sheets(100) for i in sheet.ids}


def test_one_star_is_somebodys_word_and_is_not_asked_about_again():
    t, _ = sorted_out()
    asked = {i for sheet in Review(t).sheets(100) for i in sheet.ids if not out(t)[i]}
    lines(t, [Rate(sorted(asked), 1)], by="Ada")
    assert not asked & {i for sheet in Review(t).sheets(100) for i in sheet.ids}
    lines(t, [Rate(sorted(asked), 5)], by="Bo")  # of two who disagree nobody left it out
    assert asked <= {i for sheet in Review(t).sheets(100) for i in sheet.ids}


def test_what_comes_back_counts_as_often_as_a_person_said():
    t = trainer(
        Samples(np.zeros((4, 4)), np.arange(4) % 2, weights=np.array([1, 150.0, 1, 1]), classes=["a", "b"])
    )
    lines(t, [Weigh([0], 3.0), Drop([0, 1]), Affirm([0])], by="human")
    assert t.upcoming.weights.tolist() == [3, 0, 1, 1]
    (again,) = Review(t).edits(Revision((), (1,)))
    assert again == Weigh([1], 100.0)  # no edit makes a sample count more


def test_marks_are_ids():
    sheet = Sheet((0, 1, 2), "a", True, 1.0, 5)
    assert sheet.sort(i for i in np.array([1])) == [Affirm([1]), Drop([0, 2])]
    for wrong in ([False, True], "12", [1.5]):
        with pytest.raises(TypeError, match="whole numbers"):
            sheet.sort(wrong)


def test_a_number_of_sheets_is_a_whole_number():
    t, _ = sorted_out()
    assert Review(t).sheets(0) == [] and len(Review(t).sheets(np.int64(2))) == 2
    for wrong in (-1, 2.5, "2"):
        with pytest.raises(ValueError, match="a number of sheets from 0 up"):
            Review(t).sheets(wrong)


def test_a_model_that_has_diverged_is_named():
    t, _ = sorted_out()
    with torch.no_grad():
        next(t.model.parameters()).fill_(float("nan"))
    with pytest.raises(RuntimeError, match="not numbers any more"):
        Review(t).revise()
