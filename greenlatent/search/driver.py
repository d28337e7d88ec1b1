"""Driver: decides which candidate trains next and how far, within the budget, and notes what comes of it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ..energy.budget import Budget
from ..energy.joules import Joules
from ..energy.names import plain
from .choices.propose import Proposer
from .course.ahead import Ahead, Rules
from .course.aims import Aims
from .course.candidate import Candidate
from .course.course import Course, Event
from .course.record import SearchRecord
from .landing import landed, lost
from .purse import HERE, Purse, told
from .workers.pool import Elsewhere, Here, NoHand, node
from .workers.slice import PRICED, STOP, Landing, Task

log = logging.getLogger(__name__)

SPARE = 1.5  # times what a slice is expected to take is reserved for it
NO_END = 1e9
TOLD_SECONDS = 1.0  # between two lines of what is spent
AHEAD = 8.0  # joules at least that are reserved for what happens between two of them
DEADLINE = 120.0  # seconds at least, after which a slice elsewhere is given up
LATE = 20  # and times what it is expected to take
PATIENCE = 0.25  # seconds to wait for a slice, between two looks at whether to pause
CLEAR_EVERY = 16  # slices between two looks for checkpoints that nobody needs
FAILURES = 3  # candidates in a row whose own code fails, after which a search pauses
RESERVED = "what is left of the budget is reserved for slices that are being done"


class Driver:
    """The one that decides and records; workers only train. On a thread of its own, as long as there is work."""

    _until: Callable[[], bool]  # whether what it was started for is done

    def __init__(
        self,
        record: SearchRecord,
        purse: Purse,
        proposer: Proposer,
        aims: Aims,
        rules: Rules,
        pool: Callable[[Callable[[], bool]], Here | Elsewhere],
    ):
        self.record, self.purse, self.proposer, self.aims, self.rules = (
            record,
            purse,
            proposer,
            aims,
            rules,
        )
        self.ahead = Ahead(record.course, rules, aims)
        self.budget: Budget | None = None
        self.reason = ""  # why it paused
        self.error: BaseException | None = None
        self._pool = pool(self._to_stop)
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None
        self._since = 0.0  # when it was started, for a budget of seconds
        self._seconds = 0.0  # that it ran before
        self.thread_seconds = (
            0.0  # of a processor, of its thread: deciding, and slices where they are done here
        )
        self._told = (0.0, 0.0)  # when it was told what is spent, and how much
        self._asked = 0.0  # when the budget was looked at last, in the middle of a slice
        self._failed = self._cleared = 0

    @property
    def course(self) -> Course:
        return self.record.course

    @property
    def front(self) -> list[Candidate]:
        """Those of which a look is such that none is better in all that is wanted, the most accurate first."""
        return list({c.n: c for c, _ in self.aims.front(self.course.candidates)}.values())

    @property
    def best(self) -> Candidate | None:
        """The one with the best look so far, by what is wanted first."""
        return next(iter(self.front), None)

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def seconds(self) -> float:
        """Seconds that it ran."""
        return self._seconds + (time.monotonic() - self._since if self.running else 0.0)

    def start(self, until: Callable[[], bool] | None = None) -> None:
        """Go on in the background; `until` says between two decisions whether that was all."""
        if self.running:
            return
        self.reason, self.error, self._failed = "", None, 0
        self._halt.clear()
        self._until = until or (lambda: False)
        self.record.say({"do": "start", "spent": self.purse.spent, "ahead": AHEAD}, sync=True)
        self._told = (time.monotonic(), self.purse.spent)
        self._since = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="greenlatent search", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """End the slices that run at their next chunk; returns when they have landed."""
        self._halt.set()
        self.reason = self.reason or "you paused it"
        self.wait()

    def wait(self, timeout: float | None = None) -> bool:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            return not thread.is_alive()
        return True

    def close(self) -> None:
        self.pause()
        self._pool.close()
        self.purse.meter.stop()

    # -- on its thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        meter, begun = self.purse.meter, time.thread_time()
        meter.start()
        try:
            with meter.doing("search"):
                self._decide()
        except BaseException as error:
            log.warning("a search failed", exc_info=True)
            self.error, self.reason = error, f"it failed: {error}"
        finally:
            meter.stop()
            self.thread_seconds += time.thread_time() - begun
            self._seconds += time.monotonic() - self._since
            self._say_pause()

    def _say_pause(self) -> None:
        try:
            self.record.say(
                {
                    "do": "pause",
                    "why": self.reason,
                    "spent": self.purse.spent,
                    "energy": told(self.purse.lines()),
                },
                sync=True,
            )
        except (OSError, ValueError) as error:
            self.error = self.error or error
            log.warning("the end of a search could not be noted: %s", error)

    def _decide(self) -> None:
        self._pool.get_ready(self._is_over_while_starting)
        while not self._halt.is_set():
            while not self._halt.is_set() and self._pool.free():
                task = self._next_task()
                if task is None:
                    break
                self._pool.begin(task)
            if not self._pool.busy:
                break
            self._take_in(PATIENCE)
            self.reason = (
                self.reason or self._over() or ("what it was started for is done" if self._until() else "")
            )
            if self.reason:
                self._halt.set()
        self._end_slices()

    def _is_over_while_starting(self) -> bool:
        self._tell_spending()
        return self._halt.is_set() or self.left <= 0

    def _tell_spending(self) -> None:
        """Every second what is spent, and what the next second may take: what a killed search is charged."""
        now, (then, before) = time.monotonic(), self._told
        if now - then >= TOLD_SECONDS:
            spent = self.purse.spent
            self._told = now, spent
            ahead = max(AHEAD, 3 * (spent - before) * TOLD_SECONDS / (now - then))
            self.record.say({"do": "tick", "spent": spent, "ahead": ahead})

    def _end_slices(self) -> None:
        flags = [self._flag(c) for c in self.course.candidates if c.state == "running"]
        for flag in flags:
            flag.touch()
        while self._pool.busy:
            self._take_in(PATIENCE)

    def _take_in(self, timeout: float) -> None:
        for task, landing in self._pool.landed(timeout):
            self._land(task, landing)

    def _to_stop(self) -> bool:
        """In the middle of a slice on this thread: whether it is to end at once."""
        if self._halt.is_set():
            return True
        now = time.monotonic()
        if self.budget is None or now - self._asked < 0.05:
            return False
        self._asked = now
        return self.left <= 0

    @property
    def left(self) -> float:
        """The share of the budget that is neither spent nor reserved, in joules; of seconds, as joules they would
        be at."""
        budget = self.budget
        left = math.inf
        if budget is not None and budget.joules is not None:
            reserved = self.course.reserved if self._pool.elsewhere else 0.0
            left = budget.joules - self.purse.spent - reserved
        if budget is not None and budget.seconds is not None and self.seconds >= budget.seconds:
            left = 0.0
        return left

    def _over(self) -> str:
        """Why it is over, or empty."""
        budget, course = self.budget, self.course
        if budget is None:
            return ""
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return f"{plain(self.seconds)} of {plain(budget.seconds)} seconds are spent"
        if budget.joules is not None and self.purse.spent >= budget.joules:
            return f"{plain(self.purse.spent)} of {plain(budget.joules)} J are spent"
        if budget.point is not None:
            second = sum(c.rung >= 1 for c in course.candidates)
            return course.rise.over(self.purse.spent, budget.point, second)
        return ""

    def _next_task(self) -> Task | None:
        """What is done next, noted before it begins; None where nothing can be."""
        if self.left <= 0:
            self.reason = self.reason or self._over() or RESERVED
            return None
        with self.record.lock:
            going = self.ahead.who()
        if going is None:
            with self.purse.choosing():
                going = self._new()
            if going is None:
                self.reason = self.reason or "every choice of the space was begun"
                return None
        with self.record.lock:
            task = self._task(going)
            if task is not None:
                self._say_begin(task)
            return task

    def _new(self) -> Candidate | None:
        course = self.course
        n = len(course.candidates)
        space = course.narrowed(n, self.rules.seed)
        values = self.proposer.ask(n, space, course.candidates, self.aims.measured)
        if values is None:
            return None
        with self.record.lock:
            if len(course.candidates) > n:  # somebody proposed one meanwhile
                return course.candidates[n]
            self.record.say(
                {"do": "begin", "n": n, "values": values, "by": "search", "spent": self.purse.spent}
            )
            if self.rules.price is not None:
                price = float(self.rules.price(**values))
                self.record.say({"do": "price", "n": n, "joules": price})
        return course.candidates[n]

    def _task(self, candidate: Candidate) -> Task | None:
        plan, whole = self.rules.plan, self.purse.whole_price()
        pricing = candidate.price is None
        looks = [] if pricing else self.ahead.target(candidate)
        to = min(plan, PRICED) if pricing else looks[-1][0]
        left = self.left
        if left <= 0:  # by choosing
            self.reason = self.reason or self._over() or RESERVED
            return None
        seconds = candidate.expected(to - candidate.passes)
        # here nothing else runs, so a slice may take what there is
        allowed = min(SPARE * seconds if self._pool.elsewhere else NO_END, left / whole)
        folder = self._folder(candidate)
        return {
            "n": candidate.n,
            "values": candidate.values,
            "from": candidate.passes,
            "to": to,
            "end": plan,
            "looks": looks,
            "price": pricing,
            "allowed": allowed,
            "reserved": min(allowed, SPARE * seconds) * whole,
            "save": self._pool.elsewhere or self.rules.keep == "all",
            "node": node(),
            "folder": None if folder is None else str(folder),
            "deadline": max(DEADLINE, LATE * seconds),
        }

    def _say_begin(self, task: Task) -> None:
        self.record.say(
            {
                "do": "slice-begin",
                "n": task["n"],
                "to": task["to"],
                "reserved": task["reserved"],
                "spent": self.purse.spent,
            }
        )

    # -- what comes of a slice -----------------------------------------------------------------------------------

    def _land(self, task: Task, landing: Landing | BaseException) -> None:
        n = task["n"]
        (self.record.folder / "candidates" / f"{n:04d}" / STOP).unlink(missing_ok=True)
        candidate = self.course.candidates[n]
        if isinstance(landing, NoHand):
            self.reason = f"nothing can be done there any more: {landing}"
            self._say({"do": "lost", "n": n, "why": self.reason, "fault": 0, "reserved": 0.0})
            return
        if isinstance(landing, BaseException):
            self.purse.lost += candidate.reserved
            self._say(lost(n, landing))
            return
        machine = landing.get("node", HERE)
        self.purse.book(landing["seconds"], machine)
        if (metered := landing.get("metered")) is not None:
            spent, idle = (Joules.missing() if read is None else Joules(*read) for read in metered[:2])
            self.purse.hear(machine, spent, idle, metered[2])
        event = landed(candidate, landing, self.purse.price(machine))
        self._say(event)
        at_once = "broken" in landing and not landing["looks"] and not task["from"]
        self._failed = self._failed + 1 if at_once else 0
        if self._failed >= FAILURES:
            self.reason = f"{FAILURES} candidates in a row failed, the last with {event['why']}"
        self._clear_up()

    def _clear_up(self) -> None:
        """Now and then: no checkpoint stays of those that hardly go on. Asked for all the same, they begin again."""
        self._cleared += 1
        if self.rules.keep == "all" or self._cleared % CLEAR_EVERY:
            return
        for candidate in self.ahead.fallen():
            for slot in self._folder(candidate).glob("*.pt"):
                slot.unlink(missing_ok=True)

    def _say(self, event: Event) -> None:
        self.record.say({**event, "spent": self.purse.spent})

    def _folder(self, candidate: Candidate) -> Path:
        return self.record.folder / "candidates" / f"{candidate.n:04d}"

    def end(self, candidate: Candidate) -> None:
        """Let its slice end at the next chunk."""
        self._flag(candidate).touch()

    def checkpoint(self, candidate: Candidate) -> Path:
        """The folder with its weights, while nothing runs."""
        folder = self._folder(candidate)
        self._pool.write(candidate.n)
        if not any(folder.glob("*.pt")):
            raise ValueError(f'of candidate {candidate.n} no weights are kept: keep="all" keeps them of all')
        return folder

    def _flag(self, candidate: Candidate) -> Path:
        folder = self._folder(candidate)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / STOP
