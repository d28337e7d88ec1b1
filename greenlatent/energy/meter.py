"""The meter: what the recorder counted, as joules by kind of work."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import record
from .arguments import number
from .calibration import Calibration, calibrate, load
from .counting.book import Stamp
from .counting.recorder import Recorder
from .counting.sums import Sums
from .emissions.carbon import Grams
from .forecast import forecast
from .joules import Joules, Origin, Ratio, total
from .machine import cpus
from .names import called
from .reading import Reading, reading_of
from .report import report
from .utilisation import Utilisation, utilisation

# What belongs to which stage of a study; the rest is training.
STAGES = {"collect": "collect", "prepare": "prepare", "infer": "infer"}


@dataclass(frozen=True)
class PerStep:
    """Joules of one unit of a kind of work: the mean of the last `n`, begun within `seconds`."""

    joules: Joules
    n: int
    seconds: float

    @property
    def sharp(self) -> bool:
        """Whether its own interval is narrower than 20 %."""
        return self.joules.known and self.joules.width < 0.2

    def __str__(self) -> str:
        return f"{self.joules} a step" + (f", mean of {self.n}" if self.n > 1 else "")


class Meter(Recorder):
    """Joules by kind of work.

    >>> meter = Meter()
    >>> meter.start()
    >>> with meter.doing("train"):
    ...     _ = sum(range(100_000))
    >>> meter.stop()
    >>> meter.ledger()["train"].known
    True

    `sources` are tried in order; without any, NVIDIA's and the processor's counters, then the model. `pue` is
    the data centre's overhead, for everything; `psu` the efficiency of the power supply, for what is read
    behind it: both count only when given. `calibration` is one that `Calibration.fit` made; None looks for
    the one saved on this machine.

    Nothing it does raises into the code it watches: a source that fails leaves a gap and a line in `notes`.
    """

    def charge(self, kind: str, joules: Joules, *, units: int = 0) -> None:
        """Book what another process or machine spent for `kind`: it counts in ledger, total, export and budget. What
        nobody knows is `Joules.missing()`, which lowers the coverage of its line. `units` is how many of that kind it
        did, such as steps of training: a mean per unit counts them.

        >>> meter.charge("agent", Joules(4.3, 2.7, 7.2, {"given": 1.0}))
        """
        if not isinstance(kind, str) or not kind:
            raise TypeError(f"kind={kind!r} is no kind of work; give its name, such as 'agent'")
        if not isinstance(joules, Joules):
            raise TypeError(
                f"joules={joules!r} are none; give gl.Joules(value, low, high, badges), or Joules.missing()"
            )
        with self._lock:
            if self._running:
                self._book.read()  # a span that ended before now has no part in it
            self._book.charge(kind, joules, units)
            self._known = {}

    def ledger(self, since: Stamp | None = None, until: Stamp | None = None) -> dict[str, Joules]:
        """Joules of every kind of work since the meter first started, or between two stamps.

        The lines add up to the total. `other` is what nobody marked, `meter` the meter's own work.
        """
        return self._ledger.lines(*self._span(since, until))

    @property
    def total(self) -> Joules:
        return self.spent()

    def spent(self, since: Stamp | None = None, until: Stamp | None = None) -> Joules:
        """All joules since the meter first started, or between two stamps: differences of counters."""
        return self._ledger.total(*self._span(since, until))

    def filled(self, since: Stamp | None = None, until: Stamp | None = None) -> Joules:
        """An estimate of all joules where a source was silent: the gaps at the watts of the same kinds of
        work, give or take all of it. What a budget decides on."""
        return self._ledger.total(*self._span(since, until), filled=True)

    def own(self, since: Stamp | None = None, until: Stamp | None = None) -> Joules:
        """An estimate of our part, by our time, where others load the hardware and the total is a bound."""
        return self._ledger.own(*self._span(since, until))

    def units(self, kind: str, since: Stamp | None = None, until: Stamp | None = None) -> int:
        """How often `kind` was begun: a mean per step is joules / units."""
        return self._span(since, until)[0].count(kind)

    def seconds_of(self, kind: str, since: Stamp | None = None, until: Stamp | None = None) -> float:
        """Metered seconds of a kind of work."""
        return self._span(since, until)[0].seconds_of(kind)

    def processor_seconds_of(
        self, kind: str, since: Stamp | None = None, until: Stamp | None = None
    ) -> float:
        """Processor seconds of a kind of work: unlike its seconds, the same on a busy machine, or nearly so."""
        return self._span(since, until)[0].processor_seconds_of(kind)

    @property
    def processor_seconds(self) -> float:
        """Those of all kinds of work together, its own and those of processes that were started."""
        return float(self._span(None, None)[0].cpu.sum())

    def per(self, kind: str, window_seconds: float = 1.0) -> PerStep:
        """Joules per unit of `kind`: over the shortest recent time, of at least `window_seconds`, that makes
        its own interval narrower than 20 %; else the mean of all. Worked out once a second: cheap enough to
        call at every frame.
        """
        window = number("window_seconds", window_seconds, "a time to look back on, such as 1.0", above=0)
        asked = kind, window
        with self._lock:
            ring, known = list(self._book.ring), self._known
            if ring and self._known_at != ring[-1].now:
                self._known, self._known_at = {}, ring[-1].now
                known = self._known
        if asked not in known:
            per = self._per(kind, window, ring)
            if not per.n and self._running:  # in the first second there is nothing older to be had
                with self._lock:
                    self._book.read()
                    ring.append(self._book.sums())
                return self._per(kind, window, ring)
            known[asked] = per
        return known[asked]

    def _per(self, kind: str, window: float, ring: list[Sums]) -> PerStep:
        best = PerStep(Joules.missing(), 0, 0.0)
        while ring:
            now = ring[-1]
            start = next((sums for sums in reversed(ring) if now.elapsed - sums.elapsed >= window), None)
            span = now.since(start)
            n = span.count(kind)
            if n:
                lines = self._ledger.lines(span, now, self._book.origin(span, start), kind)
                best = PerStep(lines.get(kind, Joules.missing()) / n, n, span.elapsed)
                if best.sharp:
                    return best
            if start is None:
                break
            window *= 2
        return best

    def reading(self, since: Stamp | None = None, until: Stamp | None = None) -> Reading:
        """All that is known of the whole run or a span, as of one moment: its lines add up to its total."""
        until = self.stamp() if until is None else until
        span = self._span(since, until)
        total = self._ledger.total(*span)
        return reading_of(
            self._ledger,
            span,
            run=self.id,
            total=total,
            overhead=self.overhead,
            notes=self.notes,
            carbon=self.carbon(total),
            compared=self.compare(),
            grid=None if self.grid is None else str(self.grid),
        )

    def idle(self, since: Stamp | None = None, until: Stamp | None = None) -> Joules:
        """What of the total the hardware would have drawn at rest."""
        span, _, origin = self._span(since, until)
        return self._ledger.idle(span, origin)

    def at_once(self) -> tuple[Joules, Joules, float]:
        """`filled()`, `idle()` and `processor_seconds` as of one moment, for one reading instead of three."""
        span, run, origin = self._span(None, None)
        filled = self._ledger.total(span, run, origin, filled=True)
        return filled, self._ledger.idle(span, origin), float(span.cpu.sum())

    def stages(self, since: Stamp | None = None, until: Stamp | None = None) -> dict[str, Joules]:
        """Joules of collecting, preparing, training and inferring; they add up to the total."""
        found: dict[str, list[Joules]] = {}
        for kind, joules in self.ledger(since, until).items():
            found.setdefault(STAGES.get(kind, "train"), []).append(joules)
        return {stage: total(lines) for stage, lines in found.items()}

    def utilisation(self, kind: str = "train") -> Utilisation:
        """How much of the processors that we may use, and of a card, a kind of work kept busy, and for how long little.

        >>> print(meter.utilisation("train"))
        """
        with self._lock:
            if self._running:
                self._book.read()
            sums, course = self._book.sums(), list(self._book.course)
        return utilisation(kind, course, sums, cpus())

    def compare(self) -> dict[tuple[str, str], Ratio]:
        """Where two sources cover the same parts: the one over the other. Needs some seconds of both."""
        with self._lock:
            if self._running:
                self._book.read()
            return self._ledger.compare(list(self._book.course))

    def forecast(self, steps: int, kind: str = "train") -> Joules:
        """Joules of the whole run once `kind` has been begun `steps` times."""
        with self._lock:
            course = list(self._book.course)
        joules, now = forecast(course, kind, steps), self.total
        if not (joules.known and now.known and now.value > 0):
            return joules
        scale = joules.value / now.value
        shared = {name: (down * scale, up * scale) for name, (down, up) in now.shared.items()}
        return Joules.of(joules.value, joules.own, shared, now.badges, coverage=now.coverage)

    def carbon(self, joules: Joules | None = None) -> Grams | None:
        """Grams of CO2 of a reading, by default of the total; None without a region: nobody guesses one."""
        return None if self.grid is None else self.grid.grams(self.total if joules is None else joules)

    def calibrate(
        self,
        plug,
        runs: int = 5,
        *,
        seconds: float = 60.0,
        work: Callable[[float, float], None] = load,
        save: bool = True,
    ) -> Calibration:
        """Learn what the wall gives for what is counted, from `runs` loads beside a plug, and use it from now
        on.

        `work(level, seconds)` makes the load, for levels from 0 to 1, each twice: to settle, then to be read;
        by default it keeps so many processors busy. A machine with a graphics card needs work that uses it.
        `plug` is a source, or a meter of one. What the loads cost is this meter's only if it runs.
        """
        model = [] if self._ledger.model is None else [self._ledger.model]
        counted = type(self)([*self._sources, *model], calibration=False, clock=self._clock)
        wall = plug if isinstance(plug, Meter) else type(self)([plug], calibration=False, clock=self._clock)
        mine = [meter for meter in (counted, wall) if not meter.running]
        try:
            for meter in mine:
                meter.start()
            if counted.on_the_wall:
                raise ValueError("this meter reads the wall already; calibrate one that reads counters")
            found = calibrate(counted, wall, runs, seconds, work)
        finally:
            for meter in mine:
                meter.stop()
        with self._lock:
            self._calibration = self._ledger.calibration = found
            self._book.recount()
        if save:
            try:
                found.save()
            except OSError as error:  # it holds for this meter all the same
                self._note(f"the calibration could not be saved ({error})")
        return found

    def report(self) -> str:
        """A methods paragraph, a table and the versions, as a paper can print them."""
        return report(self.reading())

    def export(self, path: str | Path) -> Path:
        """Append this run to a file, as a JSON line or rows of a CSV by its suffix; `read(path)` reads it."""
        return record.export(self.reading(), Path(path))

    def __repr__(self) -> str:
        return f"Meter({'running' if self.running else 'stopped'}, {self.total})"

    def __str__(self) -> str:
        lines = [f"  {called(kind)}: {joules}" for kind, joules in self.ledger().items()]
        return "\n".join([f"{self.total} in all" if lines else "nothing was metered yet", *lines])

    @property
    def on_the_wall(self) -> bool:
        """Whether what counts is read at the wall."""
        return self._ledger.on_the_wall()

    @property
    def pue(self) -> float:
        return self._ledger.pue

    @property
    def error(self) -> float:
        """The largest relative error of a source that counts."""
        return max((self._ledger.accounts[i].channel.error for i in self._ledger.counts()), default=0.0)

    @property
    def seconds(self) -> float:
        """Metered seconds, up to now."""
        running = (self._now() - self._book.now) * 1e-9 if self._running else 0.0
        return self._book.elapsed + max(0.0, running)

    @property
    def overhead(self) -> float:
        """The meter's own processor time, as a share of one core."""
        with self._lock:
            return self._book.timeline.cpu[1] / self._book.elapsed if self._book.elapsed else 0.0

    def span_seconds(self, since: Stamp | None = None, until: Stamp | None = None) -> float:
        """Metered seconds between two stamps."""
        return self._span(since, until)[0].elapsed

    def _span(self, since: Stamp | None, until: Stamp | None) -> tuple[Sums, Sums, Origin]:
        stamps = [stamp for stamp in (since, until) if stamp is not None]
        if not all(isinstance(stamp, Stamp) for stamp in stamps):
            raise TypeError(
                f"{stamps!r} are no stamps; take one with meter.stamp(), or ask meter.ledger()[kind]"
            )
        if any(stamp.meter != self.id for stamp in stamps):
            raise ValueError("this stamp belongs to another meter; ask the meter that it was taken from")
        with self._lock:
            if self._running and (until is None or any(stamp.sums is None for stamp in stamps)):
                self._book.read()
            now = self._book.sums()
        stop = now if until is None else until.sums or now
        start = None if since is None else since.sums or now
        span = stop.since(start)
        return span, stop, self._book.origin(span, start)
