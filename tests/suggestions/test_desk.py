import pytest

from greenlatent.edits import Drop, Relabel
from greenlatent.suggestions.desk import Desk
from greenlatent.suggestions.proposal import AFTER, Proposal, proposed
from greenlatent.suggestions.review import Sheet

from ..parts import clusters, trainer


@pytest.fixture
def desk():
    return Desk(trainer())


def card(*ids, label="class 1"):
    return Proposal("relabel", ids, label)


def relabel(proposal):
    return [Relabel(proposal.ids, proposal.label)]


def test_a_proposal_is_shown_accepted_and_taken_back_and_every_change_is_told(desk):
    told = []
    desk.listen(lambda proposal, about: told.append((proposal.state, about.get("lines"))))
    put = desk.put(card(3, 4))
    assert desk.open == [put] and put.id
    lines, gone = desk.count(put, "accepted", relabel, by="human", seconds=4.0)
    (event,) = desk.journal.active
    assert lines == [event.n] and gone == 0 and desk.open == []
    assert (event.edit, event.by, event.seconds) == (Relabel([3, 4], "class 1"), "human", 4.0)
    assert desk.move(put, "taken back").state == "taken back"
    assert told == [("shown", None), ("accepted", lines), ("taken back", None)]


def test_nothing_is_answered_twice_or_in_a_run_that_it_is_not_of(desk):
    put = desk.put(card(3))
    desk.move(put, "rejected")
    for again in ("accepted", "rejected"):
        with pytest.raises(ValueError, match="is rejected already"):
            desk.move(put, again)
    with pytest.raises(ValueError, match="is rejected already"):
        desk.count(put, "accepted", relabel, by="human")
    with pytest.raises(ValueError, match="not made in this run"):
        Desk(trainer()).move(put, "accepted")
    with pytest.raises(TypeError, match="give a proposal"):
        desk.move("the first", "accepted")
    assert len(desk.journal) == 0


def test_what_others_edited_meanwhile_falls_away_and_half_of_it_ends_the_card(desk):
    first, second = desk.put(card(1, 2, 3, 4)), desk.put(card(1, 2, 5))
    desk.journal.add(Drop([1]))
    _, gone = desk.count(first, "accepted", relabel, by="human")
    assert gone == 1 and desk.journal.active[-1].edit.ids == (2, 3, 4)
    with pytest.raises(ValueError, match="2 of the 3 samples were edited"):
        desk.count(second, "accepted", relabel, by="human")
    assert desk.now(second).state == "expired" and len(desk.journal.active) == 2


def test_an_answer_that_cannot_be_written_leaves_the_card_open_and_nothing_in_force(desk):
    put = desk.put(card(1, 2, label="banana"))
    with pytest.raises(ValueError, match="banana"):
        desk.count(put, "accepted", relabel, by="human")
    with pytest.raises(ValueError, match="banana"):
        desk.count(put, "accepted", lambda p: [Drop([1]), *relabel(p)], by="human")
    assert desk.open == [put] and desk.journal.active == []


def test_a_reset_ends_what_is_open_and_a_failing_listener_nothing(desk, caplog):
    desk.listen(lambda proposal, about: 1 / 0)
    put, done = desk.put(card(1)), desk.put(Proposal("drop", (2,), state="done"))
    desk.trainer.reset()
    assert desk.now(put).state == "expired" and desk.now(done).state == "done"
    assert "division by zero" in caplog.text


def test_kinds_and_states_are_those_that_there_are():
    with pytest.raises(ValueError, match="relabel, drop"):
        Proposal("dance")
    with pytest.raises(ValueError, match="shown"):
        Proposal("drop", state="maybe")
    assert {state for after in AFTER.values() for state in after} <= set(AFTER)


def test_a_sheet_becomes_a_proposal_to_sort():
    sheet = Sheet((4, 2), "class 1", True, 1.0, 7)
    made = proposed(sheet)
    assert (made.kind, made.ids, made.step, made.medoid) == ("sort", (4, 2), 7, 4)
    assert made.question == sheet.question and made.about is sheet
    assert clusters().classes[1] == made.label
