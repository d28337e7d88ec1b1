"""Commands: buttons and keys of a page, by name; called on any thread, so each only enqueues what is long."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..edits.kinds import Edit, Shift, Weigh
from ..energy.budget import Budget
from ..picture.named import projection_of
from ..run.costs.price import check_price
from ..run.run import Run
from ..suggestions.groups import CLASS
from ..widgets.widget import Tell, Widget
from .dashboard import Dashboard
from .views import KINDS, LatentAxes, View

AT_ONCE, ON_THE_RUN = "at once", "on the run"  # the thread of a command: the page's own, or the run's


class Commands:
    """Takes edits and commands of the dashboard and of further views.

    `table` holds for each word of the protocol its method and the thread that it is done on.
    """

    def __init__(self, run: Run, dashboard: Dashboard):
        self.run, self.dashboard, self.trainer, self.journal = run, dashboard, run.trainer, run.journal
        panels, ask, change = dashboard.panels, dashboard.panels.questions, partial(run.change, by="human")
        self.table: dict[str, tuple[Callable[..., object], str]] = {
            "step": (self._step, AT_ONCE),
            "start": (self._start, AT_ONCE),
            "pause": (partial(run.pause, wait=False), AT_ONCE),
            "undo": (partial(run.undo, by="human"), AT_ONCE),
            "redo": (partial(run.redo, by="human"), AT_ONCE),
            "mute": (partial(change, self.journal.mute), AT_ONCE),
            "unmute": (partial(change, self.journal.unmute), AT_ONCE),
            "prioritise": (partial(self.prioritise, by="human"), AT_ONCE),
            "budget": (self._set_budget, AT_ONCE),
            "select": (panels.select, AT_ONCE),
            "sort": (self._sort, AT_ONCE),
            "cancel": (self._cancel, AT_ONCE),
            "refresh": (dashboard.show, ON_THE_RUN),
            "layer": (dashboard.look_at, ON_THE_RUN),
            "projection": (self._project, ON_THE_RUN),
            "relevance": (self._score, ON_THE_RUN),
            "find": (panels.find, ON_THE_RUN),
            "channels": (panels.tell_channels, ON_THE_RUN),
            "solve": (dashboard.solve, ON_THE_RUN),
            "suggest": (partial(ask.suggest, pick=True), ON_THE_RUN),
            "spread": (ask.spread, ON_THE_RUN),
            "accept": (ask.accept, ON_THE_RUN),
            "reject": (ask.reject, ON_THE_RUN),
            "skip": (ask.skip, ON_THE_RUN),
            "revise": (ask.revise, ON_THE_RUN),
            "review": (ask.review, ON_THE_RUN),
            "level": (self._level, ON_THE_RUN),
            "retract": (self._retract, ON_THE_RUN),
            "allow": (self._allow, ON_THE_RUN),
            "rate": (self._rate, ON_THE_RUN),
            "busy": (ask.set_busy, AT_ONCE),
            "why": (panels.steering.why, ON_THE_RUN),
            "advise": (panels.advising.ask, ON_THE_RUN),
            "rehearse": (panels.advising.rehearse, ON_THE_RUN),
            "apply": (panels.advising.apply, ON_THE_RUN),
            "leave": (panels.advising.leave, ON_THE_RUN),
            "focus": (self._focus, ON_THE_RUN),
            "compare": (panels.compare, ON_THE_RUN),
            "again": (panels.again, ON_THE_RUN),
            "lay": (self._lay, ON_THE_RUN),
            "download": (self._download, ON_THE_RUN),
        }
        dashboard.widget.on_edit(lambda edit, **about: self.edit(dashboard.feed.meant(edit), **about))
        dashboard.widget.on_command(self.command)
        dashboard.widget.on_crowd(self.crowd)
        dashboard.widget.on_axes(lambda: run.runner.post(dashboard.show))

    def connect(self, view: View) -> None:
        """Take the edits and commands of a further view."""
        view.widget.on_edit(lambda edit, **about: self.edit(view.meant(edit), **about))
        view.widget.on_crowd(self.crowd)
        view.widget.on_command(lambda do, **arguments: self.command(do, view=view, **arguments))
        recorder, whole = self.dashboard.recorder, len(view.rows) == len(self.dashboard.picture.shown)
        if recorder is not None and whole and isinstance(view, LatentAxes) and view.kind == "parallel":
            recorder.follow(view.widget)

    def open_view(self, name: str, space: str) -> Widget:
        """A further view, made when it is first asked for."""
        if (name, space) not in KINDS:
            raise ValueError(
                f"there is no view {name!r} of the {space!r} space; there are "
                + ", ".join(f"{n!r} ({s})" for n, s in KINDS)
            )
        feed = self.dashboard.feed
        if (name, space) not in feed.views:
            self.run.runner.call(lambda: feed.add(name, space, self.connect))
            self.dashboard.tell()
        return feed.views[name, space].widget

    def edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int:
        """Write down an edit made by hand; returns its line."""
        shown, acts = self.dashboard.picture.layer, self.trainer.layer
        if isinstance(edit, Shift) and shown != acts:
            raise ValueError(
                f"these are axes of layer {shown}, to look at; shift a class along those of {acts}"
            )
        return self.journal.add(edit, by="human", seconds=seconds, frame=frame)

    def command(self, do: str, view: View | None = None, **arguments: Any) -> None:
        """Do what a button or a key stands for; `view` is the one that it is in, if not the dashboard."""
        if do not in self.table:
            raise ValueError(
                f"the Lab does not know the command {do!r}; it knows {', '.join(sorted(self.table))}"
            )
        method, thread = self.table[do]
        if do == "relevance":
            arguments["view"] = view or self.dashboard.feed.axes
        work, widget = partial(method, **arguments), self.dashboard.widget if view is None else view.widget
        if thread == ON_THE_RUN:
            self.run.runner.post(lambda: self._do(work, widget))
        else:
            self._do(work, None)

    def crowd(self, ids: np.ndarray, k: int, tell: Tell) -> None:
        """Which of the shown samples lie together with these, told from the run's thread."""
        crowds, shown = self.dashboard.panels.questions.unnamed.crowds, self.dashboard.picture.shown

        def look() -> None:
            try:
                tell(crowds.around(ids, k, shown))
            except (ValueError, TypeError, RuntimeError) as error:
                tell([], str(error))

        try:
            self.run.runner.post(look)
        except RuntimeError as error:  # it was closed
            tell([], str(error))

    def prioritise(self, name: str, value: Any, weight: float, *, by: str) -> int:
        """Weigh every sample of a group; returns the line."""
        train, value = self.trainer.train, str(value)
        if name == CLASS and name not in train.groups:
            ids = np.flatnonzero(self.trainer.mending.y.numpy() == self.trainer.class_index(value))
        elif name in train.groups:
            ids = np.flatnonzero(np.asarray(train.groups[name]).astype(str) == value)
        else:
            raise ValueError(f"there is no group {name!r}; groups: {', '.join([*train.groups, CLASS])}")
        if not len(ids):
            raise ValueError(f"no sample is in {name} {value!r}")
        # groups are listed anew at every step that is shown
        seen = self.journal.step if by == "human" else None
        return self.journal.add(Weigh(tuple(ids.tolist()), weight), by=by, frame=seen)

    def _do(self, work: Callable[[], object], widget: Widget | None) -> None:
        """What goes wrong is for the page: for `widget`, or, where it is still waited for, for whoever asked."""
        try:
            work()
        except (ValueError, TypeError, RuntimeError) as error:
            if widget is None:
                raise ValueError(str(error)) from error
            widget.show_error(str(error))
            self.dashboard.tell()

    def _step(self, n: int = 1) -> None:
        self.run.runner.error = None  # the page has told of it; whoever presses Step wants to go on
        self.run.start(int(n))

    def _start(
        self, steps: int | None = None, pace: float | str | None = None, until: str | None = None
    ) -> None:
        """A pace of "epoch" makes an epoch last a second, if it would not last longer: somebody wants to see it."""
        self.run.runner.error = None
        if isinstance(pace, str):
            if pace != "epoch":
                raise ValueError(f'pace is steps a second, None or "epoch", got {pace!r}')
            pace = math.ceil(len(self.trainer.train) / self.trainer.batch_size)
        self.run.start(steps, pace=pace, until=until)

    def _set_budget(self, joules: float | None = None, point: float | None = None) -> None:
        if joules is None and point is None:
            self.run.budget = None
        elif self.run.budget is None:
            self.run.budget = Budget(joules, point=point)
        else:
            check_price(Budget(joules, point=point), self.trainer)
            self.run.budget.raise_to(joules=joules, point=point)
            self.run.runner.spent = ""
        self.run.runner.post(self.dashboard.tell)

    def _focus(self, name: str, value: str) -> None:
        self.dashboard.panels.steering.focus(name, value)
        self.dashboard.show()

    def _sort(self, card: int, right: bool) -> None:
        # at once: a long step may pass before it is looked at, and what is selected then is of another question
        marked, ask = self.dashboard.panels.take_marked(card), self.dashboard.panels.questions
        self.run.runner.post(lambda: self._do(lambda: ask.sort(card, marked, right), self.dashboard.widget))

    def _cancel(self) -> None:
        self.run.progress.cancel()
        if self.dashboard.embedding:
            self.run.runner.post(lambda: self._project("pca"))
        self.dashboard.panels.cancel()

    def _project(self, name: str) -> None:
        self.dashboard.project(projection_of(name))

    def _score(self, statistic: str, view: View | None) -> None:
        if view is None:
            raise ValueError("no axes are shown to be scored")
        with self.trainer.doing("relevance"), self.run.progress.doing("Ranking the axes") as going:
            view.score(statistic, going)
        self.dashboard.show()

    def _level(self, level: str) -> None:
        self.dashboard.agent(str(level), None, by="human")

    def _retract(self) -> None:
        """All that the agent did."""
        if self.dashboard.panels.agent is not None:
            self.dashboard.panels.agent.undo(by="human")
            self.dashboard.tell()

    def _allow(self) -> None:
        """What is held for the agent's model may be sent."""
        if self.dashboard.panels.agent is not None:
            self.dashboard.panels.agent.allow()
            self.dashboard.tell()

    def _rate(self, answers: list[str], text: str) -> None:
        self.dashboard.rate(answers, text)

    def _lay(self, name: str, over: bool) -> None:
        self.dashboard.panels.lay(name, bool(over))
        self.dashboard.draw_curve()

    def _download(self) -> None:
        """The session in one file, in as many messages as it needs."""
        with tempfile.TemporaryDirectory() as folder:
            data = self.run.save(Path(folder) / "session.zip").read_bytes()
        self.dashboard.widget.send_file(f"greenlatent-step-{self.trainer.steps}.zip", data)
