"""Engine: estimates, rehearsals and runs of a plan, whatever its three parts say."""

from __future__ import annotations

import logging
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..energy.arguments import number
from ..energy.joules import Joules
from ..energy.machine import peak_bytes
from ..energy.meter import Meter
from . import given, rehearsal, searching
from .break_even import break_even
from .charges import Charges
from .costs import devices, experience, speeds
from .costs.experience import FILE, Experience, Past
from .costs.speeds import Speeds
from .estimate import Estimate, estimate
from .facts import tables
from .facts.amount import Amount
from .learned import Follow, Lesson, lesson, past_of
from .models.workload import Workload
from .project.book import PlanBook
from .rehearsal import Rehearsal, Rehearsed, contenders
from .rehearsing import price_of_shares, rehearse_shares, rehearse_steps

log = logging.getLogger(__name__)

HOME = Path("greenlatent-plans")
SPENT = "spent.jsonl"
CANDIDATES = ("linear", "tree", "forest", "svm", "mlp")
WATCHED = 1.02  # of training: what watching it may take


class Engine:
    """What a model will take, found out by words, by trying, and by runs. A plan is one with three parts."""

    def __init__(self, name: str, by: str = "me", *, home: str | Path | None = None):
        good = isinstance(name, str) and name.strip() and name.isprintable()
        if not good or name != Path(name).name or name.startswith("."):
            raise ValueError(
                f"name={name!r}; give a plan a name that a folder can have, such as 'shoulder watch'"
            )
        self.name = name
        self.folder = Path(HOME if home is None else home) / name
        self.book = PlanBook(self.folder, by)
        """Who said what, line by line."""
        self._speeds: Speeds | None = None
        self._experience: Experience | None = None
        self._charges = Charges(self.folder / SPENT)
        self._unwritten: dict[str, Lesson] = {}  # of runs whose line could not be kept

    # -- before it runs --------------------------------------------------------------------------------------

    def estimate(
        self,
        model: Any = None,
        *,
        train: Any = None,
        example: Any = None,
        call: Callable[..., Any] | None = None,
        **fields: Any,
    ) -> Estimate:
        """What a model will take: words such as "cnn 16-32", a torch module, or a `Workload`.

        `train` fills rows, features and classes from Samples. Without a model, or of a model in words with no field
        named, the fields are those of the plan's three parts. What is not named is assumed, and widens the interval.

        >>> plan.estimate("cnn", rows=5000, features=(1, 28, 28), classes=10, answers=500, per="day", region="DE").grams
        """
        if model is None and self.without:
            raise ValueError(
                f"{self.without}; a model that you name, a module or a Workload is estimated all the same"
            )
        model, wanted, example = given.asked(model, train, example, fields, self.said)
        return estimate(model, wanted, self.speeds, self.experience, example=example, call=call)

    def said(self) -> dict[str, Any]:
        """What the three parts say, as keywords of an estimate."""
        return {}

    @property
    def without(self) -> str:
        """Why the three parts alone have no estimate; "" where they have one."""
        return ""

    @property
    def speeds(self) -> Speeds:
        """Those of this machine; before `measure_speeds()` the package's own, with an interval of a factor of 5."""
        if self._speeds is None:
            self._speeds = speeds.here()
        return self._speeds

    def measure_speeds(
        self, *, meter: Meter | None = None, progress: Callable[[float], None] | None = None
    ) -> Speeds:
        """Time small nets and fits, once for each machine and version of torch: up to 8 processor seconds, charged."""
        from .costs import benchmark

        def work(used: Meter) -> Speeds:
            return benchmark.measure(meter=used, progress=progress)

        self._speeds = self._charges.charged("speeds", work, meter)
        try:
            self._speeds.save()
        except OSError as error:  # they hold for this plan all the same
            log.warning("the speeds could not be kept (%s)", error)
        return self._speeds

    @staticmethod
    def seconds_on(device: str, workload: Workload) -> Amount:
        """Seconds of one step or answer on a card that is not here, from its data sheet.

        >>> work = gl.plan.Workload(flops=8.2e9, activations=1.1e7, parameters=2.6e7, kind="infer", precision="bf16")
        >>> print(gl.Plan.seconds_on("NVIDIA H100 SXM", work))
        """
        return devices.seconds_on(device, workload)

    @staticmethod
    def compare(a: str, b: str) -> tables.RegionRatio:
        """The grams of a joule in one region over those in another, with both years.

        >>> print(gl.Plan.compare("DE", "FR"))
        """
        return tables.compare(a, b)

    @staticmethod
    def break_even(a: Estimate, b: Estimate) -> Amount | None:
        """After how many answers the one that is dearer to make and cheaper to ask has paid; None: never."""
        return break_even(a, b)

    # -- a little of it --------------------------------------------------------------------------------------

    def rehearse(
        self,
        net: Any = None,
        samples: Any = None,
        *,
        latent: str | None = None,
        steps: int = 20,
        share: float | None = None,
        candidates: Sequence[str] = CANDIDATES,
        by: str | None = None,
        epochs: float | None = None,
        seed: int = 0,
        meter: Meter | None = None,
        progress: rehearsal.Progress | None = None,
        **options: Any,
    ) -> Rehearsal:
        """Find out by trying: `steps` real steps of a copy of a net, or candidates in words on a `share` of the rows.

        >>> plan.rehearse(model, train, latent="encoder").rows[0].accuracy is None
        True
        >>> plan.rehearse(samples=train, share=1/8, candidates=["tree"], by=None).rows[0].learner
        'tree'

        `by` names a group that is kept together. `progress(words, share)` is told the price first; Ctrl-C keeps what
        is done. All of it is charged to the plan.
        """
        given.samples("samples", samples)
        told = progress or (lambda words, share: log.info("%s (%.0f %%)", words, 100 * share))
        count = 20 if epochs is None else epochs
        if share is None:
            if net is None or latent is None:
                raise ValueError(
                    "give a net and the name of its latent layer, or share= for candidates in words"
                )
            given.module("net", net, "or words as candidates=[...] with share=")
            return rehearse_steps(self, net, samples, latent, steps, count, meter, told, options)
        if net is not None:
            raise ValueError(
                "candidates on a share of the rows are words, such as 'mlp 64'; leave the net out"
            )
        chosen = contenders(candidates)
        if options:
            raise TypeError(f"a rehearsal on a share takes no {', '.join(options)}")
        return rehearse_shares(self, chosen, samples, share, by, count, seed, meter, told)

    def price(
        self, samples: Any, *, share: float, candidates: Sequence[str] = CANDIDATES, epochs: float = 20
    ) -> tuple[float, Joules]:
        """What a rehearsal on a share would take, in processor seconds and joules."""
        given.samples("samples", samples)
        return price_of_shares(self, contenders(candidates), samples, share, epochs)

    def tried(self, row: Rehearsed, samples: Any) -> None:
        """A candidate was rehearsed on shares of these samples."""

    # -- after it ran ----------------------------------------------------------------------------------------

    def lab(
        self, net: Any, train: Any, *, epochs: float | None = None, steps: float | None = None, **options: Any
    ) -> Any:
        """A Lab with a budget at the high end of the estimate, unless one is given; what it takes becomes experience.

        The budget is for all that the meter counts, so a joule and 2 % for picture and evaluations come on top.

        `epochs` or `steps` are what is planned; the Lab trains as it is told. Everything else goes to `gl.Lab`.
        """
        import greenlatent as gl

        given.module("net", net, "as plan.estimate takes words")
        budget = options.pop("budget", None)
        if budget is not None and not isinstance(budget, gl.Budget):
            raise TypeError(
                f"budget={budget!r}; give gl.Budget(joules=...), or none for that of the estimate"
            )
        planned = searching.of_settings(self, net, train, options, epochs=epochs, steps=steps)
        budget = budget or gl.Budget(joules=planned.training.high * WATCHED + searching.BESIDE)
        budget.planned = planned.training, planned.workload.steps
        lab = gl.Lab(net, train, budget=budget, **options)
        self.follow(lab, planned)
        return lab

    def search(
        self, make: Any, train: Any, *, space: Any, epochs: float, trials: float | None = None, **options: Any
    ) -> Any:
        """A `gl.Search` whose budget, unless one is given, is what so many `trials` are estimated to take: as many as
        the plan says, else 10. A Lab that it opens is followed as one of `plan.lab` is. The rest goes to `gl.Search`.
        """
        return searching.search(self, make, train, space, epochs, trials, options)

    def follow(self, lab: Any, planned: Estimate) -> None:
        """Learn from what a Lab takes, whoever opened it."""
        lab.runner.call(lambda: Follow(lab, planned, lambda past, joules: self._hear(planned, past, joules)))

    def _hear(self, planned: Estimate, past: Past, joules: Joules) -> None:
        """A Lab has paused or closed: the row of its run, and its line of experience, are renewed."""
        self._learn(past.run, lesson(planned, past.steps, past, joules))
        self.keep(past)

    def _learn(self, run: str, found: Lesson) -> None:
        """A line of the book; a run that went on is known by its newest."""
        try:
            lines = {("run", run): found.line}
            if (case := self.case_of(found)) is not None:
                lines["case", run] = case
            self.book.say_all(lines, "data")
            self._unwritten.pop(run, None)
        except OSError as error:
            log.warning("what a run taught could not be kept (%s)", error)
            self._unwritten[run] = found

    def case_of(self, found: Lesson) -> dict[str, Any] | None:
        """A run as a case that later plans are compared with; None where there is too little to compare."""
        return None

    @property
    def learned(self) -> list[Lesson]:
        """Planned and measured, a row for each run of this plan, whichever session or person it was of."""
        found = {}
        for run, line in self.book.values("run").items():
            try:
                found[run] = Lesson.read(line)
            except ValueError:
                log.warning("a line of %s is no lesson, and is left out", self.folder)
        return list((found | self._unwritten).values())

    def record(
        self,
        workload: Workload,
        meter: Meter,
        *,
        score: float | None = None,
        kind: str = "train",
        since: Any = None,
    ) -> Lesson:
        """Learn from a loop of your own: what a meter counted of `kind`, for `workload.steps` units of this work.

        >>> with gl.Meter() as meter, meter.doing("train"):
        ...     _ = sum(range(2_000_000))
        >>> print(plan.record(gl.plan.Workload(flops=1e7, operations=1e4), meter, score=0.9))
        """
        if not isinstance(workload, Workload) or not isinstance(meter, Meter):
            raise TypeError("record takes a Workload and the Meter that counted it")
        if score is not None:
            score = number("score", score, "a finite score, or leave it out")
        planned = self.estimate(workload)
        past, joules = past_of(
            workload, planned.terms, meter, workload.steps, score=score, since=since, kind=kind
        )
        if doubt := past.doubt():
            raise ValueError(
                f"this run {doubt}, so nothing is learned from it; mark the work with meter.doing({kind!r}), and give "
                "the workload the steps that were done"
            )
        self.keep(past)
        found = lesson(planned, workload.steps, past, joules)
        self._learn(past.run or uuid.uuid4().hex, found)
        return found

    @property
    def experience(self) -> Experience:
        """The runs of this machine and of this plan, and what was set aside of them."""
        if self._experience is None:
            own = experience.read(self.folder / FILE)
            here = experience.read(speeds.home() / FILE)
            seen = {(run.at, run.counts, run.processor_seconds) for run in own.runs}
            more = [run for run in here.runs if (run.at, run.counts, run.processor_seconds) not in seen]
            self._experience = Experience([*more, *own.runs], [*own.set_aside, *here.set_aside])
        return self._experience

    @property
    def charges(self) -> Charges:
        """The account of what planning itself takes."""
        return self._charges

    @property
    def spent(self) -> Joules:
        """What planning itself has taken: rehearsals, and the benchmark of speeds."""
        return self._charges.total

    def keep(self, past: Past) -> None:
        """A line in the plan and in the machine's own; what cannot be written is known for now all the same."""
        past = replace(past, clock=self.speeds.clock, memory=peak_bytes(), versions=_versions())
        if not self.experience.add(past):
            return
        for path in (self.folder / FILE, speeds.home() / FILE):
            try:
                experience.append(path, past)
            except OSError as error:
                log.warning("a run could not be kept (%s)", error)


def _versions() -> dict[str, str]:
    return {"torch": speeds.torch_version(), "python": ".".join(map(str, sys.version_info[:3]))}
