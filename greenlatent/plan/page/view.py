"""View: level, stages, three parts, contradictions, candidates and a decision, in one cell."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML, display, update_display

from ...widgets.keys import KeepsKeys
from ..front.front import AXES, Front
from . import said
from .figure import Figure
from .fix_row import FixRow
from .form import Form
from .notes import Notes
from .still import CSS, still

PAUSE = 0.25  # seconds without a key after which what takes longer is drawn
LITTLE = 20.0  # joules of a rehearsal that a button starts
ORDER = {"data": ("parts", "conflicts", "front"), "front": ("front", "conflicts", "parts")}
LIVE = """
.greenlatent-plan .gl-parts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(290px,100%),1fr));gap:12px}
.greenlatent-plan .gl-sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(360px,100%),1fr));gap:12px}
.greenlatent-plan .gl-part{border:1px solid var(--gl-line);padding:8px 12px;overflow:visible;min-width:0}
.greenlatent-plan .widget-vbox,.greenlatent-plan .gl-sides>*,.greenlatent-plan .gl-parts>*{min-width:0;overflow:visible}
.greenlatent-plan.widget-vbox{overflow-x:clip;padding:0 3px}
.greenlatent-plan .bqplot{max-width:100%;overflow:hidden}
.greenlatent-plan .gl-parts{margin-bottom:6px}
.greenlatent-plan .widget-box{overflow:visible;min-width:0}
.greenlatent-plan .widget-select,.greenlatent-plan select{min-width:0;max-width:100%}
.greenlatent-plan .gl-field{flex-direction:column;align-items:stretch;height:auto;width:auto;margin:2px 0;
overflow:visible}
.greenlatent-plan .gl-field>.widget-label{width:auto;text-align:left;height:auto;line-height:1.3;white-space:normal;
color:var(--gl-ink)}
.greenlatent-plan .gl-field input,.greenlatent-plan .gl-field select{width:100%;flex:0 0 28px;height:28px}
.greenlatent-plan .gl-list select{flex:0 0 auto;height:190px}
.greenlatent-plan .gl-fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(124px,100%),1fr));
gap:0 10px;align-items:end}
.greenlatent-plan .gl-row{display:flex;flex-flow:row wrap;align-items:center;gap:4px 8px;overflow:visible}
.greenlatent-plan .jupyter-button{height:auto;min-height:26px;line-height:1.3;padding:3px 10px;white-space:normal;
width:auto;max-width:100%;text-align:left;overflow-wrap:anywhere;background:var(--jp-layout-color2,#eee);
color:var(--gl-ink);border:1px solid var(--gl-line)}
.greenlatent-plan .jupyter-button:disabled{opacity:.55}
.greenlatent-plan .jupyter-button.mod-active{outline:2px solid #0072b2}
.greenlatent-plan .gl-offer{display:block}
.greenlatent-plan progress{width:110px;height:14px;vertical-align:middle;accent-color:#0072b2}
.greenlatent-plan .bqplot text{fill:var(--gl-ink)!important}
.greenlatent-plan .bqplot .axis path,.greenlatent-plan .bqplot .axis line{stroke:var(--gl-line)}
.greenlatent-plan .widget-html-content{line-height:1.4;overflow-wrap:anywhere}
.greenlatent-plan .widget-html{height:auto}
.greenlatent-plan select[multiple],.greenlatent-plan .widget-select select{height:auto}
"""


class Page(widgets.VBox):
    """The page of a plan. What is done in it is done by the plan's own methods."""

    def __init__(self, plan: Any) -> None:
        self._plan = plan
        self._id = uuid.uuid4().hex
        self._shown = self._quiet = self._typing = False
        self._later: asyncio.TimerHandle | None = None
        self._keys: dict[str, Any] = {}
        self._front: Front | None = None
        self._level, self._bar, self._progress, self._stages, self._steps = (widgets.HTML() for _ in range(5))
        self._forms = [Form(part, self._tell(part)) for part in said.TITLES]
        self._undo, self._redo = self._button("Undo", plan.undo), self._button("Redo", plan.redo)
        self._words = widgets.ToggleButtons(
            options=[("plain words", "plain"), ("expert", "expert")],
            description="",
            tooltips=["names that say what is meant", "names that the field has"],
            style={"button_width": "auto"},
        )
        self._words.observe(lambda _: self.refresh(), names="value")
        self._conflicts, self._rest_of_them = widgets.VBox(), widgets.HTML()
        self._rows = [FixRow(self._heard) for _ in range(said.SHOWN)]
        self._figure: Figure | None = None
        self._place = widgets.VBox()
        self._strip, self._about, self._said = (widgets.HTML() for _ in range(3))
        axes = [(words, name) for name, (words, _) in AXES.items()]
        self._axis = widgets.Dropdown(options=axes, description="Across", layout=widgets.Layout(width="auto"))
        self._list = widgets.Select(description="Candidates", rows=9, layout=widgets.Layout(width="auto"))
        for each in (self._axis, self._list):
            each.add_class("gl-field")
        self._list.add_class("gl-list")
        self._axis.observe(lambda _: self._heard(self.refresh), names="value")
        self._list.observe(lambda _: self._heard(self._choose), names="value")
        self._related = widgets.Checkbox(description="lines to what is larger", indent=False)
        self._related.observe(lambda _: self._choose(), names="value")
        self._notes = Notes(plan, self._heard)
        self._because = widgets.Text(placeholder="why, in your words", layout=widgets.Layout(width="auto"))
        self._because.description = "Because"
        self._because.add_class("gl-field")
        self._because.observe(lambda _: self._ready(), names="value")
        self._decide = self._button("Decide", self._decided)
        self._rehearse = self._button("Rehearse", self._rehearsed)
        super().__init__(self._laid())
        self.add_class("greenlatent-plan")
        self.open_at("data")

    def _laid(self) -> list[Any]:
        row = widgets.Box([self._progress, self._undo, self._redo, self._words])
        row.add_class("gl-row")
        parts = widgets.Box([form.box for form in self._forms])
        parts.add_class("gl-parts")
        decide = widgets.Box([self._decide, self._rehearse])
        decide.add_class("gl-row")
        side = [self._axis, self._list, self._related, self._about, self._because, decide, self._said]
        sides = widgets.Box([self._place, widgets.VBox(side)])
        sides.add_class("gl-sides")
        self._blocks = {
            "parts": parts,
            "conflicts": self._conflicts,
            "front": widgets.VBox([sides, self._strip, self._notes.box]),
        }
        self._head = [
            widgets.HTML(f"<style>{CSS}{LIVE}</style>"),
            KeepsKeys(),
            self._level,
            self._bar,
            self._stages,
            self._steps,
            row,
        ]
        return [*self._head, *self._blocks.values()]

    def open_at(self, what: str) -> None:
        """At its parts, at its stages, or at its candidates."""
        if what not in ("data", "life", "front"):
            raise ValueError(f"view({what!r}); there are data, life, front")
        self._stages.layout.display = "" if what == "life" else "none"
        self.children = [
            *self._head,
            *(self._blocks[name] for name in ORDER["front" if what == "front" else "data"]),
        ]
        self._keys.clear()
        self.refresh()

    def show(self) -> None:
        """In a cell, and under it the same as plain HTML, which stays in the saved notebook."""
        display(self)
        self._shown = True
        display(HTML(still(self._plan)), display_id=self._id)

    # -- what is seen --------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what stands: level and contradictions at once, and all else once no key follows."""
        s = self._plan.situation
        self._set(self._level, said.level(s))
        self._set(self._bar, said.bar(s))
        self._contradict()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        try:
            loop = asyncio.get_running_loop() if self._typing else None
        except RuntimeError:  # no kernel, but a test or a script
            loop = None
        if loop is None:
            self._rest()
        else:
            self._later = loop.call_later(PAUSE, self._rest)

    def _rest(self) -> None:
        plan = self._plan
        s = plan.situation
        self._later = None
        self._set(self._stages, said.stages(s))
        known, of, missing = said.progress(s)
        names = ", ".join(said.label(plan.knowledge.fields[name], self._words.value) for name in missing)
        self._set(self._steps, said.pipeline(s))
        text = f"<label>{known} of {of} known <progress max='{of}' value='{known}'></progress></label>"
        count = len(plan.versions)
        more = f" <span class='gl-quiet'>version {count} · not known: {names or 'nothing'}</span>"
        self._set(self._progress, text + more)
        for form in self._forms:
            form.refresh(plan, self._words.value)
        self._draw()
        self._notes.refresh([] if self._front is None else [each.name for each in self._front.candidates])
        if self._shown:
            update_display(HTML(still(plan)), display_id=self._id)

    @staticmethod
    def _set(widget: Any, value: str) -> None:
        if widget.value != value:
            widget.value = value

    def _contradict(self) -> None:
        found = self._plan.conflicts()
        shown = found[: said.SHOWN]
        key = [(each.rule, each.words, tuple(fix.words for fix in each.fixes)) for each in shown] + [
            len(found)
        ]
        if self._keys.get("conflicts") == key:
            return
        self._keys["conflicts"] = key
        rows: list[Any] = []
        for row, each in zip(self._rows, shown, strict=False):
            rows += row.show(said.conflict(each), each.fixes)
        rest = len(found) - len(shown)
        last = f"and {rest} more, with less at stake: plan.conflicts()" if rest else ""
        if not found:
            last = "Nothing contradicts."
        self._set(self._rest_of_them, f"<p class='gl-quiet'>{last}</p>")
        self._conflicts.children = [*rows, *([self._rest_of_them] if last else [])]

    def _draw(self) -> None:
        """Candidates, in figure and list, if they are not those that are there."""
        plan = self._plan
        try:
            front = plan.front(self._axis.value)
        except ValueError as error:  # nothing of another axis stays there
            return self._without(str(error))
        if self._keys.pop("without", None) == self._said.value:
            self._tell_below("")
        key = [
            front.x,
            front.target,
            *((each.name, each.x.value, each.y, each.breaks) for each in front.candidates),
        ]
        if self._keys.get("front") != key:
            self._keys["front"] = key
            self._front = front
            self._quiet = True
            before = self._list.value
            names = [each.name for each in front.candidates]
            self._list.options = [("nothing is chosen", "")] + [
                (said.candidate(each), each.name) for each in front.candidates
            ]
            self._list.value = before if before in names else ""
            self._quiet = False
            self._set(self._strip, said.unknown(front))
            if self._figure is None:
                self._figure = Figure(self._clicked)
            self._place.children = [self._figure.figure]
        self._choose()
        decided = plan.decision
        if decided is not None and not self._keys.get("told"):
            self._tell_below(f"Decided: {decided}")

    def _without(self, words: str) -> None:
        """No candidates by this axis: why, and no list or figure of another."""
        self._front = None
        self._keys.pop("front", None)
        self._quiet = True
        self._list.options = [(words, "")]
        self._quiet = False
        self._place.children = []
        for each in (self._strip, self._about):
            self._set(each, "")
        self._tell_below(words)
        self._keys["without"] = self._said.value
        self._ready()

    def _choose(self) -> None:
        """What the list has is what the figure has."""
        front, name = self._front, self._list.value
        if front is None or self._figure is None:
            return
        self._figure.show(front, name or "", self._related.value)
        words = "<p class='gl-quiet'>Nothing is chosen. Click a point, or take one in the list.</p>"
        self._set(self._about, said.about(front[name], self._plan.situation.near) if name else words)
        self._ready()

    def _clicked(self, name: str) -> None:
        self._list.value = name

    def _ready(self) -> None:
        self._decide.disabled = not (self._list.value and self._because.value.strip())
        name = self._list.value
        self._decide.description = f"Decide for {name}" if name else "Decide"
        s = self._plan.situation
        there = (
            self._plan.data.there
            and s["task"] in (None, "classify")
            and self._plan.data.rows_used.y is not None
        )
        self._rehearse.layout.display = "" if there else "none"
        if there and self._front is not None:
            price = sum(each.knowing.value for each in self._quick())
            self._rehearse.description = f"Rehearse on an eighth of the rows (about {price:.2g} J)"

    # -- what is done --------------------------------------------------------------------------------------

    def _button(self, words: str, do: Callable[[], Any]) -> Any:
        made = widgets.Button(description=words, tooltip=words, layout=widgets.Layout(width="auto"))
        made.on_click(lambda _: self._heard(do))
        return made

    def _heard(self, do: Callable[[], Any]) -> None:
        """What fails is said in the cell."""
        if self._quiet:
            return
        try:
            do()
        except (ValueError, OSError, RuntimeError) as error:
            self._tell_below(str(error))

    def _tell_below(self, words: str) -> None:
        from html import escape

        self._set(self._said, f"<p role='status'>{escape(words)}</p>")

    def _tell(self, part: str) -> Callable[[str, Any], str]:
        def tell(name: str, value: Any) -> str:
            if not name:
                self.refresh()
                return ""
            plan = self._plan
            if value is not None:
                value = plan.knowledge.checked(part, name, value)
            self._typing = True
            try:
                plan.say({name: value}, typed=True)
            finally:
                self._typing = False
            return ""

        return tell

    def _decided(self) -> None:
        found = self._plan.decide(self._list.value, self._because.value)
        self._keys["told"] = True
        self._tell_below(f"Decided: {found}")

    def _quick(self) -> list[Any]:
        """Candidates of which it takes little to know; the others are asked for by name."""
        return [
            each for each in (self._front.candidates if self._front else ()) if each.knowing.value < LITTLE
        ]

    def _rehearsed(self) -> None:
        """On an eighth of the rows."""
        plan = self._plan
        quick = [each.name for each in self._quick()]
        plan.rehearse(
            samples=plan.data.samples(),
            share=1 / 8,
            candidates=quick,
            epochs=plan.problem.epochs or 20,
            progress=lambda words, _: self._tell_below(words),
        )
