"""Dashboard: the clock of a Lab's page: when frames, readings and panels are renewed."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from ..energy.names import count
from ..film.film import Film
from ..film.recording import Recording
from ..film.tape import Tape
from ..model.layers import layers
from ..picture.embedding import Embedding
from ..picture.named import NAMES, named
from ..picture.picture import Picture
from ..picture.projection import Projection
from ..plots.curve import Curve
from ..run.run import WITHOUT_SUGGESTION, Run
from ..suggestions.diagnosis import Diagnosis
from ..training.solving.solved import Solved
from ..widgets.widget import Widget
from .feed import Feed
from .panels import Panels
from .presence import Presence
from .rating import answered, form
from .solving import Solving
from .status import ended, status

log = logging.getLogger(__name__)

FRAME_SECONDS = 0.3  # between two frames while training runs: points glide from one to the next
STATUS_SECONDS = 0.5  # between two status messages while training runs


class Dashboard:
    """Renews the page as the run tells of steps, pauses and edits; all but `beat` on the run's thread.

    `former` is a session that one could go on with; `film` the bytes that a film of it may have, 0 for none.
    """

    def __init__(
        self, run: Run, picture: Picture, *, title: str = "", former: Path | None = None, film: int = 0
    ):
        self.run, self.trainer, self.picture, self.former = run, run.trainer, picture, former
        self.rated, self.ratings = "", 0  # what was kept of the page's form, in words, and how often
        train = run.trainer.train
        self.widget = Widget("lab", classes=train.classes, title=title, samples=len(train))
        self.recorder = Recording(run, self.widget, film, title=title) if film else None
        self.feed = Feed(run.trainer, picture, self.widget)
        self.panels = Panels(run, self.widget, picture.shown)
        self.panels.questions.changed = self._unsay
        self.feed.doctor = self.panels.questions.doctor
        self.presence = Presence(run, self.widget)
        self.solving = self.feed.solving = Solving(run, self.widget, picture)
        self.panels.changed = self.solving.changed
        self.curve: Curve | None = None  # once it is shown
        self.embedding = ""  # what is said of the picture that is being computed beside training
        self._complaint: str | None = None  # of the projection, as it was told
        self._layers = run.runner.call(lambda: layers(run.trainer.network, train))
        self._said, self._leads, self._said_at = (
            "",
            "",
            0,
        )  # what is said of the run, of which panel, at which step
        self._running = False  # as the page was told last
        self._status: dict[str, Any] = {}  # the readings that were told last
        self._told = self._shown = 0.0
        run.progress.listen(self._tell_progress)
        run.listen(self.hear)
        self._deaf = run.meter.listen(self.beat)

    def agent(self, level: str | None, limits: Any, llm: Any = None, *, by: str = "code") -> Any:
        """The agent beside the run, made when it is first asked for; it shows its cards here, and knows what is
        selected and whether somebody watches."""
        from ..agent import Agent  # nothing of it is loaded before somebody asks

        agent = self.panels.agent
        if agent is None:
            agent = Agent(self.run, self.panels.questions.desk, level="off", limits=limits)
            agent.watched = lambda: self.widget.watched
            agent.selected = lambda: self.widget.selection.tolist()
            agent.told = self.panels.tell_agent
            agent.advised, agent.follow = self.panels.advising.open, self.panels.advising.follow
            agent.set_level("suggest" if level is None else level, by=by)
            self.panels.agent = agent
            if llm is not None:
                agent.llm = llm
        else:
            if limits is not None:
                agent.limits = limits
            if llm is not None:
                agent.llm = llm
            if level is not None:
                agent.set_level(level, by=by)
        self.run.runner.call(self.panels.tell_agent)
        return agent

    @property
    def tape(self) -> Tape:
        """What was recorded so far."""
        if self.recorder is None:
            raise ValueError("nothing was recorded: this Lab was made with film=False")
        return self.recorder.tape

    @property
    def film(self) -> Film:
        """What was recorded so far, to look at again; also once the run was closed."""
        tape, train = self.tape, self.trainer.train
        film = Film(tape) if self.trainer.closed else self.run.runner.call(lambda: Film(tape))
        film.samples = train
        return film

    def hear(self, word: str) -> None:
        """What `Run.listen` tells; what fails here is told to the page, and training goes on."""
        if word == "closed":
            return self._end()
        if self.trainer.closed:
            return
        if word == "failure":
            self.widget.show_error(str(self.run.failures[-1]))
            return self._report()
        renew = {
            "step": self._step,
            "pause": self._pause,
            "edit": self._edited,
            "evaluation": self.draw_curve,
        }
        try:
            renew[word]()
        except Exception as error:  # a model that fails in training fails in its picture, too
            log.warning("the dashboard failed", exc_info=True)
            self.run.fail("Beside training something failed", error)
            self._report()

    def _step(self) -> None:
        """Between two steps: what the watching budget allows."""
        self.picture.training(True)
        self.solving.follow()
        now = time.perf_counter()
        if now - self._shown > FRAME_SECONDS and self.feed.wanting() and self.picture.affordable():
            self._shown = now
            self.feed.show(exact=False)
        if time.perf_counter() - self._told > STATUS_SECONDS:
            self.tell()

    def _edited(self) -> None:
        """What was named is solved at once, if somebody sees it; undo may have taken advice back."""
        self.panels.advising.heed()
        self.panels.questions.go_on()
        if self.solving.follow():
            self.draw_curve()
        self.tell()

    def solve(self) -> Solved:
        """What people named, solved now, and shown."""
        solved = self.solving.solve()
        self.feed.restate(again=True)
        self.draw_curve()
        return solved

    def diagnose(self, ids: Any) -> Diagnosis:
        """Judge these samples, or all, and let the page say what all of them are."""
        found = self.panels.questions.doctor.diagnose(ids)
        self.feed.restate(again=True)
        return found

    def _pause(self) -> None:
        """Exact, and the page hears of the pause even if the last step was shown already."""
        self.picture.training(False)
        self.solving.follow()
        if self._running or self.feed.step != self.trainer.steps:
            self.show()

    def show(self) -> None:
        """An exact frame, and the readings that go with it."""
        self.feed.show()
        self.tell()

    def tell(self) -> None:
        """The readings, as of now, and the state of the buttons."""
        if not self.trainer.closed:
            self.run.evaluate()
            self._report()

    def beat(self) -> None:
        """Once a second, on the meter's thread."""
        if self.embedding or isinstance(self.picture.projection, Embedding):
            self.run.runner.post(self._follow)
        if self.widget.watched and not (self.run.runner.running or self.trainer.closed):
            self.panels.read_meter()
        if not self.widget.watched:  # a page that went did not say that its hand left the plot
            self.panels.questions.set_busy(False)
        if why := self.presence.beat():
            self.run.runner.pause(wait=False)
            self.run.runner.post(lambda: self._say(f"Training paused: {why}"))

    def draw_curve(self) -> None:
        """Bring the learning curve up to date, if it is shown; while training runs now and then."""
        curve, points = self.curve, self.run.evaluations.points
        if curve is None:
            return
        curve.tell([p.passes for p in points], [p.accuracy for p in points], now=not self.run.runner.running)
        if self.run.comparison is not None:
            without = self.run.comparison.without[0]
            curve.compare([p.passes for p in without], [p.accuracy for p in without])
        if earlier := self.run.earlier:
            curve.keep([p.passes for p in earlier], [p.accuracy for p in earlier])
        curve.solve(self.solving.point)
        curve.lay({past.name: tuple(zip(*past.course, strict=True)) for past in self.panels.laid})  # type: ignore[misc]

    def show_curve(self) -> Curve:
        """The learning curve, from now on kept up to date."""
        if self.curve is None:
            self.curve = Curve()
            self.run.runner.call(self.draw_curve)
        return self.curve

    def look_at(self, layer: str) -> None:
        """Show another layer; one that cannot be shown changes nothing."""
        before = self.picture.layer
        self.picture.look_at(layer)
        try:
            self.show()
        except Exception:
            self.picture.look_at(before)
            raise

    def project(self, projection: Projection) -> None:
        """Make pictures in another way."""
        old, self.picture.projection = self.picture.projection, projection
        self._complaint = None
        if isinstance(old, Embedding):
            old.close()
        self.show()

    def _say(self, message: str, leads: str = "") -> None:
        self._said, self._leads, self._said_at = message, leads, self.trainer.steps
        self.tell()

    def _unsay(self) -> None:
        """Another card is shown: what was said of the former one is over."""
        if self._leads:
            self._said = self._leads = ""
            self._status |= {"message": "", "leads": ""}
            self.feed.set_status(self._status)

    def _report(self) -> None:
        run = self.run
        if run.runner.running or self._said_at != self.trainer.steps:
            self._said = ""
        self._status = status(run, said=self._said, leads=self._leads, former=self.former)
        paused, self._running = self._running, self._status["running"]
        self.feed.set_status(self._status)
        if self.recorder is not None:
            with self.trainer.doing("view"):
                self.recorder.read(self._status)
        self.feed.restate()
        self.panels.tell()
        self._tell_setup()
        if paused and not self._running:
            self.draw_curve()
        if run.until == "suggestion" and not self._running:
            run.until = None
            self._say(*self._why_it_stopped())
        self._told = time.perf_counter()

    def _why_it_stopped(self) -> tuple[str, str]:
        """Training was to go on until there is a suggestion: what one can do now, and the panel that it is in."""
        found = self.panels.questions.suggest()
        if self.run.runner.failure is not None or self.run.runner.spent:
            return "", ""
        if found is not None and found.trusted:
            return (
                f"Paused: {count(len(found.ids), 'label')} {found.given} in doubt. Answer the card.",
                "agent",
            )
        seen = f" in {WITHOUT_SUGGESTION} epochs" if self.run.gave_up else ""
        return f"Paused: no doubt{seen} that validation data bear out.", "agent" if found else ""

    def _tell_setup(self) -> None:
        projection = named(self.picture.projection)
        own = {} if projection in NAMES else {projection: projection}
        setup = {
            "layer": self.picture.layer,
            "layers": self._layers,
            "acts": self.trainer.layer,
            "projection": projection,
            "projections": NAMES | own,
            "form": None
            if self.run.session is None
            else {"parts": form(), "said": self.rated, "kept": self.ratings},
        }
        self.widget.set_panel("setup", setup)

    def rate(self, answers: list[str], text: str) -> None:
        """What somebody filled in on a page is kept, and all pages say so."""
        self.rated = answered(self.run, answers, text)
        self.ratings += 1
        self._tell_setup()

    def _tell_progress(self, text: str, share: float | None) -> None:
        self.widget.set_panel("work", {"text": text, "share": share})

    def _follow(self) -> None:
        """Once a second while a picture is computed beside training."""
        projection = self.picture.projection
        if not isinstance(projection, Embedding):
            self.embedding = ""
        elif (seconds := projection.progress) is not None:
            doing = "loaded, as it is once" if projection.loading else "computed"
            self.embedding = f"{NAMES[projection.method]} is being {doing}, {seconds:.0f} s so far"
        else:
            self.embedding = ""
            if projection.error and projection.error != self._complaint:
                self.widget.show_error(f"There is no {NAMES[projection.method]} picture: {projection.error}")
            self._complaint = projection.error
            if self.picture.outdated:
                self.feed.show(again=True)
        self._tell_progress(self.embedding, None)
        self._tell_setup()
        self.panels.tell()

    def _end(self) -> None:
        """Listen to nothing more; the page keeps the last readings."""
        self._deaf()
        if isinstance(self.picture.projection, Embedding):
            self.picture.projection.close()
        self.feed.set_status(self._status | ended(self.run))
