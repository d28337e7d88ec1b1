"""Follow: a rank that does what the first one does: the same steps, the same edits, its own rows."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import torch

from ..edits.events import Event
from ..energy.meter import Meter
from ..model import ownership
from ..model.randomness import OwnRandom
from ..training.checkpoint import Kept
from ..training.evaluate import added_up
from ..training.seen import Seen
from ..training.trainer import Trainer
from . import nodes
from .nodes import Teller, claimed
from .together import LATENTS, LISTENING, STEPPING, Together, buffers_of
from .wire import Gone, Ties

log = logging.getLogger(__name__)
T = TypeVar("T")
EXACT_ONLY = (
    "threads",
    "device",
    "ranks",
    "backend",
    "stage",
    "loop",
    "weights",
)  # need not be alike, or are told apart


class Unwanted(RuntimeError):
    """The first rank does not train with this one; the text says why."""


class Follower(Together):
    """Every rank but the first."""

    def share(self, seen: T) -> T:
        """Between two steps of all ranks, as where edits refer to is looked at anew."""
        assert isinstance(seen, Seen)
        if self.phase == STEPPING:
            self.exchange(seen, buffers_of(self.model))
        return seen


def follow(
    store: Any,
    rank: int,
    turn: int,
    token: str,
    make: Callable[[], dict[str, Any]],
    *,
    size: int,
    host: str,
    timeout: float,
) -> None:
    """Train along until the first rank says that it is over, or is gone."""
    company = Follower(rank, size)
    trainer, teller = None, None
    meter = Meter() if claimed(store, turn, rank) else None
    try:
        options = make()
        if torch.cuda.is_available() and "cuda" in str(options.get("device", "cuda")):
            options["device"] = f"cuda:{rank % torch.cuda.device_count()}"
        trainer = Trainer(**{**options, "journal": None, "meter": meter, "ranks": company})
        company.model = trainer.model
        nccl = greeted(store, turn, trainer, rank, token, timeout)
        company.wire = Ties(store, rank, size, turn, seconds=None, host=host, nccl=nccl)
        if meter is not None:
            meter.start()
            teller = Teller(store, turn, meter)
        serve(company, trainer)
    except BaseException as error:
        if not isinstance(
            error, Unwanted | Gone
        ):  # who is gone says nothing, and those who miss it are not to blame
            _say(store, f"{turn}/error/{rank}", f"{type(error).__name__}: {error}")
        raise
    finally:
        if teller is not None:
            teller.close()
        _say(store, f"{turn}/left/{rank}", "")
        if hasattr(company, "wire"):
            company.wire.close()
        if trainer is not None:
            trainer.close()


def seat(store: Any, rank: int, address: str, timeout: float) -> tuple[int, int]:
    """Be this rank of those that meet there, if nobody is: how many there are, and how often they have met."""
    store.wait(["size", "turn"], timedelta(seconds=timeout))
    size, turn = int(store.get("size")), int(store.get("turn"))
    if not 1 <= rank < size:
        raise ValueError(
            f"there are {size} ranks at {address}: this one is a number from 1 to {size - 1}, got {rank}"
        )
    mine = f"{os.getpid()}-{time.time_ns()}"
    if store.compare_set(f"{turn}/claim/{rank}", "", mine).decode() != mine:
        raise Unwanted(f"rank {rank} is there already at {address}; take another number")
    return size, turn


def greeted(
    store: Any, turn: int, trainer: Trainer, rank: int, token: str, timeout: float, *, own: bool = False
) -> bool:
    """Say who this is, and be let in; whether the tensors go by NCCL. `own` loops are run here."""
    hello = introduction(trainer, rank, token) | {"own": own}
    store.set(f"{turn}/hello/{rank}", json.dumps(hello))
    answer = f"{turn}/welcome/{rank}"
    store.wait([answer], timedelta(seconds=timeout))
    welcome = json.loads(store.get(answer))
    if "refused" in welcome:
        raise Unwanted(welcome["refused"])
    return bool(welcome["nccl"])


def introduction(trainer: Trainer, rank: int, token: str) -> dict[str, Any]:
    """What a rank says of itself when it comes, by which the first one knows whether both train the same."""
    card = ""
    if trainer.device.type == "cuda":
        card = str(getattr(torch.cuda.get_device_properties(trainer.device), "uuid", trainer.device))
    return {
        "token": token,
        "rank": rank,
        "node": nodes.node(),
        "pid": os.getpid(),
        "card": card,
        "header": {name: value for name, value in trainer.header().items() if name not in EXACT_ONLY},
        "weights": ownership.hashed(trainer.initial),
    }


def serve(company: Follower, trainer: Trainer) -> str:
    """Do what the first rank says, until it is over or a step of somebody's own loop begins: which of both."""
    wire = company.wire
    trainer.mark("waiting")
    while (order := wire.hear())["do"] != "end":
        for line in order.get("lines", ()):
            trainer.journal.repeat(Event.from_json(line))
        if order["do"] == "state":
            tensors = wire.handed_out(order["size"])
            _take_state(company, trainer, Kept(tensors, order["plain"]))
        elif order["do"] == "step":
            company.phase = STEPPING
            trainer.advance()
            while company.phase != LISTENING:
                company.phase = STEPPING
                trainer.advance()
            trainer.mark("waiting")
        elif order["do"] == "around":
            return "around"
        elif order["do"] == "share":
            company.exchange(trainer.stepper.seen, buffers_of(company.model))
        elif order["do"] == "look":
            _look(company, trainer, order)
    return "end"


def _take_state(company: Follower, trainer: Trainer, kept: Kept) -> None:
    stepper = trainer.stepper
    trainer.edits.start(stepper.sampler, stepper.seen)
    trainer.restore(kept, resumes=False)
    company.shared = trainer.steps - 1
    # dropout draws by the run's seed and the rank; from another step on, other numbers than from the first
    parts = [trainer.seed, company.rank, *([trainer.steps] if trainer.steps else [])]
    seed = int(np.random.SeedSequence(parts).generate_state(1)[0])
    trainer.network.random.load(OwnRandom(seed, trainer.device).state())


def _look(company: Follower, trainer: Trainer, order: dict[str, Any]) -> None:
    what = order["what"]
    ids = torch.arange(order["n"]) if "n" in order else torch.tensor(order["ids"], dtype=torch.int64)
    if what == LATENTS:
        like = torch.zeros(trainer.dims, device=trainer.device)
        company.look_in_shares(what, ids, trainer.exact, like)
        return
    part = trainer.train if what == "train" else trainer.valid
    assert part is not None

    def alone(ids: torch.Tensor) -> torch.Tensor:
        return added_up(trainer.network, part, ids, None, trainer.stepper.of_inputs)

    company.look_in_shares(what, ids, alone, torch.zeros(3, dtype=torch.float64))


def _say(store: Any, key: str, words: str) -> None:
    """To the first rank, if it is there to read it."""
    try:
        store.set(key, words)
    except RuntimeError:
        log.info("the first rank is gone")
