"""Form: the fields of one part as labelled inputs, with what else there is; what is typed is tried at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...energy.emissions.carbon import grids
from ..facts.knowledge import OFTEN, About
from ..facts.tables import table
from ..parts.field import written
from . import said

LISTS = ("choice", "task", "metric", "model", "flag")
NUMBERS = ("amount", "positive", "share", "score", "pue", "often")
UNKNOWN = "not known"
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")  # thousands apart, as 12,000
DOTTED = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")
Tell = Callable[[str, Any], str]


class Form:
    """One part. `tell(field, value)` says it of the plan, and returns what is wrong with it or nothing."""

    def __init__(self, part: str, tell: Tell) -> None:
        self.part = part
        self._tell = tell
        self._inputs: dict[str, Any] = {}
        self._wrong: dict[str, widgets.HTML] = {}
        self._quiet = False
        self._words = ""
        self._more: list[str] = []
        self._extra: tuple[Any, ...] = ()
        self.title = widgets.HTML()
        self.fields = widgets.Box()
        self.fields.add_class("gl-fields")
        self.beside = widgets.VBox()
        self.another = widgets.Dropdown(description="Another field")
        self.another.add_class("gl-field")
        self.another.observe(self._add, names="value")
        self.box = widgets.VBox([self.title, self.fields, self.another, self.beside])
        self.box.add_class("gl-part")

    def refresh(self, plan: Any, words: str) -> None:
        """Show what stands."""
        s = plan.situation
        names = said.shown(s, self.part, self._more)
        if names != list(self._inputs) or words != self._words:
            self._make(plan, names, words)
        self._quiet = True
        try:
            for name, made in self._inputs.items():
                self._put(s, plan.field(self.part, name), made)
        finally:
            self._quiet = False
        share = said.share_of(s, self.part)
        title = f"<h3>{said.TITLES[self.part]}</h3><p class='gl-quiet'>{share}</p>"
        if self.title.value != title:
            self.title.value = title
        self._offers(plan)

    def _make(self, plan: Any, names: list[str], words: str) -> None:
        known = plan.knowledge.fields
        self._words = words
        old = self._inputs
        self._inputs = {}
        for name in names:
            about = known[name]
            made = old.get(name)
            if made is None:
                made = self._made(about)
                made.add_class("gl-field")
                made.observe(self._typed(about), names="value")
                self._wrong[name] = widgets.HTML()
            made.description = said.label(about, words)
            made.tooltip = about.why
            self._inputs[name] = made
        self.fields.children = [widgets.VBox([self._inputs[name], self._wrong[name]]) for name in names]
        rest = [(said.label(about, words), about.name) for about in plan.knowledge.of(self.part)]
        self._quiet = True
        self.another.options = [("choose one", ""), *(each for each in rest if each[1] not in names)]
        self.another.value = ""
        self._quiet = False

    @staticmethod
    def _made(about: About) -> Any:
        layout = widgets.Layout(width="auto")
        if about.type in LISTS:
            return widgets.Dropdown(options=[(UNKNOWN, "")], layout=layout)
        options = {
            "device": lambda: ["here", *table("devices")],
            "region": lambda: [grid.country for grid in grids().values()],
            "stays_in": lambda: [grid.country for grid in grids().values()],
            "pue": lambda: list(table("pue")),
            "retrain": lambda: list(OFTEN),
            "size": lambda: ["small", "medium", "large"],
        }.get(about.name)
        if options is not None:
            return widgets.Combobox(
                options=options(), placeholder=UNKNOWN, layout=layout, continuous_update=True
            )
        return widgets.Text(placeholder=UNKNOWN, layout=layout, continuous_update=True)

    def _put(self, s: Any, field: Any, made: Any) -> None:
        about, value = field.about, field.value
        if about.type in LISTS:
            options = _options(s, about)
            if value is not None and value not in [each[1] for each in options]:
                options.append((f"{written(value)} (does not fit)", value))
            if tuple(made.options) != tuple(options):
                made.options = options
            value = "" if value is None else value
            if made.value != value:
                made.value = value
            return
        try:
            same = parsed(about, made.value) == (tuple(value) if isinstance(value, list) else value)
        except ValueError:
            same = bool(self._wrong[about.name].value)  # what is being typed stays
        if about.type == "often" and made.value in OFTEN:
            same = OFTEN[made.value] == value
        if not same:
            made.value = field.words
            self._wrong[about.name].value = ""
        source = {"": UNKNOWN, "you": ""}.get(field.source, field.source)
        if made.placeholder != (source or UNKNOWN):
            made.placeholder = source or UNKNOWN

    def _typed(self, about: About) -> Callable[[Any], None]:
        def heard(change: Any) -> None:
            if self._quiet:
                return
            new = change["new"]
            value = None
            try:
                value = (None if new == "" else new) if about.type in LISTS else parsed(about, new)
                wrong = self._tell(about.name, value)
            except ValueError as error:
                wrong = str(error)
                if value is not None and about.type not in LISTS and written(value) != new.strip():
                    wrong = f"{new.strip()[:40]!r} is read as {written(value)}: {wrong}"
            text = f"<p class='gl-wrong' role='alert'>{escape(wrong)}</p>" if wrong else ""
            if self._wrong[about.name].value != text:
                self._wrong[about.name].value = text

        return heard

    def _add(self, change: Any) -> None:
        if not self._quiet and change["new"]:
            self._more.append(change["new"])
            self._tell("", None)

    def _offers(self, plan: Any) -> None:
        """Two alternatives, and suggestions of similar cases, as buttons."""
        offers: list[tuple[str, str, Callable[[], Any]]] = []
        for change in plan.alternatives(self.part):
            times = (
                f": x{change.what.value:.2f}" if change.what is not None and change.what.value < 0.995 else ""
            )
            offers.append((f"{change.words}{times}", str(change), change.apply))
        for found in plan.suggestions(self.part).values():
            if found.enough:
                about = plan.knowledge.fields[found.name]
                text = f"{said.label(about, self._words)}: {found.value} (median of {len(found.cases)} cases)"
                offers.append((text, str(found), found.accept))
        key = tuple(text for text, *_ in offers)
        if key == self._extra:
            return  # what a button does is asked of the plan as it then stands
        self._extra = key
        made = []
        for text, why, do in offers:
            button = widgets.Button(description=text, tooltip=why, layout=widgets.Layout(width="auto"))
            button.add_class("gl-offer")
            button.on_click(lambda _, do=do: do())
            made.append(button)
        head = [widgets.HTML("<h4>What else there is</h4>")] if made else []
        self.beside.children = [*head, *made]


def _options(s: Any, about: About) -> list[tuple[str, Any]]:
    """Valid pairs only: metrics of the task, models of the task and the kind of data."""
    none: list[tuple[str, Any]] = [(UNKNOWN, "")]
    if about.type == "flag":
        return [*none, ("yes", True), ("no", False)]
    if about.type == "task":
        return [*none, *((task.plain, name) for name, task in s.knowledge.tasks.items())]
    if about.type == "metric":
        names = s.task.metrics if s.task else tuple(s.knowledge.metrics)
    elif about.type == "model":
        names = tuple(dict.fromkeys(model for model, _ in s.knowledge.candidates(s["task"], s["kind"])))
    elif about.name == "kind" and s.task:
        names = s.task.kinds
    else:
        names = about.choices
    return [*none, *((name, name) for name in names)]


def parsed(about: About, text: str) -> Any:
    """What somebody typed; nothing typed is not known."""
    text = text.strip()
    if not text:
        return None
    if about.type in ("text", "size"):
        return text
    if about.type in ("often", "pue") and (text in OFTEN or text in table("pue")):
        return text
    if about.type == "shape":
        return _shape(about, text)
    number = _number(about, text)
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def _shape(about: About, text: str) -> int | tuple[int, ...]:
    parts = re.findall(r"\d+", text)
    if not parts or not re.fullmatch(r"[\d\s,x×()]+", text) or max(map(len, parts)) > 12:
        raise ValueError(
            f"{about.name}: {text[:40]!r}; type a number such as 64, or a shape such as 1 x 28 x 28"
        )
    if GROUPED.fullmatch(text):
        if not any(each.startswith("0") for each in parts):
            raise ValueError(
                f"{about.name}: {text[:40]!r} is one number or a shape; type {''.join(parts)[:40]}, or "
                f"{' x '.join(parts)[:40]}"
            )
        parts = ["".join(parts)]
    many = [int(each) for each in parts]
    return many[0] if len(many) == 1 else tuple(many)


def _number(about: About, text: str) -> float:
    """A comma before three digits is between thousands, and any other is one before decimals; what may be either of
    two numbers is refused with both."""
    plain = "".join(text.split())
    counted = about.type in ("count", "whole") or about.unit == "answers"
    if DOTTED.fullmatch(plain) and (counted or (plain.endswith(".000") and about.high > 100)):
        whole = plain.replace(".", "")
        other = f", or {float(plain):g}" if plain.count(".") == 1 else ""
        raise ValueError(
            f"{about.name}: {text[:40]!r} has a dot before three digits; type {whole[:40]}{other}"
        )
    if "," in plain and "." in plain and not GROUPED.fullmatch(plain.partition(".")[0]):
        raise ValueError(
            f"{about.name}: {text[:40]!r} has dots and commas; type it with one dot before its decimals, such as "
            "1234.5"
        )
    plain = plain.replace(",", "" if GROUPED.fullmatch(plain.partition(".")[0]) else ".")
    try:
        number = float(plain)
    except ValueError:
        raise ValueError(f"{about.name}: {text[:40]!r} is no number; type one such as 1000 or 0.5") from None
    if not math.isfinite(number):
        raise ValueError(f"{about.name}: {text[:40]!r} is no finite number; type one such as 1000 or 0.5")
    return number
