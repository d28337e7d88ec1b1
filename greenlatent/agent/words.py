"""Words: what the rules make of some samples, told from what training has seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..energy.names import count
from ..suggestions.groups import groups
from ..suggestions.suspects import otherwise
from ..training.trainer import Trainer
from .rules import Look, Plateau

LISTED = 5  # samples that are told of one by one
FITS = 0.98  # of what is trained on is guessed as labelled: the net may be larger than it need be
SWINGS, SWING = 4, 3.0  # looks in a row between which the accuracy went by so many points
LETTERS = 40  # of a name, which may be long


def name(text: str) -> str:
    """A class or a group as it is told: on one line, and not too long."""
    plain = " ".join(str(text).split())
    return plain if len(plain) <= LETTERS else plain[: LETTERS - 1] + "…"


def explained(trainer: Trainer, look: Look, ids: tuple[int, ...]) -> str:
    """Label, guess, belief, how often forgotten, neighbours' labels and group of these samples, and whether data or
    model is probably at fault."""
    seen, given = trainer.seen, trainer.mending.y.numpy()
    guess = seen.predicted.cpu().numpy().astype(np.int64)
    confidence, forgotten = seen.confidence.cpu().numpy(), seen.forgotten.cpu().numpy()
    known = np.flatnonzero((given >= 0) & (guess >= 0) & (trainer.mending.weights > 0))
    beside = otherwise(seen.latents, given, known)
    names = [*map(name, trainer.classes), "no label"]
    sure = set(look.sure.tolist())
    lines = [f"{count(len(ids), 'sample')}, {sum(i in sure for i in ids):,} of them surely another class."]
    for i in ids[:LISTED]:
        if guess[i] < 0:
            lines.append(f"{i}: training has not seen it yet.")
            continue
        label = names[given[i]] if given[i] >= 0 else names[-1]
        parts = [f"{i}: labelled {label}, guessed {names[min(guess[i], len(names) - 1)]}"]
        if np.isfinite(confidence[i]):
            parts.append(f"its label is believed by {confidence[i]:.0%}")
        parts.append(f"forgotten {count(int(forgotten[i]), 'time')}")
        parts.append(f"{beside[i]:.0%} of its neighbours are labelled otherwise")
        lines.append(f"{'; '.join(parts)}. {_fault(guess[i] != given[i], i in sure, beside[i])}")
    if len(ids) > LISTED:
        lines.append(f"And {len(ids) - LISTED:,} more.")
    worst = [group for group in groups(trainer) if set(group.ids) & set(ids)][:1]
    lines += [
        f"Of their groups {name(g.name)} {name(g.value)} has the highest loss, {g.loss:.2g}." for g in worst
    ]
    return "\n".join(lines)


def advice(look: Look, plateau: Plateau) -> list[str]:
    """What might take fewer joules, and has no number: nobody tried it here."""
    found = []
    if plateau.reached and look.agreement >= FITS:
        found.append(
            f"It guesses {look.agreement:.0%} as labelled and gains nothing more: a smaller net may do as well with"
            " fewer joules a step. Nobody has tried that here, so there is no number."
        )
    swings = [abs(b - a) for a, b in pairwise(plateau.values[-SWINGS - 1 :])]
    if len(swings) == SWINGS and min(swings) >= SWING:
        found.append(
            f"Its accuracy went up or down by {min(swings):.1f} points or more at each of the last {SWINGS} looks: a"
            " lower rate may end it sooner. Nobody has tried that here, so there is no number."
        )
    return found


def _fault(differs: bool, sure: bool, beside: float) -> str:
    if sure and beside >= 0.5:
        return "Probably the label is wrong: both the guess and the neighbours say so."
    if not differs:
        return (
            "Nothing speaks against its label." if beside < 0.5 else "It lies among others, but is learned."
        )
    if sure:
        return "The label may be wrong: the guess is sure, its neighbours are not."
    return "Probably the model has not learned it yet: its guess is not sure."
