"""Aims: what is wanted of a candidate, as numbers of which more is better, and which looks are on the front."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real

import numpy as np

from .candidate import Candidate, Rating
from .rungs import undominated

WANTED = ("accuracy", "loss", "joules", "latency", "size")
LIMITED = ("loss", "joules", "latency", "size")


class Aims:
    """What is wanted, in order, and what no candidate may exceed.

    >>> Aims(("accuracy", "latency"), {"size": 1e5}).measured(look)
    """

    def __init__(self, want: Sequence[str] = ("accuracy",), limits: Mapping[str, float] | None = None):
        want = (want,) if isinstance(want, str) else tuple(want)
        names = ", ".join(f'"{name}"' for name in WANTED)
        if not want or len(set(want)) < len(want) or any(name not in WANTED for name in want):
            raise ValueError(f"want={want!r}; give one or several of {names}, each once")
        if want[0] not in ("accuracy", "loss"):
            raise ValueError(f'want={want!r} begins with what it costs; begin with "accuracy" or "loss"')
        for name, limit in (limits or {}).items():
            if name not in LIMITED:
                raise ValueError(f"limits has no {name!r}; it may hold {', '.join(LIMITED)}")
            if not isinstance(limit, Real) or isinstance(limit, bool) or not limit > 0:
                raise ValueError(f"limits[{name!r}]={limit!r}; give a number above 0")
        self.want, self.limits = want, dict(limits or {})

    def measured(self, look: Rating) -> tuple[float, ...]:
        """A look as what is wanted of it, each the more the better; what was not measured is the worst."""
        values = ((1 if name == "accuracy" else -1) * float(getattr(look, name)) for name in self.want)
        return tuple(value if value == value else -np.inf for value in values)

    def broken(self, look: Rating) -> str:
        """Which limit a look breaks, in words; empty where none."""
        for name, limit in self.limits.items():
            if name != "loss" and float(getattr(look, name)) > limit:
                return f"{name} {getattr(look, name):.3g} is over its limit of {limit:g}"
        return ""

    def front(self, candidates: Iterable[Candidate]) -> list[tuple[Candidate, Rating]]:
        """The looks that no other is better than, the best by what is wanted first in front; one of each candidate's
        that are alike."""
        looks = [(c, look) for c in candidates for look in c.looks if not self.broken(look)]
        if not looks:
            return []
        measures = np.array([self.measured(look) for _, look in looks])
        kept = [looks[i] for i in np.flatnonzero(undominated(measures))]
        kept.sort(
            key=lambda found: (*(-value for value in self.measured(found[1])), found[1].loss, found[0].n)
        )
        return kept if len(self.want) > 1 else kept[:1]
