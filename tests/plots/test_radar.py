import numpy as np
import pytest

from greenlatent.edits import Shift
from greenlatent.plots import Parallel, Radar
from tests.widgets.page import Page

VALUES = np.random.default_rng(0).normal(size=(12, 5))
LABELS = ["a", "b", "c"] * 4


def test_a_radar_says_what_a_parallel_says():
    widgets = Radar(VALUES, labels=LABELS), Parallel(VALUES, labels=LABELS)
    assert [widget.view for widget in widgets] == ["radar", "parallel"]
    radar, parallel = map(Page, widgets)
    for page in (radar, parallel):
        page.open()
    for kind in ("frame", "labels", "scores"):
        assert radar.buffers(kind) == parallel.buffers(kind)


def test_a_class_dragged_along_a_spoke_is_a_shift_along_its_vector():
    radar, heard = Radar(VALUES, labels=LABELS), []
    radar.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    page = Page(radar)
    page.open()
    edit = {"kind": "Shift", "label": "b", "axis": 3, "amount": 1.5, "against": None}
    page.say("edit", client="c", number=1, edit=edit, seconds=1.0, frame=0)
    assert heard == [Shift("b", axis=(0.0, 0.0, 0.0, 1.0, 0.0), amount=1.5)]


def test_two_axes_are_too_few():
    with pytest.raises(ValueError, match="3 axes or more, got 2; a Parallel shows them"):
        Radar(VALUES[:, :2])
