"""Plan: three parts, what follows from them, and a person who decides."""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..energy.arguments import whole
from ..energy.names import count
from .cases.cases import Case, corpus, own, similar
from .cases.options import Option
from .cases.options import of as options_of
from .cases.suggestion import Suggested, suggestion
from .conflicts.conflict import Conflict, conflicts
from .data.part import DataPart
from .engine import Engine
from .estimate import Estimate, estimate
from .facts.knowledge import PATH, Knowledge, load
from .front.axes import side_by_side
from .front.decision import Decision, refuse_below
from .front.front import Front, front
from .learned import Lesson
from .parts.alternatives import alternatives
from .parts.changes import Change
from .parts.field import Field
from .parts.leaves import Leaf, Problem
from .parts.part import Part
from .parts.situation import Situation
from .parts.tried import line_of
from .project import export
from .project.book import Clash, Version
from .rehearsal import Rehearsed
from .wanted import Wanted

if TYPE_CHECKING:
    from ..data.samples import Samples
    from ..run.setup import Setup

log = logging.getLogger(__name__)

PARTS = ("data", "problem", "environment")
RANGE = (1, 5)


class Plan(Engine):
    """What training will cost, in joules, seconds, memory and grams, before it runs; its error falls with every run.

    It is a folder, `./greenlatent-plans/<name>/`, made when there is something to keep and opened as it was left.

    >>> plan = gl.Plan("shoulder watch")
    >>> plan.data.set(kind="signal", rows=2000, features=48, classes=7)
    >>> plan.problem.set(task="classify", answers=500, per="day", years=2)
    >>> print(plan.estimate())
    >>> plan.conflicts()
    []
    """

    def __init__(
        self,
        name: str,
        by: str = "me",
        *,
        home: str | Path | None = None,
        knowledge: str | Path | None = None,
    ):
        super().__init__(name, by, home=home)
        self.knowledge: Knowledge = load(PATH if knowledge is None else Path(knowledge))
        self.data = DataPart(self)
        self.problem = Problem(self, self._leaves)
        self.environment = Part(self, "environment")
        self._now: tuple[int, Situation] | None = None
        self._prices: dict[Any, Estimate] = {}
        self._priced_with: tuple[int, int] = (0, 0)
        self._near: dict[str, list[Case]] = {}
        self._step = ""
        self._page: Any = None

    # -- three parts ---------------------------------------------------------------------------------------

    @property
    def situation(self) -> Situation:
        """All that stands now."""
        state = self.book.state
        if self._now is None or self._now[0] != state:
            values = {name: about.default for name, about in self.knowledge.fields.items()}
            for part in PARTS:
                values |= {
                    event.field: event.value
                    for event in self.book.standing(part)
                    if event.field in self.knowledge.fields and self._believed(part, event.field, event.value)
                }
            tried, kept = self.book.values("tried"), self.book.values("kept")
            tried = {name: told for name, told in tried.items() if isinstance(told, dict) and "of" in told}
            self._now = state, Situation(values, self.knowledge, self._price, tried, kept, self._fitting)
        return self._now[1]

    def _believed(self, part: str, name: str, value: Any) -> bool:
        """A book that others wrote may say anything; what a field cannot be is unknown."""
        try:
            return value is None or self.knowledge.checked(part, name, value) is not None
        except (ValueError, TypeError):
            return False

    def field(self, part: str, name: str) -> Field:
        about = self.knowledge.about(part, name)
        event = self.book.event(part, name)
        value = self.situation[name]
        if event is None:
            return Field(about, value, "default" if value is not None else "")
        return Field(about, value, event.source if value is not None else "", event.by)

    def say(self, fields: Mapping[str, Any], source: str = "you", *, typed: bool = False) -> None:
        """Fields of any part, in one step; `typed` goes on with the newest step if it was of the same field."""
        values = {}
        for name, value in self.knowledge.named(fields).items():
            if name.startswith("keep "):
                values["kept", name.removeprefix("keep ")] = value
            else:
                values[self.knowledge.fields[name].part, name] = value
        last = self.book.said.last
        on = typed and last is not None and {last.place} == set(values) and last.step == self._step
        step = self.book.say_all(values, source, self._step if on else None)
        self._step = step if typed else ""  # what code says is a step of its own, and no key goes on with it
        self.refresh()

    def fill(self, setup: Setup) -> None:
        """Batch size and epochs as a set-up advises them, in its name; what you said of them stays.

        >>> plan.fill(gl.agent.setup(train))
        """
        from ..run.setup import Setup  # it knows torch, which a plan does without

        if not isinstance(setup, Setup):
            raise TypeError(f"fill takes a set-up, as gl.agent.setup(train), got {type(setup).__name__}")
        advised = {"batch": setup.get("batch_size"), "epochs": setup.epochs}
        kept = {
            name for name in advised if self.field(self.knowledge.fields[name].part, name).source == "you"
        }
        self.say({name: v for name, v in advised.items() if v is not None and name not in kept}, setup.by)

    @property
    def without(self) -> str:
        return self.situation.nothing_does_it

    def said(self) -> dict[str, Any]:
        s = self.situation
        found = dict(s.said)
        if s["model"]:
            found |= {"model": s["model"]} | ({"size": s["size"]} if s["size"] else {})
        return found

    def _price(self, model: str, fields: dict[str, Any]) -> Estimate:
        """An estimate in words; those of the same fields are kept until a run teaches something."""
        known = len(self.experience.runs), id(self.speeds)
        if known != self._priced_with or len(self._prices) > 2000:
            self._prices, self._priced_with = {}, known
        key = model, tuple(fields.items())
        if key not in self._prices:
            self._prices[key] = estimate(model, Wanted.checked(fields), self.speeds, self.experience)
        return self._prices[key]

    def _leaves(self, tasks: tuple[str, ...] | None) -> list[Leaf]:
        if tasks is not None:
            self.book.say_all({("leaves", "tasks"): list(tasks)})
            self.refresh()
        names = self.book.value("leaves", "tasks") or []
        return [Leaf(name, self) for name in names if name in self.knowledge.tasks]

    def leaf(self, task: str) -> dict[str, Any]:
        """What was said of a leaf alone."""
        return dict(self.book.value("leaf", task) or {})

    def say_leaf(self, task: str, fields: Mapping[str, Any]) -> None:
        self.book.say_all({("leaf", task): self.leaf(task) | dict(fields)})
        self.refresh()

    # -- what follows --------------------------------------------------------------------------------------

    def conflicts(self) -> list[Conflict]:
        """What contradicts, with joules at stake and fixes; last, what a rehearsal would tell. Nothing is trained.

        >>> plan.environment.set(region="Atlantis")
        >>> plan.conflicts()[0].fixes[-1].words
        'Leave it unknown, without grams'
        """
        return conflicts(self.situation, self.say, self.clashes)

    def alternatives(self, part: str) -> list[Change]:
        """What else there is in a part, in one that breaks no limit."""
        return alternatives(part, self.situation, self.say)

    def suggestions(self, part: str) -> dict[str, Suggested]:
        """What similar cases had, for fields of a part that nobody knows."""
        s = self.situation
        near = s.near
        found = {}
        for about in self.knowledge.of(part):
            if s[about.name] is None:
                made = suggestion(about.name, near, lambda fields: self.say(fields, "case"))
                if made is not None:
                    found[about.name] = made
        return found

    def cases(self, most: int = 5) -> list[Case]:
        """Those nearest to this plan, with what differs in words. They predict nothing."""
        whole("most", most, "how many cases, from 0 up", least=0)
        return self.situation.near[:most]

    def _fitting(self, s: Situation) -> list[Case]:
        asked = {name: s[name] for name in ("kind", "rows", "features", "classes", "task")}
        key = f"{self.book.state} {asked}"
        if key not in self._near:
            if len(self._near) > 200:
                self._near.clear()
            there = [*own(self.book.values("case").items()), *corpus()]
            self._near[key] = similar(asked, there, words=self.name, task=s["task"])
        return self._near[key]

    def case_of(self, found: Lesson) -> dict[str, Any] | None:
        s = self.situation
        if found.score is None or s["task"] is None:
            return None
        data = {name: s[name] for name in ("kind", "rows", "features", "classes") if s[name] is not None}
        if isinstance(data.get("features"), list):
            data["features"] = math.prod(data["features"])
        family = found.name.partition(" ")[0]
        took = {"score": found.score, "joules": found.joules.value if found.joules.known else None}
        return {
            "task": s["task"],
            "data": {"name": self.name, "domain": self.name, **data},
            "model": {"name": found.name, "family": family},
            "metric": s["metric"] or "accuracy",
            "per": "run",
            "phase": "train",
            **took,
        }

    def facts(self, group: str | None = None) -> list[Option]:
        """What can be done instead: architecture, training strategy, compression ...; what saves nothing is in it, too.

        >>> plan.facts("compression")[1].can_cost_more
        True
        """
        return options_of(group)

    def front(self, x: str = "joules", y: str = "accuracy", *, all: bool = False) -> Front | Any:
        """Candidates by what they take and how right they are. Nothing is selected, sorted or coloured as best.

        `x` is joules, seconds, grams, memory or answer; `y` accuracy or f1. With `all` it is a `gl.Parallel` of every
        axis at once, in which brushing is filtering.
        """
        if all:
            return side_by_side(lambda axis: front(self.situation, axis, y), y)
        return front(self.situation, x, y)

    def tried(self, row: Rehearsed, samples: Samples) -> None:
        try:
            if line := line_of(row, samples, self.situation):
                self.book.say_all(line, "data")
        except OSError as error:
            log.warning("how %s did could not be kept (%s)", row.name, error)
        self.refresh()

    # -- a person decides ----------------------------------------------------------------------------------

    def decide(self, name: str, because: str) -> Decision:
        """Choose a candidate, and say why. What the front then was is kept with it.

        >>> plan.decide("tree", because="anybody can read it").name
        'tree'
        """
        if not isinstance(because, str) or not because.strip():
            raise ValueError(f"because={because!r}; say why, in words that somebody else can judge")
        now = self.front()
        refuse_below(self.front(y="f1") if self.situation["metric"] == "F1" else now, name)
        found = Decision.of(name, because.strip(), now, len(self.versions), self.by)
        model, _, size = name.partition(" ")
        self.book.say_all(
            {
                ("decision", "chosen"): found.line,
                ("problem", "model"): model,
                ("problem", "size"): size or None,
            }
        )
        self.refresh()
        return found

    @property
    def decision(self) -> Decision | None:
        """What was decided last, and why; None as long as nothing was."""
        line = self.book.value("decision", "chosen")
        return None if line is None else Decision.read(line)

    def note(self, words: str, about: str = "plan", *, rating: int | None = None) -> None:
        """A note, and a rating from 1 to 5, on the plan, a case or a candidate."""
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f"note({words!r}); say something")
        if rating is not None and (isinstance(rating, bool) or rating not in range(RANGE[0], RANGE[1] + 1)):
            raise ValueError(f"rating={rating!r}; give 1 to 5, or none")
        told = {"words": words.strip(), "about": str(about), "rating": rating}
        self.book.say_all({("note", uuid.uuid4().hex): told})
        self.refresh()

    @property
    def notes(self) -> list[dict[str, Any]]:
        """All of them, with who wrote each."""
        return [
            {**event.value, "by": event.by}
            for event in self.book.standing("note")
            if isinstance(event.value, dict)
        ]

    # -- its file ------------------------------------------------------------------------------------------

    @property
    def by(self) -> str:
        """Who writes."""
        return self.book.by

    @property
    def versions(self) -> list[Version]:
        """Every step of everybody, undoing included."""
        return self.book.versions

    def diff(self, a: int, b: int) -> dict[tuple[str, str], tuple[Any, Any]]:
        """What differs between two versions, by part and field, with both values; version 0 is the empty plan."""
        return self.book.diff(a, b)

    def undo(self) -> bool:
        """Take back the newest step of what was said; what runs taught stays. False if there is none."""
        done = self.book.undo()
        self.refresh()
        return done

    def redo(self) -> bool:
        """Do again what was taken back last."""
        done = self.book.redo()
        self.refresh()
        return done

    def merge(self, path: str | Path) -> int:
        """Take in all that another plan's folder, or its zip, says; how many lines were new. Twice is once.

        Of two values of a field mine stays. Its runs are lessons here, too; `clashes` names the fields of which both
        said something else, and `conflicts()` offers both.
        """
        new = export.merge(self.book, Path(path))
        self.refresh()
        return new

    @property
    def clashes(self) -> list[Clash]:
        """Fields of which people said two things without knowing of each other."""
        return self.book.clashes

    def export(self, path: str | Path, *, whole: bool = False, notes: bool = False) -> Path:
        """Write it for somebody else: `whole` as a zip that `load` opens, else without names of anything or anybody.

        Without names it has sizes, fields, estimates and runs; people and machines are numbers, and times are days.
        """
        if whole:
            return export.pack(self.folder, Path(path))
        return export.anonymous(self, Path(path), notes)

    @classmethod
    def load(
        cls, path: str | Path, name: str | None = None, by: str = "me", *, home: str | Path | None = None
    ) -> Plan:
        """A plan from such a zip, in a folder of its own."""
        found = cls(Path(path).stem if name is None else name, by, home=home)
        export.unpack(Path(path), found.folder)
        return cls(found.name, by, home=home)

    # -- its page ------------------------------------------------------------------------------------------

    def view(self, what: str = "data") -> Any:
        """The page, opened at its parts ("data"), its stages ("life") or its candidates ("front")."""
        from .page.view import Page

        if self._page is None:
            self._page = Page(self)
        self._page.open_at(what)
        return self._page

    def refresh(self) -> None:
        """Show what stands, wherever the page is open."""
        if self._page is not None:
            self._page.refresh()

    def _ipython_display_(self) -> None:
        self.view().show()

    def __repr__(self) -> str:
        runs = len(self.experience.runs)
        here = len(self.learned)
        return f"Plan({self.name!r}, {count(runs, 'run')} known, {here} learned here, {self.spent} spent on planning)"
