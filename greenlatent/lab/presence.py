"""Presence: whether a page watches the run, and how long it may go on with nobody there."""

from __future__ import annotations

import os
import time

from ..run.run import Run
from ..widgets.widget import Widget

ALIVE_SECONDS = 30.0  # between two signs of life of a budgeted run that nobody watches
BINDER_SECONDS = 300.0  # that training goes on there with nobody watching: such machines are lent
GONE_SECONDS = 5.0  # after which a Lab whose cell is gone is not just shown anew


class Presence:
    """Asked once a second, on the meter's thread.

    A budgeted run that nobody watches gives a sign of life, or a server that ends idle kernels would end it; on Binder
    it has to pause instead. Without a budget it has to pause when the cell that showed it is gone.
    """

    def __init__(self, run: Run, widget: Widget):
        self.runner, self.widget = run.runner, widget
        self._alive = self._watched = 0.0

    def beat(self) -> str:
        """Why training has to pause now, if it has to."""
        now = time.monotonic()
        if self.widget.abandoned > GONE_SECONDS and not self.runner.running:
            self.runner.rest()
        if self.widget.watched or not self.runner.running:
            self._watched = now
        elif "BINDER_SERVICE_HOST" in os.environ or "BINDER_LAUNCH_HOST" in os.environ:
            if now - self._watched > BINDER_SECONDS:
                return "nobody was watching."
        elif self.runner.budget is None:
            if self.widget.abandoned > GONE_SECONDS:
                return "its cell is gone, and it has no budget."
        elif now - self._alive > ALIVE_SECONDS:
            self._alive = now
            self.widget.show_alive()
        return ""
