"""The still: a picture in the notebook that outlives the kernel."""

import base64
import struct
import zlib

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from greenlatent.widgets import Widget
from greenlatent.widgets.preview import preview_of
from tests.widgets.page import Page

PNG = preview_of(np.zeros((4, 6)))[1]


@pytest.fixture
def shown(monkeypatch):
    """What IPython would publish: (data, metadata, display id, update)."""
    published = []

    class Publisher:
        def publish(self, data, metadata=None, transient=None, update=False, **_):
            published.append((data, metadata, (transient or {}).get("display_id"), update))

    class Shell:
        display_pub = Publisher()

    monkeypatch.setattr(InteractiveShell, "instance", lambda: Shell())
    return published


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        found[kind] = data
        at += 12 + length
    return found


def test_a_shown_widget_makes_a_view_and_a_still_with_words_before_there_is_a_picture(shown):
    widget = Widget("lab", title="Digits")
    widget._ipython_display_()
    (view, _, none, _), (still, _, name, update) = shown
    assert view["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert none is None and name and not update
    assert still == {"text/plain": "greenlatent: Digits. Run the cell to see it; its picture stays here."}


def test_a_picture_from_the_page_replaces_the_still_in_place(shown):
    widget = Widget("lab")
    page = Page(widget)
    widget._ipython_display_()
    page.say("picture", PNG, width=6, height=4, alt="Three points – é")
    data, metadata, name, update = shown[-1]
    assert update and name == shown[1][2]
    assert metadata["image/png"] == {"alt": "greenlatent: Three points – é", "width": 6, "height": 4}
    assert data["text/plain"] == "greenlatent: Three points – é"
    found = chunks(base64.b64decode(data["image/png"]))
    assert found[b"tEXt"] == b"Software\0greenlatent"
    assert found[b"iTXt"].endswith("Three points – é".encode())
    assert set(found) == {b"IHDR", b"tEXt", b"iTXt", b"IDAT", b"IEND"}


def test_a_picture_that_came_before_the_widget_was_shown_again_is_shown_with_it(shown):
    widget = Widget("lab")
    Page(widget).say("picture", PNG, width=6, height=4, alt="")
    assert shown == []
    widget._ipython_display_()
    assert "image/png" in shown[1][0]


@pytest.mark.parametrize(
    "png, size, message",
    [
        (b"GIF89a" + bytes(40), (6, 4), "must be a PNG"),
        (PNG + bytes(100 * 1024), (6, 4), "at most 100352 bytes"),
        (PNG, (0, 4), "0 x 4 pixels"),
        (PNG[:14], (6, 4), "must be a PNG"),
    ],
)
def test_what_is_no_picture_is_refused(shown, png, size, message):
    widget = Widget("lab")
    page = Page(widget)
    widget._ipython_display_()
    page.say("picture", png, width=size[0], height=size[1], alt="")
    assert message in page.last("error")["text"]
    assert len(shown) == 2
