"""What came of each edit that names something: a line, those that it changed besides, and rings that close."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.lab.naming import cards
from greenlatent.widgets.widget import EDITED, TOLD

from ..parts import digit_samples, net
from ..widgets.page import Page


@pytest.fixture
def lab():
    train, valid = digit_samples()
    recordings = np.arange(len(train)) // 50
    train = gl.Samples(train.x, train.y, classes=train.classes, groups={"recording": recordings})
    with gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) as lab:
        lab.step(60)
        yield lab


def test_a_line_counts_the_named_and_the_others_of_their_recording(lab):
    ids = np.flatnonzero(lab.trainer.train.y[:50] == 3).tolist()
    n = lab.journal.add(gl.Found(ids, "hook"), by="human")
    solved = lab.solve()
    (card,) = cards(lab.trainer, solved)
    others = [i for i in range(50) if i not in ids]
    changed = [i for i in others if i in solved.changed]
    told = solved.named
    assert told.ids.tolist() == ids and card.n == n and list(card.changed) == changed
    assert card.text == (
        f"{len(ids)} are 'hook': told right 0 before, {told.now.sum()} now; {len(changed)} of the {len(others)} others"
        " of this recording changed"
    )
    assert told.told == solved.told and solved.told.of == len(ids)


def test_of_samples_of_several_recordings_the_others_are_all(lab):
    lab.journal.add(gl.Relabel([3, 60], "7"), by="human")
    lab.journal.add(gl.Relabel([4], "8"), by="human")
    newest, first = cards(lab.trainer, lab.solve())
    assert newest.text.startswith("1 is '8': ") and "of the 49 others of this recording" in newest.text
    assert (
        first.text.startswith("2 are '7': ")
        and f"of the {len(lab.trainer.train) - 2:,} others changed" in first.text
    )


def test_a_press_selects_those_that_a_line_changed(lab):
    n = lab.journal.add(gl.Found(range(20), "hook"), by="human")
    page = Page(lab.widget)
    page.open()
    lab.solve()
    (line,) = page.last("solved")["lines"]
    (card,) = cards(lab.trainer, lab.trainer.readout.last)
    assert line == {"n": n, "text": card.text, "changed": len(card.changed)} and card.changed
    page.say("command", do="select", arguments={"changed": True, "line": n})
    assert lab.selection.tolist() == list(card.changed)
    lab.undo()
    lab.runner.call(lambda: None)
    assert page.last("solved")["lines"] == []


def test_a_ring_is_open_until_the_sample_is_told_as_named(lab):
    columns = {}
    lab.widget.set_columns = columns.update
    ids = range(40)
    lab.journal.add(gl.Relabel(ids, "5"), by="human")  # not what they look like: not all are told so
    named = lab.solve().named
    state = dict(zip(lab.picture.shown.tolist(), columns["state"][1].tolist(), strict=True))
    assert 0 < named.now.sum() < len(ids)
    for i, told in zip(named.ids.tolist(), named.now, strict=True):
        assert bool(state[i] & TOLD) is bool(told) and (told or state[i] & EDITED)
    assert not any(state[i] & TOLD for i in state if i not in ids)


def test_no_ring_says_anything_of_a_name_that_was_taken_back(lab):
    columns = {}
    lab.widget.set_columns = columns.update
    kept = lab.journal.add(gl.Relabel(range(3, 20), "5"), by="human")
    lab.journal.add(gl.Relabel(range(20, 40), "7"), by="human")
    lab.solve()
    lab.undo()  # nobody watches: it is not solved anew
    lab.step()
    named = lab.trainer.readout.last.named
    told = named.ids[named.now & (named.line == kept)]
    ringed = lab.picture.shown[(columns["state"][1] & TOLD) > 0]
    assert len(told) and sorted(ringed.tolist()) == sorted(told.tolist())
