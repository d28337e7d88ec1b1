"""Feed: sends frames and the columns of the shown samples to every open page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..edits.kinds import Edit
from ..picture.columns import columns_of
from ..picture.look import look
from ..picture.picture import Frame, Picture
from ..plots.table import OWN
from ..suggestions.diagnosis import Doctor
from ..training.trainer import Trainer
from ..widgets.widget import Widget
from .solving import Solving
from .views import KINDS, LatentAxes, View

COLUMNS_SECONDS = 0.5  # between two sets of columns while training runs, where points move more often


class Feed:
    """To the dashboard's widget and to the views beside it; all but `preview` on the thread that owns the model."""

    def __init__(self, trainer: Trainer, picture: Picture, widget: Widget):
        self.trainer, self.picture, self.widget = trainer, picture, widget
        self.views: dict[tuple[str, str], View] = {}
        self.axes: LatentAxes | None = None  # beside the dashboard's scatter, once a page draws them
        self.step = -1  # of the last frame
        self._journal = -1  # its version, as the columns tell it
        self.solving: Solving | None = None  # whose guesses are a column, once there are some
        self.doctor: Doctor | None = None  # whose verdicts are a column, once somebody asked
        self._told = 0.0  # when the columns were told
        self._frame: Frame | None = None
        self._dress(self.widget)
        self.widget.set_ids(picture.shown)
        self.widget.set_columns(self._groups())

    @property
    def widgets(self) -> list[Widget]:
        return [self.widget, *(view.widget for view in self.views.values())]

    def wanting(self) -> bool:
        """Whether any page is ready for a frame."""
        return any(widget.wants_frame() for widget in self.widgets)

    def set_status(self, status: Mapping[str, Any]) -> None:
        for widget in self.widgets:
            widget.set_status(status)

    def show(self, exact: bool = True, *, again: bool = False) -> None:
        """Build a frame and send it to whoever asked for one; `again`: of the same latents, where the projection has
        something new."""
        with self.trainer.doing("view"):
            frame = self.picture.again() if again else self.picture.frame(exact=exact)
            begun = time.perf_counter()
            if self.widget.draws_axes:
                if self.axes is None:
                    self.axes = LatentAxes(self.trainer, self.widget, frame, within=True)
                self.axes.show(frame)
            self.widget.publish(frame.points, step=frame.step, exact=frame.exact, trust=frame.trust)
            for view in self.views.values():
                if exact or view.widget.wants_frame():  # unlike the dashboard's, their frames may be large
                    view.show(frame)
            self._frame = frame
            if exact or begun - self._told > COLUMNS_SECONDS or self._journal != self.trainer.journal.version:
                self._columns()
            self.picture.charge(time.perf_counter() - begun)
        self.step = frame.step

    def restate(self, *, again: bool = False) -> None:
        """After an edit: labels and marks as they will be from the next step on, in the picture that is there; `again`
        without one, too."""
        if self._frame is not None and (again or self._journal != self.trainer.journal.version):
            with self.trainer.doing("view"):
                self._columns()

    def add(self, name: str, space: str, connect: Callable[[View], None]) -> None:
        """Another view; it begins with an exact frame, after `connect` has listened to it."""
        with self.trainer.doing("view"):
            frame = self.picture.frame(exact=True)
        view = KINDS[name, space](self.trainer, self.widget, frame)
        self._dress(view.widget)
        connect(view)
        view.columns(self._groups())
        self.views[name, space] = view
        self.show()

    def meant(self, edit: Edit) -> Edit:
        """An edit of the dashboard as an edit of the data: its axes may be some of many."""
        return edit if self.axes is None else self.axes.meant(edit)

    def _dress(self, widget: Widget) -> None:
        train = self.trainer.train
        widget.on_preview(self.preview)
        if train.names is not None:
            widget.on_name(lambda i: train.key(i) if 0 <= i < len(train) else "")

    def preview(self, i: int) -> Any:
        """What a sample looks like; asked for one at a time."""
        return look(self.trainer.train, i)

    def _groups(self) -> dict[str, tuple[str, Any]]:
        """What belongs together, by the names that the page shows."""
        return {
            f"{name} (group)" if name in (*OWN, "loss") else name: ("group", values[self.picture.shown])
            for name, values in self.trainer.train.groups.items()
        }

    def _columns(self) -> None:
        """What is known of the shown samples; of those that training has not seen yet nothing is."""
        assert self._frame is not None
        self._journal, self._told = self.trainer.journal.version, time.perf_counter()
        for widget in self.widgets:  # before a column holds one that was found
            if len(self.trainer.classes) > len(widget.classes):
                widget.classes = self.trainer.classes
        columns = columns_of(self.trainer, self._frame)
        if self.solving is not None and self.solving.guesses is not None:
            known = self.solving.guesses < len(self.trainer.classes)  # a kind without a name has no colour
            columns["solved"] = ("class", np.where(known, self.solving.guesses, -1))
        if self.solving is not None:
            columns["state"] = ("flags", self.solving.mark(columns["state"][1]))
        if self.doctor is not None and (verdicts := self.doctor.verdicts) is not None:
            columns["diagnosis"] = ("text", verdicts[self.picture.shown])
        self.widget.set_columns(columns)
        for view in self.views.values():
            view.columns(columns)
