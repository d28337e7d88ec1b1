"""Visit: a trained net meets something new, by one name for each kind of news, and what naming some of it is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import greenlatent as gl

from . import nets
from .instruments import drag, pictures, signals
from .meet import RATE, RIVALS, Met, meet
from .rare import rare
from .starts import Start, new_class, new_wearer, turned

# how many crowds, drags, or samples of a rare class, if nobody says how many
NAMED = {"wearer": 14, "turned": 14, "upside down": 14, "class": 4, "instrument": 30, "rare": 3}
DEGREES = {"wearer": 0.0, "turned": 45.0, "upside down": 180.0}
CLASSES = {"class": 4, "rare": 3}  # that there are at least, two of them held back


@dataclass(frozen=True)
class Visit:
    """What a net meets that it was not trained for. `what`: "class" (two classes are new), "rare" (two have a few
    samples each), "instrument" (what `change` makes of half of the data), or with people in the group "subject" and in
    "recording" one of them who comes last: "wearer", "turned" by 45 degrees, "upside down".

    >>> print(study.Visit(gl.datasets.digits(), "class").meet(seed=3))
    """

    data: gl.Samples
    what: str
    named: int | None = None
    """Crowds of the new, drags, or samples of each rare class; each kind has its usual number."""
    net: nets.Net = nets.mlp
    """(shape of a sample, outputs) -> a model whose latent is its module "2" and whose head is its last Linear."""
    change: Callable[[Any], Any] | None = None
    """What the second instrument makes of the first one's data: pictures (n, numbers), or signals (n, 6, t)."""
    rate: float = RATE
    """Of training on."""
    rivals: Sequence[str] = ()
    """Further ways to train on: "contrast", "chosen", "spread", "CORAL"."""

    def __post_init__(self) -> None:
        if self.what not in NAMED:
            raise ValueError(f"what is one of {', '.join(NAMED)}; got {self.what!r}")
        if (self.what == "instrument") != (self.change is not None):
            raise ValueError(
                'change= says what a second instrument makes of data: give it with "instrument" alone'
            )
        unknown = [name for name in self.rivals if name not in RIVALS]
        if unknown:
            raise ValueError(f"rivals are of {', '.join(RIVALS)}; got {unknown[0]!r}")
        if self.what == "class" and {"contrast", "chosen"} & set(self.rivals):
            raise ValueError(
                'a class that was not there is found, not dragged to: rivals are "spread", "CORAL"'
            )
        self._check_data()

    def _check_data(self) -> None:
        data, least = self.data, CLASSES.get(self.what, 2)
        data.check_classes("a visit needs")
        if data.several is not None:
            raise ValueError("a visit needs one class of each sample; this data has several labels a sample")
        if bare := int((data.y < 0).sum()):
            raise ValueError(
                f"a visit is judged by the right class of every sample, and {bare:,} have none: leave them out with"
                " data.take(np.flatnonzero(data.y >= 0))"
            )
        if len(data.classes) < least:
            raise ValueError(f"{self.what!r} needs data of at least {least} classes, got {len(data.classes)}")
        if self.named is not None and not (isinstance(self.named, Integral) and self.named > 0):
            raise ValueError(f"named is how many are named, a whole number from 1 on; got {self.named!r}")
        missing = {"subject", "recording"} - data.groups.keys()
        if self.what in DEGREES and missing:
            raise ValueError(
                f"{self.what!r} is about people: data need the group {min(missing)!r}, as gl.datasets.watch() has"
            )
        if self.what in DEGREES and (data.x.dim() != 3 or data.x.shape[1] < 6):
            raise ValueError(f"{self.what!r} is about signals (n, 6, t), got inputs {tuple(data.x.shape)}")

    def start(self, seed: int) -> Start:
        """The trained net and what it meets, for crowds."""
        if self.what == "class":
            return new_class(self.data, seed, self.net)
        if self.what not in DEGREES:
            raise ValueError(f"{self.what!r} has no crowds to name; meet(seed) does it all")
        return new_wearer(self.data, seed, turned(DEGREES[self.what]))

    def meet(self, seed: int) -> Met:
        """What came of it: accuracies by arm, in per cent."""
        count = NAMED[self.what] if self.named is None else self.named
        if self.what == "rare":
            return Met(*rare(self.data, seed, count, self.net))
        if self.change is not None:
            parts: Any = signals if self.data.x.dim() == 3 else pictures
            return Met(drag(parts(self.data, seed, self.change), seed, drags=count))
        return meet(self.start(seed), count, seed, rate=self.rate, rivals=self.rivals)
