"""Following: whether another step follows the one that is being done, whatever comes: ranks need no word then."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from ..training.settings import Count
from ..training.trainer import Trainer
from .listeners import Subscribers


class Followed:
    """The part of a runner that knows what comes after a step."""

    trainer: Trainer
    _work: deque[Callable[[], None]]
    _subscribers: Subscribers
    _granted: float
    _pace: float | None
    _until: str | None
    _epochs: int | None
    _stopping: bool
    _halted: bool
    _going: Count | None
    _doing: Future | None
    _off: Future | None

    @property
    def _called_off(self) -> bool:
        """Whether nobody waits any more for what is being done."""
        return self._doing is not None and self._doing is self._off

    def _more(self) -> bool:
        """Nothing is to be done in between, and more than this step is granted."""
        if self._work or self._stopping or self._pace is not None or self._subscribers.due:
            return False
        over = self.trainer.epoch_done
        if self._going is not None:
            return not self._halted and not self._called_off and self._going.more(over)
        return self._granted > 1 and not (over and (self._until is not None or self._epochs is not None))
