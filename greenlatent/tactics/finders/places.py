"""Places: rows that stay where they are, a model in two places, and which of these takes least."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

import greenlatent as gl

from ...energy.joules import Joules
from ...energy.names import plain as written
from ...model.narrow import plain
from ...model.ownership import taken
from ...run.run import Run
from ..offer import BESIDE, Asked, Offer
from ..places.federated import federated, one_line
from ..places.parting import Cuts, cuts, partition

# Names of groups that are places, each with rows of its own.
PLACES = {
    "place",
    "site",
    "hospital",
    "clinic",
    "client",
    "house",
    "home",
    "farm",
    "school",
    "station",
    "device",
}
SERVER, LINE = "NVIDIA L4", "network, fixed line to a home"  # of the tables of a plan
THOUSAND = 1000  # answers
ELSEWHERE = "it is for answers on more than one machine; .apply() has it all the same"


def separate(asked: Asked) -> Offer | str:
    """Places that send weights in place of rows, where a group is named as one."""
    trainer = asked.run.trainer
    if not trainer.train.groups:
        return "no group of the samples tells at which place each row lies"
    by = next((name for name in trainer.train.groups if name.lower() in PLACES), None)
    known = ", ".join(map(one_line, trainer.train.groups))
    what = "training at each place, by rounds that send weights"
    if by is None or len(set(trainer.train.groups[by].tolist())) < 2:
        why = f"no group is named as a place; of {known} you may say which one is: .apply(by=...)"
        return Offer("T21", what, why, figures=_simulated(by), left=why)
    count = len(set(trainer.train.groups[by].tolist()))
    sent = 2 * count * sum(value.numel() * value.element_size() for value in trainer.initial.values())
    why = (
        f"{by} names {count} places: a round would send {written(sent / 1e3)} kB of weights, and no row would leave"
        " its place; it takes more joules than one place does, and .apply(rounds=5, epochs=1) simulates it here"
    )
    return Offer("T21", what, why, figures=_simulated(by), left=why)


def _simulated(usual: str | None) -> Any:
    def figures(run: Run, by: str | None = usual, rounds: int = 5, epochs: int = 1) -> Any:
        if by is None:
            groups = ", ".join(map(one_line, run.trainer.train.groups))
            raise ValueError(f"by names the group of places, .apply(by=...): {groups}")
        return federated(run, by, rounds=rounds, epochs=epochs)

    return figures


def halves(asked: Asked) -> Offer | str:
    """The model cut where the fewest bytes pass, for answers in two places."""
    if said := _cannot(asked):
        return said

    def made(run: Run, layer: str | None = None) -> tuple[nn.Module, nn.Module]:
        model = _copy(run)
        at = _cuts(run).cheapest.layer if layer is None else layer
        if not at:
            raise ValueError(
                "the input itself takes the fewest bytes: name a layer, .apply(layer=...), or send it"
            )
        return partition(model, at)

    why = "which cut sends the fewest bytes is counted on request; nothing is saved where one machine answers"
    if asked.answers:
        found = _cuts(asked.run)
        best = found.cheapest
        why = (
            f"after {best.layer or 'the input'} an answer sends {best.bytes:,} bytes, the input itself"
            f" {found[0].bytes:,}; {best.before:.0%} of the seconds are before"
        )
    return Offer(
        "T22", "front and back of the model, in two places", why, made=made, known=BESIDE, left=ELSEWHERE
    )


def tiers(asked: Asked) -> Offer | str:
    """Answers here, on a server, and cut between them, with what is sent: from the tables of a plan."""
    if said := _cannot(asked):
        return said
    why = "joules of answers here, cut in two, and on a server, with the line between, from the tables of a plan"
    return Offer("T23", "answers near by or far away", why, figures=_tiers, left=ELSEWHERE)


@dataclass(frozen=True)
class Tier:
    """One way to answer: joules here, on the server, and of the line, of so many answers."""

    what: str
    here: Joules
    there: Joules
    line: Joules

    @property
    def joules(self) -> Joules:
        return self.here + self.there + self.line


class Tiers(tuple[Tier, ...]):
    """All of them; estimates, with intervals that hold a factor of several."""

    def __str__(self) -> str:
        rows = [f"{each.what}: {each.joules}" for each in self]
        return "\n".join([f"of {THOUSAND:,} answers", *rows, f"least: {self.least.what}"])

    @property
    def least(self) -> Tier:
        return min(self, key=lambda each: each.joules.value)


def _tiers(run: Run, device: str = SERVER, network: str = LINE, layer: str | None = None) -> Tiers:
    model, found, x = _copy(run), _cuts(run), _batch(run)[:1]
    cut = found.cheapest if layer is None else next((each for each in found if each.layer == layer), None)
    if cut is None:
        layers = ", ".join(each.layer for each in found if each.layer) or "none"
        raise ValueError(f"this model cannot be cut at {layer!r}: there is {layers}")
    nothing = Joules(0.0, 0.0, 0.0, {"estimate": 1.0})
    with tempfile.TemporaryDirectory() as home:
        plan = gl.Plan("tiers", home=home)

        def answers(part: nn.Module, example: torch.Tensor, where: str) -> Joules:
            told = {
                "rows": len(run.trainer.train),
                "features": int(example[0].numel()),
                "classes": 2,
                "epochs": 1,
            }
            asked = {**told, "answers": THOUSAND, "device": where, "example": example}
            return plan.estimate(part, **asked).stages["answer"]

        def line(bytes: int) -> Joules:
            told = {"rows": 10, "features": 4, "classes": 2, "epochs": 1}
            moved = {"moved": bytes * THOUSAND / 1e9, "network": network}
            return plan.estimate("mlp", **told, **moved).stages["move"]

        tiers = [Tier("all here", answers(model, x, "here"), nothing, nothing)]
        if cut.layer:
            front, back = partition(model, cut.layer)
            with torch.no_grad():
                z = front(x)
            here, there = answers(front, x, "here"), answers(back, z, device)
            tiers.append(Tier(f"cut after {cut.layer}", here, there, line(cut.bytes)))
        tiers.append(Tier(f"all on {device}", nothing, answers(model, x, device), line(found[0].bytes)))
    return Tiers(tiers)


def _cannot(asked: Asked) -> str:
    trainer = asked.run.trainer
    if trainer.settings.call is not None:
        return "the model is called by a function of yours (call=)"
    if not plain(trainer.model) and taken() > 1:
        return "finding its layers would disturb another Lab that is open here: close that one, and ask again"
    return ""


def _copy(run: Run) -> nn.Module:
    return run.trainer.network.copied(run.trainer.model.state_dict()).cpu().eval()


def _batch(run: Run) -> torch.Tensor:
    trainer = run.trainer
    return trainer.train.view(torch.arange(min(trainer.batch_size, len(trainer.train))))


def _cuts(run: Run) -> Cuts:
    return cuts(_copy(run), _batch(run))
