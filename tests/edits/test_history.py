"""A history is two stacks and a set, whatever comes in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.edits.events import Event
from greenlatent.edits.history import History
from greenlatent.edits.kinds import Drop

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["add", "undo", "redo", "mute", "unmute", "resume", "reset"]), st.integers(0, 20)
    )
)


def played(deeds):
    """A history, and what two stacks and a set that are kept beside it hold."""
    history, done, undone, muted = History(), [], [], set()
    for do, some in deeds:
        n, of = len(history.events) + 1, None
        if do == "add":
            done, undone = [*done, n], []
        elif do == "undo":
            of = next((n for n in reversed(done) if n not in muted), None)
            if of is None:
                continue
            done.remove(of)
            undone.append(of)
        elif do == "redo":
            if not undone:
                continue
            of = undone.pop()
            done.append(of)
        elif do in ("mute", "unmute"):
            edits = [event.n for event in history.events if event.do == "add"]
            if not edits:
                continue
            of = edits[some % len(edits)]
            (muted.add if do == "mute" else muted.discard)(of)
        history.take(Event(n, some, 0.0, do, Drop([1]) if do == "add" else None, of))
    return history, done, undone, muted


@given(DEEDS)
def test_what_is_in_force_is_what_two_stacks_and_a_set_say(deeds):
    history, done, undone, muted = played(deeds)
    assert [event.n for event in history.active] == sorted(set(done) - muted)
    assert history.newest == next((n for n in reversed(done) if n not in muted), None)
    assert history.undone_last == (undone[-1] if undone else None)
    assert history.version == sum(event.do != "resume" for event in history.events)


@given(DEEDS, DEEDS)
def test_a_copy_goes_on_by_itself(deeds, more):
    history = played(deeds)[0]
    before = list(history.events), history.active, history.newest, history.undone_last, history.version
    twin = history.copied()
    for event in played(more)[0].events:
        twin.take(Event(len(twin.events) + 1, 0, 0.0, "add", Drop([1])))
        assert twin.newest == len(twin.events), event
    assert (
        list(history.events),
        history.active,
        history.newest,
        history.undone_last,
        history.version,
    ) == before


@given(DEEDS)
def test_a_replay_puts_nothing_in_force_after_a_checkpoint_that_the_run_went_back_to(deeds):
    history = played(deeds)[0]
    for k, (step, event) in enumerate(history.schedule()):
        later = []
        for other in history.events[k:]:
            if other.do == "reset":
                break
            if other.do == "resume":
                later.append(other.step)
        assert step == min([event.step, *later])


@pytest.mark.parametrize("do", ["undo", "redo"])
def test_a_line_that_undoes_or_redoes_another_than_the_last_is_refused_and_changes_nothing(do):
    history = played([("add", 0), ("add", 0), ("undo", 0)])[0]
    before = history.active, history.version
    with pytest.raises(ValueError, match=r"line 4 (undoes|redoes) 9"):
        history.take(Event(4, 0, 0.0, do, of=9))
    assert (history.active, history.version) == before


def test_an_undo_passes_over_what_is_muted_already():
    history = History()
    for event in (
        Event(1, 0, 0.0, "add", Drop([1])),
        Event(2, 0, 0.0, "add", Drop([2])),
        Event(3, 0, 0.0, "mute", None, 2),
    ):
        history.take(event)
    assert history.newest == 1


def test_a_journal_in_which_a_muted_edit_was_undone_is_read():
    history = History()
    for event in (
        Event(1, 0, 0.0, "add", Drop([1])),
        Event(2, 0, 0.0, "add", Drop([2])),
        Event(3, 0, 0.0, "mute", None, 2),
        Event(4, 0, 0.0, "undo", None, 2),
    ):
        history.take(event)
    assert [event.n for event in history.active] == [1]
