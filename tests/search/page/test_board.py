"""The page of a search in the kernel: what it shows, when, and what its buttons do."""

import threading
from html import escape

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.search.page import board as boards
from greenlatent.search.page.board import Board
from greenlatent.search.page.listing import AT_ONCE, as_text
from greenlatent.widgets.widget import LEFT_OUT
from tests.search.making import make, search
from tests.widgets.page import Page


@pytest.fixture
def found(tmp_path):
    with search(tmp_path / "s", budget=gl.Budget(joules=1e6)) as found:
        found.start(candidates=8)
        assert found.wait(60)
        yield found


@pytest.fixture
def board(found):
    board = Board(found, found._driver)
    yield board
    board.close()


def region(search):
    return search.course.region


def test_search_here_narrows_in_values_and_the_brush_is_done_with(found, board):
    page = Page(board.pictures.parallel)
    page.open()
    axes = page.last("axes")
    assert [bool(kind and kind["offer"]) for kind in axes["kinds"]] == [True, True, False, False, False]
    page.say("command", do="brush", arguments={"brushes": {"0": [[-2.5, -1.7]], "1": [[0.5, 2]]}})
    assert region(found) == {
        "rate": (pytest.approx((0.00316, 0.02)), False),
        "width": ([8, 16], False),
    }
    assert board.pictures.parallel.brushes == {}
    board.refresh()
    assert page.last("axes")["kinds"][0]["bands"][0] == pytest.approx([-2.5, -1.7], abs=1e-2)
    assert page.last("axes")["kinds"][1]["bands"] == [[pytest.approx(0.6), pytest.approx(2.4)]]


def test_a_brush_between_the_values_of_a_list_is_refused_in_words(found, board):
    page = Page(board.pictures.parallel)
    page.open()
    page.say("command", do="brush", arguments={"brushes": {"1": [[0.2, 0.8]]}})
    assert region(found) == {} and "covers none of its values; make it longer" in board.said.value


def test_only_here_widen_and_undo(found, board):
    found.narrow(rate=(1e-3, 1e-2))
    board.refresh()
    (row,) = board.narrowed.children
    text, firmly, everywhere = row.children
    assert "3 of 4 from here, 1 of 4 from everywhere" in text.value and not firmly.value
    firmly.value = True
    assert region(found)["rate"] == ((1e-3, 1e-2), True)
    board.refresh()
    assert "all from here" in text.value
    board.undo.click()
    assert region(found)["rate"][1] is False
    board.refresh()
    assert firmly.value is False and len(found.course.hand) == 1, "to show it is not to ask for it"
    everywhere.click()
    assert region(found) == {}


def test_the_buttons_are_about_the_candidate_that_they_name(found, board):
    first = found.candidates[0]
    board.listing.more.click()
    line = board.listing._lines[0]
    stop, further, _ = line.element.children[1].children
    assert stop.description == "Stop 0" and further.description.startswith("Further 0, about ")
    further.click()
    assert first.wanted
    stop.click()
    assert first.state == "stopped"
    board.refresh()
    assert stop.disabled and further.disabled
    stop.click()  # a page that was late
    assert "candidate 0 is stopped" in board.said.value


def test_the_best_are_listed_and_the_selected_alone_once_some_are(found, board):
    assert len(board.listing.rows.children) == AT_ONCE
    board.listing.more.click()
    assert len(board.listing.rows.children) == 8 and board.listing.more.layout.display == "none"
    board.pictures.parallel.selection = [2, 5]
    board.refresh()
    assert len(board.listing.rows.children) == 2 and "2 of 8 candidates" in board.listing.head.value
    assert board.pictures.scatter.selection.tolist() == [2, 5]


def test_texts_of_data_are_never_markup(tmp_path):
    nasty = "<img src=x onerror=alert(1)>"

    def broken(rate, width):
        if width == 4:
            raise ValueError(nasty)
        return make(rate, width)

    with search(tmp_path / "s", make=broken, space={"rate": (1e-3, 1e-1, "log"), "width": [4, 8]}) as found:
        board = Board(found, found._driver)
        found.start(candidates=6)
        found.wait(60)
        board.refresh()
        board.fold.value = True
        values = [board.notes.value, board.decided.value, board.bar.value]
        values += [line.element.children[0].value for line in board.listing._lines.values()]
        assert any(escape(nasty) in value for value in values)
        assert not any(nasty in value for value in values)
        board.close()


