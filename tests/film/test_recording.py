"""Recording keeps the axes that somebody had open, as the page got them, and nothing of axes that nobody saw."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.film.moments import axes_of
from greenlatent.film.tape import thinned
from greenlatent.widgets import protocol

from ..parts import clusters, linear_net
from .test_html import inside, page
from .test_tape import frame


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = gl.Lab(linear_net(), clusters(), latent="0", batch_size=8, threads=1, session=False)
    yield made
    made.close()


class Page:
    """Shows a widget with its axes, and asks for the next frame when it is told to."""

    def __init__(self, widget):
        self.widget, self.frames = widget, []
        widget._channel._wire = lambda header, buffers=None: self.frames.append((header, buffers))
        self.say("hello", view="v", open=True, axes=True)

    def say(self, kind, **fields):
        self.widget._hear(None, {"v": protocol.VERSION, "type": kind, "seq": 0, **fields}, [])

    def draw(self):
        self.frames = [(head, data) for head, data in self.frames if head["type"] == "frame"]
        self.say("ack", frame=self.frames[-1][0]["seq"])


def steps(lab, n, *pages):
    for _ in range(n):
        for each in pages:
            each.draw()
        lab.step(5)
        lab.refresh()
    for each in pages:
        each.draw()


def axes(film):
    return [m for m in film.messages if m.kind in ("axes", "scores") or m.header.get("space") == "axes"]


def test_axes_are_kept_while_they_are_open_as_the_page_got_them(lab):
    steps(lab, 2)
    assert axes(lab.film) == [], "nobody had them open"
    shown = Page(lab.widget)
    steps(lab, 3, shown)
    kept = [m for m in axes(lab.film) if m.kind == "frame"]
    told = {(h["step"], h["exact"]): data[0] for h, data in shown.frames if h["space"] == "axes"}
    assert {15, 20, 25} <= {m.header["step"] for m in kept}
    assert all(told[m.header["step"], m.header["exact"]] == m.buffers[0] for m in kept), "bit for bit"
    names = next(m.header["names"] for m in axes(lab.film) if m.kind == "axes")
    scores = [m for m in axes(lab.film) if m.kind == "scores"]
    assert names == [f"z{k + 1}" for k in range(5)] and len(scores[-1].buffers[0]) == 4 * 5
    assert axes_of(lab.film.messages) == axes(lab.film)
    shown.say("hello", view="v", open=True, axes=True)
    assert len([m for m in axes(lab.film) if m.kind == "frame"]) == len(kept), (
        "one that comes back gets it again"
    )
    shown.say("hello", view="v", open=False)
    steps(lab, 1)
    assert [m for m in axes(lab.film) if m.kind == "frame"] == kept, "closed again"


def test_those_of_a_further_view_are_kept_too_and_each_frame_once(lab):
    beside = Page(lab.view("parallel"))
    steps(lab, 2, beside)
    assert [m.header["step"] for m in axes(lab.film) if m.kind == "frame"][-2:] == [5, 10]
    steps(lab, 2, beside, Page(lab.widget))
    shown = [(m.header["step"], m.header["exact"]) for m in axes(lab.film) if m.kind == "frame"]
    assert shown[-1][0] == 20 and len(set(shown)) == len(shown)
    assert sum(m.kind == "axes" for m in lab.film.messages) == 1


def test_planes_and_axes_are_each_thinned_among_their_like():
    told = []
    for k in range(400):
        plane = frame(k)
        beside = type(plane)(plane.header | {"space": "axes"}, plane.buffers)
        told += [beside, plane]
    kept = thinned(told, 60_000)
    by_space = {
        space: [m.header["step"] for m in kept if m.header["space"] == space] for space in ("plane", "axes")
    }
    assert {0, 399} <= set(by_space["plane"]) and by_space["plane"] == by_space["axes"]


def test_axes_that_fit_no_samples_are_left_out_of_what_is_sent(lab):
    steps(lab, 2, Page(lab.widget))
    told = list(lab.film.messages)
    good = next(m for m in told if m.header.get("space") == "axes")
    for change, buffers in (({"n": 7}, good.buffers), ({"dims": 4}, good.buffers), ({}, (b"odd",)), ({}, ())):
        told.append(type(good)(good.header | change, buffers))
    told.append(type(good)({"type": "axes", "t": 0.0, "names": "none"}))
    film = gl.Film(told)
    assert len(axes_of(told)) == len(axes(lab.film))
    assert inside(page(film)).count('"space":"axes"') == inside(page(lab.film)).count('"space":"axes"')


def test_axes_are_named_by_number_alone_where_names_are_left_out(lab):
    shown = Page(lab.widget)
    steps(lab, 1, shown)
    lab.widget.set_axes(["Anna's", *"bcde"])
    steps(lab, 1, shown)
    assert "Anna's" in inside(page(lab.film)) and "Anna" not in inside(page(lab.film, anonymous=True))
    assert np.isfinite(lab.film.points).all()


def test_a_file_holds_few_frames_of_axes_with_the_first_and_the_last(lab):
    steps(lab, 2, Page(lab.widget))
    told = list(lab.film.messages)
    last = next(m for m in reversed(told) if m.kind == "frame" and m.header["space"] == "axes")
    told += [type(last)(last.header | {"step": step}, last.buffers) for step in range(1000, 1100)]
    sent = inside(page(gl.Film(told)))
    assert sent.count('"space":"axes"') == 10 and '"step":1099' in sent
