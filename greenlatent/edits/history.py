"""History: events in order, and which edits they leave in force."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .events import Event
from .found import standing
from .kinds import Found

ADVICE = "advice"  # who puts what was advised
EDITS = "edits"  # their name among settings that were advised


class History:
    """Two stacks and a set, changed by events alone; it knows neither files nor data."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.version = 0  # rises with every event that changes what is in force: what a trainer compares
        self.found: tuple[
            str, ...
        ] = ()  # classes that were found, in order; one that is taken back keeps its place
        self.slowed: tuple[Event, ...] = ()  # what lowered the learning rate of this run
        self.put: dict[str, Event] = {}  # what put each setting to something in mid-run last
        self._heeded = False  # whether an edit was ever made by advice
        self._done: list[int] = []
        self._undone: list[int] = []
        self._muted: set[int] = set()

    def copied(self) -> History:
        """The same history, which goes on by itself."""
        twin = History()
        vars(twin).update({name: copy.copy(value) for name, value in vars(self).items()})
        return twin

    def take(self, event: Event) -> None:
        """The only place where the state changes: live, on loading and on replay alike."""
        if event.do == "add":
            self._done.append(event.n)
            self._undone.clear()
            self._heeded |= event.by == ADVICE
            if isinstance(event.edit, Found) and event.edit.name not in self.found:
                self.found += (event.edit.name,)
        elif event.do == "undo":
            # version 0.1 took back the newest edit even where it was muted already
            if event.of is None or event.of not in (self.newest, self._done[-1] if self._done else None):
                raise ValueError(f"line {event.n} undoes {event.of}, which is not the newest edit in force")
            self._done.remove(event.of)
            self._undone.append(event.of)
        elif event.do == "redo":
            if self.undone_last != event.of:
                raise ValueError(f"line {event.n} redoes {event.of}, which was not undone last")
            self._done.append(self._undone.pop())
        elif event.do == "mute" and event.of is not None:
            self._muted.add(event.of)
        elif event.do == "unmute" and event.of is not None:
            self._muted.discard(event.of)
        elif event.do == "slow":
            self.slowed += (event,)
        elif event.do == "set" and event.name is not None:
            self.put[event.name] = event
        elif event.do == "reset":  # another run, at the rate that was given
            self.slowed = ()
        self.events.append(event)
        self.version += event.do != "resume"  # the same run goes on: edits must not land a second time

    @property
    def active(self) -> list[Event]:
        """The edits in force, in the order they were made."""
        return self._active(self._muted)

    def _active(self, muted: set[int]) -> list[Event]:
        return standing((self.events[n - 1] for n in sorted(self._done) if n not in muted), self.found)

    def dependents(self, n: int) -> list[int]:
        """The lines of the edits that leave force with edit n, as they name a class that it alone finds."""
        left = {event.n for event in self._active(self._muted | {n})} | {n}
        return [event.n for event in self.active if event.n not in left]

    def told(self, header: Mapping[str, Any]) -> dict[str, Any]:
        """A header whose `advised` says what is in force by advice: settings that it put last, and edits."""
        former: Mapping[str, str] = header.get("advised") or {}
        advised = {name: by for name, by in former.items() if name not in self.put and name != EDITS}
        advised |= {name: event.by for name, event in self.put.items() if event.by == ADVICE}
        if self._heeded and any(event.by == ADVICE for event in self.active):
            advised[EDITS] = ADVICE
        return dict(header) if advised == former else {**header, "advised": advised}

    @property
    def newest(self) -> int | None:
        """The line of the edit that an undo takes back, the newest in force; None without one."""
        there = {event.n for event in self.active}
        return next((n for n in reversed(self._done) if n in there), None)

    @property
    def undone_last(self) -> int | None:
        """The line of the edit that a redo puts back; None without one."""
        return self._undone[-1] if self._undone else None

    def muted(self, n: int) -> bool:
        """Whether this line is an edit that was muted; raises where it is no edit."""
        if not 1 <= n <= len(self.events) or self.events[n - 1].do != "add":
            raise ValueError(f"line {n} of the journal is not an edit; there are {len(self.events)} lines")
        return n in self._muted

    def schedule(self) -> list[tuple[int, Event]]:
        """Every event with the step at which a replay puts it in force: what came after a checkpoint that the run
        went back to counts from that checkpoint's step."""
        soonest: int | None = None
        out: list[tuple[int, Event]] = []
        for event in reversed(self.events):
            if event.do == "resume":
                soonest = event.step if soonest is None else min(soonest, event.step)
            elif event.do == "reset":
                soonest = None
            out.append((event.step if soonest is None else min(event.step, soonest), event))
        return out[::-1]