def test_what_happens_within_half_a_second_is_shown_at_once(found, board, monkeypatch):
    made = []

    class Timer:
        def __init__(self, wait, act):
            self.wait, self.act, self.daemon = wait, act, False
            made.append(self)

        def start(self):
            pass

        def cancel(self):
            self.cancelled = True

    monkeypatch.setattr(boards.threading, "Timer", Timer)
    for n in (1, 2, 3):
        found.promote(n)
    assert len(made) == 1 and 0 < made[0].wait <= boards.UNSEEN
    shown = []
    monkeypatch.setattr(board, "refresh", lambda: shown.append(1))
    made[0].act()
    assert shown == [1]
    found.undo()
    assert len(made) == 2, "what comes later is shown later"


def test_a_fault_of_the_page_does_not_reach_the_search(found, board, monkeypatch):
    seen = threading.Event()

    def fail():
        seen.set()
        raise RuntimeError("no page")

    monkeypatch.setattr(board, "refresh", fail)
    found.start(candidates=1)
    assert found.wait(60) and len(found.candidates) == 9
    assert seen.wait(20)
    monkeypatch.undo()


def test_run_and_pause(found, board):
    board.until.value = boards.ONE_MORE
    board.run.click()
    assert found.wait(60)
    assert len(found.candidates) == 9
    board.refresh()
    assert board.run.description == "Run" and not board.until.disabled
    board.until.value = boards.UNTIL_SPENT
    board.run.click()
    assert found.running
    board.refresh()
    assert board.run.description == "Pause" and board.until.disabled
    board.run.click()
    assert not found.running


def test_it_runs_until_one_candidate_got_further_than_any_before(found, board):
    def furthest():
        return max(c.rung for c in found.course.candidates), sum(
            c.state == "done" for c in found.course.candidates
        )

    before = furthest()
    board.until.value = boards.FURTHER
    for _ in range(3):
        board.run.click()
        assert found.wait(60)
        after = furthest()
        assert after[0] == before[0] + 1 or after[1] == before[1] + 1, "and no further"
        before = after


def test_candidates_that_ended_are_told_to_step_back(found, board):
    n = next(c.n for c in found.candidates if c.state == "paused")
    pages = [Page(board.pictures.parallel), Page(board.pictures.scatter)]
    for page in pages:
        page.open()
    found.stop(n)
    board.refresh()
    ended = [not c.alive and c.state != "done" for c in found.course.candidates]
    assert ended[n]
    for page in pages:
        columns = [column["name"] for column in page.last("labels")["columns"]]
        state = np.frombuffer(page.buffers("labels")[columns.index("state")], np.uint8)
        assert (state == np.where(ended, LEFT_OUT, 0)).all()


def test_a_search_is_opened_in_a_lab_and_the_lab_closed(found, board, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    n = found.best.n
    board._open(n)
    lab = board._labs[n]
    assert board.opened.children[-1] is lab.widget and lab.trainer.steps > 0
    board._open(n)
    assert board._labs[n] is lab
    board.opened.children[0].children[-1].click()
    assert board.opened.children == () and board._labs == {}


def test_the_still_tells_the_list(found, board):
    text = as_text(board._now)
    assert text.startswith("greenlatent: 8 candidates, best first.")
    assert text.splitlines()[1].split()[0] == str(found.best.n)


def test_a_search_has_one_page_and_closing_ends_its_listening(tmp_path, monkeypatch):
    outputs = []
    monkeypatch.setattr(boards, "publish_display_data", lambda data, *a, **k: outputs.append(data))
    monkeypatch.setattr(boards, "show", lambda what, instead: outputs.append(what))
    found = search(tmp_path / "s")
    found._ipython_display_()
    board = found._board
    found._ipython_display_()
    assert found._board is board and outputs.count(board.element) == 2
    found.close()
    assert found.record._listeners == [] and board._timer is None
