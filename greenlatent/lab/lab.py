"""Lab: a run with its dashboard, the one object that a notebook holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..data.samples import Samples
from ..edits.journal import Journal
from ..energy.budget import Budget
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..energy.names import count
from ..feedback.choice import Chosen
from ..film.film import Film
from ..film.tape import MOST
from ..model.layers import layers
from ..picture.named import named, projection_of
from ..picture.picture import Picture
from ..picture.projection import Projection
from ..run.comparison import Comparison, Point
from ..run.run import Run
from ..run.session import Session, former
from ..suggestions.diagnosis import Diagnosis
from ..suggestions.groups import Group, groups
from ..suggestions.review import Revision, Sheet
from ..suggestions.suggester import Suggestion
from ..training.around import Around
from ..training.report import StepReport
from ..training.solving.solved import Solved
from ..training.trainer import Trainer
from ..widgets.cell import end_former, remember, show
from ..widgets.widget import Widget
from .commands import Commands
from .dashboard import Dashboard
from .rating import rate
from .sessions import film_size, gone_on_with, hand_in, session_of
from .status import accuracy_of
from .steering import Steered


class Lab(Steered):
    """Watch a model's latent space while it trains, mend it by hand, and see what it costs.

    Shown in a notebook it is a dashboard; every button of it is a method here. `session` is the folder of
    the run's journal (default: a new one in ./greenlatent-sessions once there is something to keep; False:
    none). `shown` is the most samples that the picture shows; `budget` what the run may spend, `gl.Budget(joules=500)`;
    `film` the bytes that its film may have, False for none. Everything else goes to the Trainer.

    >>> lab = Lab(model, train, valid=valid, latent="encoder", seed=0)
    >>> lab
    >>> lab.step(20)

    In a script `with gl.Lab(...) as lab:` ends its threads; in a notebook they end with the cell that made them.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        train: Samples,
        *,
        session: str | Path | Session | bool | None = None,
        projection: str | Projection = "pca",
        shown: int = 10_000,
        budget: Budget | None = None,
        region: str | None = None,
        title: str = "",
        film: int | bool = MOST,
        **options: Any,
    ):
        kept = session_of(session, train)
        end_former()
        self.meter = options.pop("meter", None) or Meter(region=region)
        self.session = kept
        self.former = None if self.session is None else former(train.fingerprint)  # what one could go on with
        if self.session is not None and self.session.folder is not None:
            self.former = None
            self.trainer = self.session.take_up(model, train, meter=self.meter, **options)
        else:
            options.setdefault("journal", Journal(self.session.journal if self.session else None))
            self.trainer = Trainer(model, train, meter=self.meter, **options)
        self.journal = self.trainer.journal
        try:
            self._begin(projection_of(projection), shown, title, budget, film_size(film))
        except BaseException:
            self.trainer.close()  # no thread stays behind a Lab that there is not
            self.meter.stop()
            raise
        remember(self)

    def _begin(
        self, projection: Projection, shown: int, title: str, budget: Budget | None, film: int
    ) -> None:
        self.picture = Picture(self.trainer, projection, shown=shown)
        self.run = Run(self.trainer, self.meter, self.session, budget=budget)
        self.runner = self.run.runner
        self._dashboard = Dashboard(self.run, self.picture, title=title, former=self.former, film=film)
        self._questions = self._dashboard.panels.questions
        self._commands = Commands(self.run, self._dashboard)
        self.widget = self._dashboard.widget
        self.runner.call(self._dashboard.show)

    # -- training --------------------------------------------------------------------------------------------

    def step(self, n: int | None = None, *, epochs: int | None = None) -> StepReport:
        """Do n steps (one), or until so many epochs have ended, and report on them; Ctrl-C pauses."""
        return self.run.step(n, epochs=epochs)

    def start(
        self,
        steps: int | None = None,
        *,
        epochs: int | None = None,
        pace: float | None = None,
        until: str | None = None,
    ) -> None:
        """Train in the background: so many steps or epochs, at most `pace` a second, until the "epoch" ends, or until
        there is a "suggestion" to be trusted, which the dashboard then shows."""
        self.run.start(steps, epochs=epochs, pace=pace, until=until)

    @contextmanager
    def around(self, ids: Any, y: Any = None) -> Iterator[Around]:
        """One step of your own loop: picture, meter, suggestions and edits as ever, the steps are yours.

        `ids` are the batch's places in `train`. *Pause* waits at the next one. See docs/integrations.md for Lightning,
        Hugging Face and skorch.

        >>> for ids, x, y in loader:
        ...     with lab.around(ids, y) as s:
        ...         loss = (loss_of(model(x), s.y) * s.weight).mean()
        """
        with self.run.around(ids, y) as step:
            yield step

    def pause(self) -> None:
        """Stop after the step that is running."""
        self.run.pause()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what was started is done; False if that took longer than `timeout` seconds."""
        return self.run.wait(timeout)

    def undo(self) -> None:
        """Take back what was done last: an edit, or advice that was applied."""
        self.run.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        self.run.redo()

    def suggest(self, n: int = 5) -> list[Suggestion]:
        """Groups of samples that probably carry one wrong label, best first, each with its reason."""
        return self.run.suggester.suggest(n)

    def diagnose(self, ids: Any = None) -> Diagnosis:
        """Data or model: a verdict on each of these samples, or of all, with its numbers; the page colours by it.

        >>> print(lab.diagnose())
        """
        return self.runner.call(lambda: self._dashboard.diagnose(ids))

    def revise(self) -> Revision:
        """Let the machine do what it can by itself: leave out of training all suggestions that can be trusted and what
        lies among samples left out before, and take back those that the model guesses as labelled by now.

        Returns what was done: nothing, before anything can be trusted. `lab.undo()` takes it back, an edit at a time.
        """
        return self.runner.call(self._dashboard.panels.questions.revise)

    def review(self, n: int = 5) -> list[Sheet]:
        """Sheets of what was left out, or lies among it, to be sorted by somebody who looks at them, best first.

        >>> for edit in sheet.sort([3, 14]):   # the samples that its question asks for
        ...     lab.journal.add(edit)
        """
        return self.runner.call(lambda: self._dashboard.panels.questions.sheets(n))

    def agent(self, level: str | None = None, *, llm: Any = None, limits: Any = None) -> Any:
        """The agent beside this run, made by the first call, at the level "suggest"; later calls change what they are
        given. It looks at the ends of epochs, booked as `agent`; `llm` is a model at its table: see docs/agent.md.

        >>> agent = lab.agent("alone", limits=gl.Limits(edits=10))
        """
        return self._dashboard.agent(level, limits, llm)

    def control(
        self, seeds: int = 1, *, progress: Callable[[float], bool | None] | None = None
    ) -> Comparison | None:
        """The same run without the edits, from the same initial weights, over as many samples: what did they buy?

        It takes about as long as the run has trained, twice that for each further seed, with which the edits are tried,
        too, so that accuracy and joules have intervals. `progress(share)` may cancel it by False; then there is none.
        """
        return self.run.compare(seeds, progress=progress)

    def again(
        self, steps: int | None = None, *, progress: Callable[[float], bool | None] | None = None
    ) -> Comparison | None:
        """Train again with what you mended: from the first weights, in the same order, all edits in force from step 0,
        over as many steps as before; then compare with the run without them.

        >>> print(lab.again())

        None when it was paused or cancelled on the way. The run before stays as a thin curve.
        """
        return self.run.again(steps, progress=progress)

    def on_step(self, callback: Callable[[Lab], Any]) -> Callable[[], None]:
        """Call back with this Lab on the training thread, at most 25 times a second while steps are done and once at
        each pause; what it raises is logged. Returns a function that ends it."""
        if not callable(callback):
            raise TypeError(f"on_step takes a function that is called with the Lab, got {callback!r}")
        return self.run.listen(lambda word: callback(self) if word in ("step", "pause") else None)

    def save(self, path: str | Path | None = None) -> Path:
        """Write a checkpoint into the session's folder; with a path, the whole session in one zip for `Lab.load`."""
        return self.run.save(path)

    def hand_in(self, path: str | Path, *, answers: str | Mapping[str, str] | None = None) -> Path:
        """Write journal, ledger, hashes, versions and your answers into one file for whoever checks it.

        `answers` is a text, or texts by question. The newest comparison goes in if it is about the run as it stands.
        `python -m greenlatent.check mine.zip` is what the other side runs.
        """
        return self.runner.call(lambda: hand_in(self.run, path, answers, self._dashboard.panels.agent))

    def rate(self, *, sus: Any = None, tlx: Any = None, pairs: Any = None, text: str = "") -> dict[str, Any]:
        """Keep in the session what you say of working with it: ten SUS answers from 1 to 5, six scales of the NASA-TLX
        from 0 to 100 (with `pairs`, how often each was chosen of 15), free text. Returns it with its scores.

        >>> lab.rate(sus=[4, 2, 4, 1, 4, 2, 5, 2, 4, 2], text="the rings helped")
        """
        return self.runner.call(lambda: rate(self.run, sus, tlx, pairs, text))

    @classmethod
    def load(cls, session: str | Path, model: torch.nn.Module, train: Samples, **options: Any) -> Lab:
        """Go on with a session: its folder, or the zip that `save` wrote. All edits are there; the weights are those
        of the last checkpoint."""
        return gone_on_with(session, train, lambda kept: cls(model, train, session=kept, **options))

    def solve(self) -> Solved:
        """What people named, solved into guesses at once; it changes nothing of training. Costs a frame's time.

        >>> print(lab.solve())
        Solved at step 60: 92.6% of 539 instead of 40.1% of 539
        """
        return self.runner.call(self._dashboard.solve)

    def crowd(self, id: int, k: int = 30) -> np.ndarray:
        """The ids of a sample and the k - 1 nearest to it in all axes, of the latent, of what the last layers read or
        of the inputs: whichever labelled neighbours agree in best."""
        return self.runner.call(lambda: self._questions.unnamed.crowds.crowd(id, k))

    def spread(self) -> int:
        """Labels for samples that have none, from those of their neighbours, where they are sure: one edit of the
        machine's, never over what a person said; `lab.undo()` takes it back whole. Returns its line."""
        return self.runner.call(self._questions.spread)

    def choose_contrast(
        self, steps: int = 400, *, progress: Callable[[float], bool | None] | None = None
    ) -> Chosen | None:
        """Whether drags pull, too, as halves of your drags say: four trials of so many steps, metered as control; what
        was chosen is a line of the journal. Training waits meanwhile; `progress(share)` may return False to cancel it.

        >>> lab.choose_contrast()
        Chosen(right=12, without=9, of=20, on=True)
        """
        return self.trainer.choose_contrast(steps, progress=progress)

    def refresh(self) -> None:
        """Compute every shown sample anew, whatever the watching budget says."""
        self.runner.call(self._dashboard.show)

    def view(self, name: str, *, space: str = "latent") -> Widget:
        """Another live picture of the run, linked with the dashboard: "scatter"; "parallel", which shows every latent
        dimension as an axis, or with `space="input"` every input feature, to be ranked; or "radar", class means.

        What a person does there goes into the same journal.
        """
        return self._commands.open_view(name, space)

    def groups(self) -> list[Group]:
        """Groups of samples and classes, the worst by what training saw of them last first."""
        return self.runner.call(lambda: groups(self.trainer))

    def find(self, words: str) -> np.ndarray:
        """Select the samples that a few words ask for, all of which must hold, and return their ids.

        >>> lab.find("wrong belief<0.2 recording=r12")   # the label is not the guess; a range is loss=1..3
        """
        return self.runner.call(lambda: self._dashboard.panels.find(words))

    def prioritise(self, name: str, value: Any, weight: float) -> int:
        """Meet every sample of a group so often in each epoch: 2 makes it focal, 0 leaves it out, 1 takes that back.

        >>> lab.prioritise("recording", "r12", 2)
        """
        return self._commands.prioritise(name, value, weight, by="code")

    def close(self) -> None:
        """End the thread and let go of the model; the dashboard stays as it is. May be called twice."""
        self.run.close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def energy(self) -> dict[str, Joules]:
        """Joules so far, a line per kind of work."""
        return self.run.energy

    @property
    def comparison(self) -> Comparison | None:
        """What the last control run found."""
        return self.run.comparison

    @property
    def accuracy(self) -> float | None:
        """Of validation, as of now while training is paused, else as of the last evaluation; None for regression."""
        return accuracy_of(self.run)

    @property
    def course(self) -> list[Point]:
        """Accuracy, samples and joules of training at every evaluation so far."""
        return list(self.run.evaluations.points)

    @property
    def curve(self) -> Any:
        """A bqplot figure of accuracy over the samples trained on, live, with that of the last control beside it."""
        return self._dashboard.show_curve().figure

    @property
    def film(self) -> Film:
        """The run so far, to look at again and to send.

        >>> lab.film.save("run.html")
        """
        return self._dashboard.film

    @property
    def layers(self) -> list[str]:
        """The layers that the picture can show."""
        return self.runner.call(lambda: layers(self.trainer.network, self.trainer.train))

    @property
    def layer(self) -> str:
        """The layer that the picture shows; may be set. What a person does acts on `trainer.layer` all the same."""
        return self.picture.layer

    @layer.setter
    def layer(self, layer: str) -> None:
        self.runner.call(lambda: self._dashboard.look_at(layer))

    @property
    def projection(self) -> str:
        """How latents become a picture: "pca", "umap", "tsne", or an object with `fit` and `transform`; may be set."""
        return named(self.picture.projection)

    @projection.setter
    def projection(self, projection: str | Projection) -> None:
        made = projection_of(projection)
        self.runner.call(lambda: self._dashboard.project(made))

    @property
    def selection(self) -> np.ndarray:
        """The ids of the selected samples; may be set."""
        return self.widget.selection

    @selection.setter
    def selection(self, ids: Any) -> None:
        self.widget.selection = ids

    def __repr__(self) -> str:
        state = "closed" if self.trainer.closed else "running" if self.runner.running else "paused"
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.1%}"
        edits = count(len(self.journal.active), "edit")
        return f"Lab({state} at step {self.trainer.steps}{accuracy}, {edits} in force, {self.meter.total})"

    def _display_(self) -> Widget:
        """What marimo shows."""
        return self.widget

    def _ipython_display_(self, **options: Any) -> None:
        self.widget._ipython_display_(**options)
        if self.trainer.train.classes:
            show(self.curve, "Run this cell to see the learning curve.")
