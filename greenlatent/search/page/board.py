"""Board: a search in a notebook, kept up to date while it runs, and with a hand on it."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
from IPython.display import publish_display_data

from ...energy.names import plain
from ...widgets.cell import show
from ...widgets.keys import KeepsKeys
from . import shown as shown_of
from .listing import Listing, as_text
from .pictures import Pictures, ends
from .shown import SearchShown
from .style import SHEET

if TYPE_CHECKING:
    from ..driver import Driver

log = logging.getLogger(__name__)

EVERY = 0.5  # seconds between two updates, at least: at 0.25 a page took a seventh of a search of tiny nets
UNSEEN = 2.0  # the same, while no page shows it
BY = "page"
UNTIL_SPENT, ONE_MORE = "the budget is spent", "one more candidate has begun"
FURTHER = "one got further than any before"  # or, where one is through, another is


class Board:
    """One for each search, however often it is shown. It listens to the record; a timer's thread shows what is new."""

    def __init__(self, search: Any, driver: Driver):
        """`search` is the Search that makes it."""
        self._search, self._driver = search, driver
        measure = shown_of.measure_of(self._driver)
        self.pictures = Pictures(shown_of.axes_of(self._driver), measure, search.space.axes)
        self.pictures.offer(lambda ranges: self._do(lambda: self._narrow(ranges)))
        self.pictures.name(self._named)
        self.pictures.parallel.on_selection(lambda _: self._hear())
        self.listing = Listing(self._cost, self._stop, self._further, self._open)
        self._labs: dict[int, Any] = {}
        self._lock = threading.Lock()  # one update at a time
        self._timing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._last = 0.0
        self._now: SearchShown | None = None
        self._still = uuid.uuid4().hex
        self._kept = ""  # the still's text, where it is shown
        self._displayed = False
        self._bands: dict[str, _Band] = {}
        self.element = self._built()
        self._deaf = search.record.listen(self._hear)
        self.refresh()

    # -- what it looks like ------------------------------------------------------------------------------------

    def _built(self) -> ipywidgets.VBox:
        free = ipywidgets.Layout(width="auto")
        self.run = ipywidgets.Button(description="Run", button_style="primary", layout=free)
        self.run.on_click(lambda _: self._do(self._run_or_pause))
        until = [UNTIL_SPENT, ONE_MORE, FURTHER]
        self.until = ipywidgets.Dropdown(
            options=until, description="until", layout=free, style={"description_width": "auto"}
        )
        self.bar = ipywidgets.HTML()
        self.bar.add_class("greenlatent-search-budget")
        top = ipywidgets.Box([self.run, self.until, self.bar])
        top.add_class("greenlatent-search-top")
        self.said = ipywidgets.HTML()
        self.notes = ipywidgets.HTML()
        self.narrowed = ipywidgets.VBox()
        self.undo = ipywidgets.Button(layout=ipywidgets.Layout(width="auto"))  # its own: it hides
        self.undo.on_click(lambda _: self._do(lambda: self._search.undo(by=BY)))
        self.ends = ipywidgets.HTML()
        right = ipywidgets.VBox([self.pictures.scatter, self.ends])
        left = ipywidgets.VBox([self.pictures.parallel, self.narrowed])
        left.add_class("greenlatent-search-axes")
        right.add_class("greenlatent-search-front")
        middle = ipywidgets.Box([left, right])
        middle.add_class("greenlatent-search-pictures")
        self.fold = ipywidgets.ToggleButton(description="What was decided", layout=free)
        self.decided = ipywidgets.HTML()
        self.fold.observe(lambda _: self._fold(), "value")
        self.opened = ipywidgets.VBox()
        sheet = ipywidgets.HTML(f"<style>{SHEET}</style>", layout=ipywidgets.Layout(display="none"))
        head = ipywidgets.VBox([sheet, KeepsKeys(), top, self.said, self.notes])
        head.add_class("greenlatent-search-head")
        foot = ipywidgets.VBox([ipywidgets.Box([self.undo, self.fold]), self.decided, self.opened])
        foot.add_class("greenlatent-search-foot")
        element = ipywidgets.VBox([head, middle, self.listing.element, foot])
        element.add_class("greenlatent-search")
        return element

    def display(self) -> None:
        """Three outputs: the live view; and what a saved notebook shows without a kernel, axes and list."""
        self._displayed = True
        show(self.element, "Run this cell to bring the search to life.")
        self.pictures.parallel.show_still()
        self._keep(update=False)

    def close(self) -> None:
        """What is shown stays as it is."""
        self._deaf()
        with self._timing:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self.refresh()

    # -- what is new -------------------------------------------------------------------------------------------

    def _hear(self, *_: Any) -> None:
        """Something happened; all that happens within half a second is shown at once."""
        with self._timing:
            if self._timer is not None:
                return
            watched = self.pictures.parallel.watched or self.pictures.scatter.watched
            wait = max(0.02, self._last + (EVERY if watched else UNSEEN) - time.monotonic())
            self._timer = threading.Timer(wait, self._due)
            self._timer.daemon = True
            self._timer.start()

    def _due(self) -> None:
        with self._timing:
            self._timer = None
        try:
            self.refresh()
        except Exception as error:  # on a thread of its own nobody else would hear of it
            log.warning("a search could not be shown", exc_info=True)
            self._say(f"This page could not be brought up to date: {error}")

    def refresh(self) -> None:
        """Show what there is now."""
        with self._lock:
            self._last = time.monotonic()
            now = shown_of.shown(self._driver)
            before, self._now = self._now, now
            self._show_top(now)
            self._show_narrowed(now)
            self.pictures.show(now)
            self.ends.value = f"<small>{escape(ends(now.points, self.pictures.measure))}</small>"
            self.listing.show(now, set(self.pictures.parallel.selection.tolist()))
            self._fold()
            if self._displayed and before is not None and before.running and not now.running:
                self._keep(update=True)

    def _show_top(self, now: SearchShown) -> None:
        self.run.description = "Pause" if now.running else "Run"
        self.run.tooltip = (
            "Every candidate stays where it is" if now.running else "Go on from where it paused"
        )
        self.until.disabled = now.running
        percent = f"{100 * now.share:.0f}"
        self.bar.value = (
            f'<div role="progressbar" aria-label="Budget" aria-valuenow="{percent}" aria-valuemin="0"'
            f' aria-valuemax="100" aria-valuetext="{escape(now.bar)}"><div style="width: {percent}%"></div></div>'
            f"<b>{escape(now.bar)}</b> <span>{escape(now.parts)}</span>"
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in now.notes)
        self.notes.value = f'<ul role="status">{notes}</ul>' if notes else ""
        self.undo.description = f"Undo: {now.undo}"
        self.undo.layout.display = "" if now.undo else "none"

    def _show_narrowed(self, now: SearchShown) -> None:
        for name, words, firmly in now.narrowed:
            if name not in self._bands:
                self._bands[name] = _Band(name, self._set_firmly, self._widen)
            self._bands[name].show(words, firmly)
        children = tuple(self._bands[name].element for name, _, _ in now.narrowed)
        if children != self.narrowed.children:
            self.narrowed.children = children

    def _fold(self) -> None:
        if self._now is None or not self.fold.value:
            self.decided.value = ""
            return
        items = "".join(f"<li>{escape(line)}</li>" for line in self._now.decided)
        how = "".join(f"<br>{escape(note)}" for note in self._now.how)
        decided = f"<ul>{items}</ul>" if items else "<p>Nothing was decided yet.</p>"
        self.decided.value = f"{decided}<small>How joules are known:{how}</small>" if how else decided

    def _keep(self, *, update: bool) -> None:
        """The list below the still of the axes."""
        if self._now is None:
            return
        data = {"text/plain": as_text(self._now)}
        publish_display_data(data, {}, transient={"display_id": self._still}, update=update)

    def _say(self, text: str) -> None:
        self.said.value = f'<p role="alert">{escape(text)}</p>' if text else ""

    def _named(self, n: int) -> str:
        now = self._now
        row = None if now is None else next((row for row in now.rows if row.n == n), None)
        if row is None:
            return ""
        cost = self._cost(n) if row.alive else ""
        further = f", its next rung {cost}" if cost else ""
        return f"{row.state}, {row.values}: {row.measure}, {row.joules}{further}"

    def _cost(self, n: int) -> str:
        cost = self._search.cost(n)
        return f"about {plain(cost.value)} J" if cost.known and cost.value > 0 else ""

    # -- a hand on it ------------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], object]) -> None:
        """What a person asked for; a refusal is said where they look."""
        self._say("")
        try:
            act()
        except Exception as error:
            self._say(str(error) or type(error).__name__)
        self._hear()

    def _run_or_pause(self) -> None:
        if self._search.running:
            self._search.pause()
        elif self.until.value == FURTHER:
            rung, through = self._furthest()
            self._driver.start(lambda: (now := self._furthest())[0] > rung or now[1] > through)
        else:
            self._search.start(candidates=1 if self.until.value == ONE_MORE else None)

    def _furthest(self) -> tuple[int, int]:
        """The highest rung that any candidate reached, and how many are through with the plan."""
        candidates = self._driver.course.candidates
        through = sum(c.state == "done" for c in candidates)
        return max((c.rung for c in candidates), default=-1), through

    def _narrow(self, ranges: dict[str, Any], *, firmly: bool = False) -> None:
        empty = [name for name, to in ranges.items() if to == []]
        if empty:
            raise ValueError(f"the brush on {empty[0]} covers none of its values; make it longer")
        self._search.narrow(
            firmly=firmly, by=BY, **{name: self._typed(name, to) for name, to in ranges.items()}
        )
        self.pictures.parallel.brushes = {}

    def _typed(self, name: str, to: Any) -> Any:
        """A range with as many digits as somebody would type; the None of a list is itself again."""
        if isinstance(to, tuple):
            return tuple(float(f"{end:.3g}") for end in to)
        axis = self._search.space[name]
        return [value for value in axis.levels() if ("None" if value is None else value) in to]

    def _set_firmly(self, name: str, firmly: bool) -> None:
        to, before = self._search.course.region.get(name, (None, firmly))
        if before != firmly:
            self._do(lambda: self._search.narrow(firmly=firmly, by=BY, **{name: to}))

    def _widen(self, name: str) -> None:
        self._do(lambda: self._search.widen(name, by=BY))

    def _stop(self, n: int) -> None:
        self._do(lambda: self._search.stop(n, by=BY))

    def _further(self, n: int) -> None:
        self._do(lambda: self._search.promote(n, by=BY))

    def _open(self, n: int) -> None:
        self._do(lambda: self._open_lab(n))

    def _open_lab(self, n: int) -> None:
        if n not in self._labs:
            self._say(f"Candidate {n} is being opened; the search pauses.")
            self._labs[n] = self._search.lab(n)
            self._say("")
        lab = self._labs[n]
        close = ipywidgets.Button(description=f"Close the Lab of {n}", layout=ipywidgets.Layout(width="auto"))
        close.on_click(lambda _: self._do(lambda: self._close_lab(n)))
        head = ipywidgets.HTML(
            f"<h4>Candidate {n} in a Lab, warm. In a cell of its own: <code>search.lab({n})</code></h4>"
        )
        self.opened.children = (ipywidgets.Box([head, close]), lab.widget)

    def _close_lab(self, n: int) -> None:
        self.opened.children = ()
        self._labs.pop(n).close()


class _Band:
    """What one axis is narrowed to."""

    def __init__(self, name: str, set_firmly: Callable[[str, bool], object], widen: Callable[[str], object]):
        free = ipywidgets.Layout(width="auto")
        self._name = name
        self._text = ipywidgets.HTML()
        self._firmly = ipywidgets.Checkbox(
            description="only here", indent=False, layout=free, tooltip=f"All new candidates of {name}"
        )
        self._firmly.observe(lambda change: set_firmly(name, change.new), "value")
        everywhere = ipywidgets.Button(description=f"Search all of {name}", layout=free)
        everywhere.on_click(lambda _: widen(name))
        self.element = ipywidgets.Box([self._text, self._firmly, everywhere])
        self.element.add_class("greenlatent-search-band")

    def show(self, words: str, firmly: bool) -> None:
        share = "all from here" if firmly else "3 of 4 from here, 1 of 4 from everywhere"
        self._text.value = f"<b>{escape(self._name)} {escape(words)}</b>: new candidates {share}"
        self._firmly.value = firmly
