"""Guest: a rank whose process runs the same loop of somebody's own as the first rank's does."""

from __future__ import annotations

import logging
import os
import weakref
from contextlib import suppress
from typing import Any

from ..energy.meter import Meter
from ..training.trainer import Trainer
from .follow import Follower, greeted, seat, serve
from .nodes import Teller, claimed
from .ranks import Ranks
from .together import STEPPING
from .wire import Ties, store_at

log = logging.getLogger(__name__)


class Guest(Follower):
    """Comes to the address of `Ranks(..., rank=k)`, and does whatever the first rank wants whenever its loop comes to
    the next step."""

    def __init__(self, ranks: Ranks):
        super().__init__(ranks.rank, ranks.size)
        self.who = ranks
        self._teller: Teller | None = None
        self._store: Any = None
        self._turn = 0

    def meet(self, trainer: Trainer) -> None:
        """Say what is trained here, and be let in."""
        who = self.who
        self._trainer, self.model = weakref.ref(trainer), trainer.model
        store: Any = store_at(who.host, who.port, first=False, timeout=who.timeout)
        _, self._turn = seat(store, self.rank, who.address, who.timeout)
        meter = Meter() if claimed(store, self._turn, self.rank) else None
        nccl = greeted(store, self._turn, trainer, self.rank, who.token, who.timeout, own=True)
        self.wire = Ties(store, self.rank, self.size, self._turn, seconds=None, host=who.host, nccl=nccl)
        self._store = store
        if meter is not None:
            meter.start()
            self._teller = Teller(store, self._turn, meter)

    def outside(self) -> None:
        """Wait for the first rank to begin the same step; do until then what it asks for."""
        if self._store is None:
            raise RuntimeError(f"rank {self.rank} has left; make a new trainer in every process")
        trainer = self._trainer()
        assert trainer is not None
        if serve(self, trainer) == "end":
            self.close()
            raise RuntimeError(
                f"the first rank has closed its trainer; rank {self.rank} has nothing left to do"
            )
        self.phase = STEPPING

    def drop(self) -> None:
        """A step failed here: the others hear of it at once, and this process is none of them any more."""
        self.close()

    def close(self) -> None:
        """Leave; may be called twice."""
        store, self._store = self._store, None
        if store is None:
            return
        if self._teller is not None:
            self._teller.close()
        with suppress(RuntimeError):  # the first rank is gone, and nobody reads it
            store.set(f"{self._turn}/left/{self.rank}", str(os.getpid()))
        self.wire.close()
