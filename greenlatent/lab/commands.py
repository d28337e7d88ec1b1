"""Desk: what a page asks for, on whichever thread its message arrives; so it only enqueues."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..edits.kinds import Edit, Shift, Weigh
from ..energy.budget import Budget
from ..picture.named import projection_of
from ..suggestions.groups import CLASS
from ..widgets.widget import Widget
from .dashboard import Display
from .views import View


class Desk:
    """Takes edits and commands of the dashboard and of further views; `start` and `save` are those of the Lab."""

    def __init__(self, display: Display, *, start: Callable[..., None], save: Callable[[Path], Path]):
        self.display, self.runner, self.trainer = display, display.runner, display.trainer
        self.journal, self._start, self._save = display.journal, start, save
        display.widget.on_edit(lambda edit, **about: self.edit(display.pages.meant(edit), **about))
        display.widget.on_command(self.command)
        display.widget.on_axes(lambda: self.runner.post(display.show))

    def connect(self, view: View) -> None:
        """Take what a person does in a further view."""
        view.widget.on_edit(lambda edit, **about: self.edit(view.meant(edit), **about))
        view.widget.on_command(lambda do, **arguments: self.command(do, view=view, **arguments))

    def edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int:
        """Write down what a person did; returns its line."""
        shown, acts = self.display.picture.layer, self.trainer.layer
        if isinstance(edit, Shift) and shown != acts:
            raise ValueError(
                f"these are axes of layer {shown}, to look at; shift a class along those of {acts}"
            )
        line = self.journal.add(edit, by="human", seconds=seconds, frame=frame)
        self.runner.post(self.display.tell)
        return line

    def command(self, do: str, view: View | None = None, **arguments: Any) -> None:
        """What a button or a key stands for; `view` is the one that it is in, if not the dashboard."""
        commands: dict[str, Callable[..., Any]] = {
            "step": lambda n=1: self.runner.start(int(n)),
            "start": self._start,
            "pause": self._pause,
            "undo": lambda: self.change(lambda: self.journal.undo(by="human")),
            "redo": lambda: self.change(lambda: self.journal.redo(by="human")),
            "mute": lambda n: self.change(lambda: self.journal.mute(n, by="human")),
            "unmute": lambda n: self.change(lambda: self.journal.unmute(n, by="human")),
            "refresh": lambda: self.runner.post(self.display.show),
            "budget": self._budget,
            "download": lambda: self._later(self._download),
            "layer": lambda layer: self._later(lambda: self.display.look_at(layer)),
            "projection": lambda name: self._later(lambda: self.display.project(projection_of(name))),
            "prioritise": lambda name, value, weight: self.prioritise(name, value, weight, by="human"),
            **self.display.panels.commands,
        }
        commands["cancel"] = self._cancel
        view = view or self.display.pages.axes
        if view is not None:
            commands["relevance"] = lambda statistic: self._later(
                lambda: self._score(view, statistic), view.widget
            )
        if do not in commands:
            raise ValueError(f"the Lab does not know the command {do!r}; it knows {', '.join(commands)}")
        if do in ("step", "start"):
            self.runner.error = None  # the page has told of it; who presses Run wants to go on
        try:
            commands[do](**arguments)
        except RuntimeError as error:
            raise ValueError(str(error)) from error  # ours were written for a person

    def prioritise(self, name: str, value: Any, weight: float, *, by: str) -> int:
        """Weigh every sample of a group; returns the line."""
        train, value = self.trainer.train, str(value)
        if name == CLASS and name not in train.groups:
            ids = np.flatnonzero(self.trainer.mending.y.numpy() == train.class_index(value))
        elif name in train.groups:
            ids = np.flatnonzero(np.asarray(train.groups[name]).astype(str) == value)
        else:
            raise ValueError(f"there is no group {name!r}; groups: {', '.join([*train.groups, CLASS])}")
        if not len(ids):
            raise ValueError(f"no sample is in {name} {value!r}")
        seen = (
            self.journal.step if by == "human" else None
        )  # groups are listed anew at every step that is shown
        line = self.journal.add(Weigh(tuple(ids.tolist()), weight), by=by, frame=seen)
        self.runner.post(self.display.tell)
        return line

    def change(self, change: Callable[[], Any]) -> None:
        """Change what is in force of the journal."""
        if self.trainer.closed:
            raise RuntimeError("this Lab is closed: its journal stays as it is; make a new Lab to go on")
        change()
        self.runner.post(self.display.tell)

    def _pause(self) -> None:
        self.display.until = None
        self.runner.pause(wait=False)

    def _budget(self, joules: float | None) -> None:
        if joules is None:
            self.runner.allow(None)
        elif self.runner.budget is None:
            self.runner.allow(Budget(joules=joules))
        else:
            self.runner.budget.raise_to(joules=joules)
            self.runner.spent = ""
        self.runner.post(self.display.tell)

    def _cancel(self) -> None:
        self.display.work.cancel()
        if self.display.embedding:
            self._later(lambda: self.display.project(projection_of("pca")))
        self.display.panels.cancel()

    def _download(self) -> None:
        """The session in one file, in as many messages as it needs."""
        with tempfile.TemporaryDirectory() as folder:
            data = self._save(Path(folder) / "session.zip").read_bytes()
        self.display.widget.send_file(f"greenlatent-step-{self.trainer.steps}.zip", data)

    def _score(self, view: View, statistic: str) -> None:
        with self.trainer.doing("relevance"), self.display.work.doing("Ranking the axes") as progress:
            view.score(statistic, progress)
        self.display.show()

    def _later(self, work: Callable[[], None], widget: Widget | None = None) -> None:
        """On the runner's thread; what goes wrong is for the page."""

        def run() -> None:
            try:
                work()
            except (ValueError, TypeError, RuntimeError) as error:
                (widget or self.display.widget).show_error(str(error))
                self.display.tell()

        self.runner.post(run)
