"""Search: real training runs that pause at rungs and go on, judged by accuracy and joules, with a hand on it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from ..data.samples import Samples
from ..energy.budget import Budget
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..energy.names import count
from . import purse as purses
from . import results
from .asked import check_data, factor_of, gone_on_with, header, plan_of, pool_of
from .choices.propose import Proposer
from .choices.space import Space
from .course.ahead import Rules
from .course.aims import Aims
from .course.candidate import Candidate
from .course.course import Course, Event
from .course.record import SearchRecord, new_folder
from .course.rungs import FACTOR, LOOKS, RULES
from .driver import Driver
from .purse import Purse
from .workers.slice import Work

log = logging.getLogger(__name__)


class Search:
    """Candidates that pause and go on, within a budget of joules that counts everything.

    `make(**values)` returns a dict of what `gl.Lab` takes, with its `model`. A tuple of `space` is a range, a list a
    choice. `rungs` says when candidates are compared: by the geometric "mean" of their share of the plan and of the
    joules, by "joules", by "passes", or None: every run is whole.

    >>> search = gl.Search(make, train, valid=valid, epochs=30, budget=gl.Budget(joules=8),
    ...                    space={"rate": (1e-4, 1e-1, "log"), "width": [8, 16, 32, 64]})
    >>> search.start()
    >>> search.wait()
    True
    >>> sorted(search.best.values)
    ['rate', 'width']
    """

    def __init__(
        self,
        make: Callable[..., dict[str, Any]],
        train: Samples,
        *,
        valid: Samples | None = None,
        space: Mapping[str, Any],
        epochs: int | None = None,
        passes: int | None = None,
        budget: Budget | None = None,
        want: Sequence[str] = ("accuracy",),
        limits: Mapping[str, float] | None = None,
        sampler: Any = "tpe",
        rungs: str | None = "mean",
        seed: int = 0,
        workers: int | Executor = 1,
        folder: str | Path | None = None,
        price: Callable[..., float] | None = None,
        region: str | None = None,
        keep: str = "auto",
        _record: SearchRecord | None = None,
    ):
        whole = space if isinstance(space, Space) else Space(space)
        whole.fit(make)
        check_data(train, valid)
        if rungs is not None and rungs not in RULES:
            raise ValueError(f"rungs={rungs!r}; give {', '.join(map(repr, RULES))}, or None for whole runs")
        if keep not in ("auto", "all"):
            raise ValueError(f'keep={keep!r}; give "auto" or "all"')
        self.make, self.train, self.valid, self.space = make, train, valid, whole
        self.aims = Aims(("loss",) if train.regression and tuple(want) == ("accuracy",) else want, limits)
        factor = (FACTOR if rungs else LOOKS) if _record is None else factor_of(_record.header)
        rules = Rules(plan_of(train, epochs, passes), rungs, seed, price, keep, factor)
        self.rules, self.workers = rules, workers
        proposer = Proposer(whole, sampler, seed, aims=len(self.aims.want))
        self.header = header(train, whole, rules, self.aims, proposer.name, make)
        self.record = _record or SearchRecord(
            new_folder(train.fingerprint, folder), self.header, Course(whole, rules.plan)
        )
        self._region, meter = region, Meter(region=region)
        self._purse = Purse(meter, purses.of(self.course.energy))
        self._purse.lost = self.course.lost
        self._work = work = Work(make, train, valid, seed, dict(self.aims.limits), latency=self._latency)  # type: ignore[arg-type]
        self._driver = Driver(
            self.record, self._purse, proposer, self.aims, rules, lambda stop: pool_of(workers, work, stop)
        )
        self.budget = budget
        self._closed = False
        # called with each Lab that is opened, and with the values of its candidate
        self.at_lab: list[Callable[[Any, Mapping[str, Any]], object]] = []
        self._board: Any = None  # its page, once it is shown

    @classmethod
    def load(
        cls,
        folder: str | Path,
        make: Callable[..., dict[str, Any]],
        train: Samples,
        *,
        valid: Samples,
        **options: Any,
    ) -> Search:
        """Go on with a search: each candidate is where it paused. What was running is charged, and begun again."""
        folder = Path(folder)

        def course_of(header: Event) -> Course:
            return Course(Space.of(header["space"]), header["plan"])

        record = SearchRecord.load(folder, course_of)
        told = gone_on_with(folder, record.header, train, options)
        search = cls(
            make,
            train,
            valid=valid,
            space=record.course.space,  # type: ignore[arg-type]
            passes=record.header["plan"],
            _record=record,
            **told,
        )
        if search.header["make"] != record.header["make"]:
            log.warning("make has changed since %s was begun: its candidates were made by another", folder)
        search._charge_what_was_running()
        return search

    # -- going -------------------------------------------------------------------------------------------------

    def start(self, *, candidates: int | None = None) -> None:
        """Go on in the background until the budget is spent, or so many more candidates were begun."""
        self._check_open()
        begun = len(self.candidates)
        until = None if candidates is None else lambda: len(self.candidates) >= begun + candidates
        self._driver.start(until)

    def pause(self) -> None:
        """Stop at the next chunk of steps; every candidate stays where it is."""
        self._driver.pause()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it pauses; False if that took longer. What went wrong in it is raised here."""
        done = self._driver.wait(timeout)
        if done and self._driver.error is not None:
            error, self._driver.error = self._driver.error, None
            raise error
        return done

    def close(self) -> None:
        """Pause, keep what was paused on disk, and end the workers; may be called twice."""
        if not self._closed:
            self._closed = True
            self._driver.close()
            if self._board is not None:
                self._board.close()
            self.record.close()

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- a hand on it ------------------------------------------------------------------------------------------

    def narrow(self, *, firmly: bool = False, by: str = "code", **ranges: Any) -> None:
        """Draw three in four new candidates from these ranges, `firmly` all of them; the old ones stay.

        >>> search.narrow(rate=(1e-3, 1e-2))
        """
        if not ranges:
            raise ValueError("narrow what? Give ranges by name, such as rate=(1e-3, 1e-2)")
        self.space.narrowed(ranges)
        kept = {
            name: list(to) if isinstance(to, tuple) else {"of": to if isinstance(to, list) else [to]}
            for name, to in ranges.items()
        }
        self._by_hand({"do": "narrow", "ranges": kept, "firmly": firmly}, by)

    def widen(self, *names: str, by: str = "code") -> None:
        """Take back what these names were narrowed to; without names, all of it."""
        region = self.course.region
        for name in names:
            if name not in region:
                raise ValueError(f"{name} is not narrowed; narrowed are {', '.join(region) or 'none'}")
        self._by_hand({"do": "widen", "names": list(names or region)}, by)

    def stop(self, n: int, *, by: str = "code") -> None:
        """End a candidate; a slice of it that runs ends at its next chunk."""
        candidate = self._alive(n)
        running = candidate.state == "running"
        self._by_hand({"do": "stop", "n": candidate.n}, by)
        if running:
            self._driver.end(candidate)

    def promote(self, n: int, *, by: str = "code") -> None:
        """Let a candidate go on to its next rung before all others; `cost(n)` says what that takes."""
        self._by_hand({"do": "promote", "n": self._alive(n).n}, by)

    def propose(self, *, by: str = "code", **values: Any) -> int:
        """Try this choice next; returns its number."""
        whole = self.space.check(values)
        with self.record.lock:
            n = len(self.candidates)
            self._by_hand({"do": "propose", "n": n, "values": whole}, by)
        return n

    def undo(self, *, by: str = "code") -> bool:
        """Take back the newest of these; False where there is none. What it cost stays spent."""
        with self.record.lock:
            if not self.course.hand:
                return False
            self._by_hand({"do": "undo"}, by)
        return True

    def cost(self, n: int) -> Joules:
        """What it takes to let candidate n go on to its next rung, about."""
        value = self._driver.ahead.cost(self._candidate(n))
        return Joules.of(value, 0.3 * value, None, {"forecast": 1.0}) if value else Joules.missing()

    # -- reading -----------------------------------------------------------------------------------------------

    @property
    def course(self) -> Course:
        return self.record.course

    @property
    def candidates(self) -> list[Candidate]:
        """All that were begun, by number."""
        return self.course.candidates

    @property
    def best(self) -> Candidate | None:
        """The one with the best look so far, by what is wanted first; None before there is any."""
        return self._driver.best

    @property
    def front(self) -> list[Candidate]:
        """Those of which a look is such that none is better in all that is wanted, the most accurate first."""
        return self._driver.front

    @property
    def energy(self) -> dict[str, Joules]:
        """Joules so far, by kind of work; they sum to what the meters read."""
        return self._purse.lines()

    @property
    def spent(self) -> float:
        """Joules so far; a budget counts them all."""
        return self._purse.spent

    @property
    def choosing_seconds(self) -> float:
        """Processor seconds of choosing what to try."""
        return self._purse.choosing_seconds

    @property
    def thread_seconds(self) -> float:
        """Processor seconds of its thread, as of its last pause."""
        return self._driver.thread_seconds

    @property
    def meter(self) -> Meter:
        return self._purse.meter

    @property
    def running(self) -> bool:
        return self._driver.running

    @property
    def reason(self) -> str:
        """Why it paused last."""
        return self._driver.reason

    @property
    def budget(self) -> Budget | None:
        """What the whole search may spend, what it spent before it was loaded included."""
        return self._driver.budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        if budget is not None and not isinstance(budget, Budget):
            raise TypeError(f"budget={budget!r} is none; give gl.Budget(joules=...), seconds= or point=")
        if budget is not None and budget.point is not None and self.aims.want[0] != "accuracy":
            raise ValueError(
                'a price of a point is one of accuracy; want="accuracy" first, or leave point= out'
            )
        self._driver.budget = budget

    @property
    def notes(self) -> list[str]:
        """What deserves to be known of it."""
        return results.notes(self._driver)

    @property
    def forecast(self) -> results.Forecast:
        """What the budget is still enough for, and what was saved by not running all to the end."""
        return results.forecast(self._driver)

    def report(self) -> str:
        """A methods paragraph."""
        return results.report(self._driver)

    def to_frame(self) -> Any:
        """All candidates as a pandas table."""
        return results.to_frame(self.course)

    def curves(self, path: str | Path) -> Path:
        """Write every look in the form that `simulate` takes."""
        return results.curves(self.course, path)

    def save(self, path: str | Path) -> Path:
        """The record and the checkpoints in one zip."""
        self.pause()
        return results.save(self.record.folder, path)

    def lab(self, n: int | None = None, **options: Any) -> Any:
        """A Lab that goes on from where a candidate paused, by default the best; in a session of its own, whose ledger
        begins with what the candidate has cost, and on the line "search" what all others did."""
        candidate = self.best if n is None else self._candidate(n)
        if candidate is None:
            more = (
                "its budget ended before: give it a larger one, and start() again"
                if self.spent
                else "start() first"
            )
            raise ValueError(f"no candidate has been looked at yet; {more}")
        self.pause()
        opened = results.lab(self._driver, self._work, candidate, {"region": self._region, **options})
        for callback in self.at_lab:
            callback(opened, candidate.values)
        return opened

    def _ipython_display_(self, **_: Any) -> None:
        """The page: axes, front, list, and what a hand can do."""
        if self._board is None:
            from .page.board import Board

            self._board = Board(self, self._driver)
        self._board.display()

    def __repr__(self) -> str:
        best = self.best
        state = "closed" if self._closed else "running" if self.running else "paused"
        found = "" if best is None else f", best {best.accuracy:.1%} by candidate {best.n}"
        return f"Search({state}, {count(len(self.candidates), 'candidate')}{found}, {self.spent:.3g} J)"

    # -- inside --------------------------------------------------------------------------------------------------

    @property
    def _latency(self) -> bool:
        return "latency" in self.aims.want or "latency" in self.aims.limits

    def _charge_what_was_running(self) -> None:
        if self.course.ahead:  # since its last pause its lines are told nowhere but as one number
            measured = sum(line.value for line in self._purse.former.values()) + self._purse.lost
            unseen = max(0.0, self.course.spent - measured) + self.course.ahead
            self._purse.lost += unseen
            self.record.say({"do": "charge", "joules": unseen})
        for candidate in self.candidates:
            if candidate.state == "running":
                self._purse.lost += candidate.reserved
                why = "the search ended in the middle of it"
                self.record.say({"do": "lost", "n": candidate.n, "why": why, "fault": 0})

    def _by_hand(self, event: Event, by: str) -> None:
        self._check_open()
        self.record.say({**event, "by": by, "seconds": round(self._driver.seconds, 3)})

    def _candidate(self, n: int) -> Candidate:
        if not (isinstance(n, int) and 0 <= n < len(self.candidates)):
            raise ValueError(f"there is no candidate {n!r}; {len(self.candidates)} were begun, from 0")
        return self.candidates[n]

    def _alive(self, n: int) -> Candidate:
        candidate = self._candidate(n)
        if not candidate.alive:
            raise ValueError(
                f"candidate {n} is {candidate.state}{': ' + candidate.why if candidate.why else ''}"
            )
        return candidate

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(
                "this search is closed; go on with Search.load(folder, make, train, valid=valid)"
            )
