"""Stopping: a search that has found no more for too many joules, by what a point may cost."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 12  # candidates that have reached the second rung before a search is ended for want of news


@dataclass
class Rise:
    """When the best so far has last risen by a step, in joules: what `Budget(point=)` is kept by."""

    step: float = 0.005
    at: float = 0.0  # joules
    best: float = -1.0

    def see(self, joules: float, accuracy: float) -> None:
        if accuracy >= self.best + self.step:
            self.at, self.best = joules, accuracy

    def over(self, joules: float, point: float, second: int) -> str:
        """Why a search ends whose points may cost so many joules, once so many have reached the second rung; else
        empty."""
        allowed = point * self.step * 100
        if second < LEAST or joules - self.at <= allowed:
            return ""
        return (
            f"{joules - self.at:.3g} J brought less than {self.step * 100:g} points of accuracy, which may cost"
            f" {allowed:.3g} J"
        )
