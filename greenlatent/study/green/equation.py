"""Equation: a result costs an example's joules times the data times the trials; and by what powers it really does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

from .findings import Exponent

# What was measured: by what power of it joules grew, over which range, on which nets; see docs/green.md.
MEASURED = {
    "joules of a sample over its FLOPs": (
        ("digits MLP, a step of 0.24 ms", 0.30, "most of a step is dispatch"),
        ("watch CNN, a step of 4.8 ms", 0.63, "a quarter of a step is dispatch"),
        ("MNIST MLP, a step of 0.94 ms", 0.80, "0.98 at its wide end"),
    ),
    "joules over rows, at fixed epochs": (
        ("digits MLP", 0.92, ""),
        ("watch CNN", 0.96, "0.94 to 0.97"),
        ("MNIST MLP", 1.10, "1.06 to 1.15"),
    ),
}


@dataclass(frozen=True)
class RedAI:
    """Joules of a result by the equation of red AI: those of an example, times examples, epochs and trials."""

    joules_per_sample: float
    samples: int
    epochs: float
    trials: int
    measured: tuple[tuple[str, Exponent], ...] = ()

    @property
    def joules(self) -> float:
        return self.joules_per_sample * self.samples * self.epochs * self.trials

    def __str__(self) -> str:
        lines = [
            f"{self.joules_per_sample:.3g} J a sample x {self.samples:,} samples x {self.epochs:g} epochs x"
            f" {self.trials} trials = {self.joules:.3g} J",
            "By the equation, twice of any of the four is twice the joules. Measured were:",
        ]
        for what, rows in MEASURED.items():
            lines += [
                f"  {what}, {net}: power {value:.2f}{f' ({note})' if note else ''}"
                for net, value, note in rows
            ]
        for what, exponent in self.measured:
            near = " - near 1" if exponent.straight and exponent.low <= 1 <= exponent.high else ""
            lines.append(f"  yours, {what}: {exponent}{near}")
        return "\n".join(lines)


def red_ai(
    joules_per_sample: float,
    samples: int,
    epochs: float = 1,
    trials: int = 1,
    measured: Sequence[tuple[str, Exponent]] = (),
) -> RedAI:
    """Cost of a result after Schwartz et al. (2020), with your numbers, beside the exponents that were measured.

    >>> print(red_ai(2e-4, 5_000, epochs=20, trials=30))
    """
    for name, value in (
        ("joules_per_sample", joules_per_sample),
        ("samples", samples),
        ("epochs", epochs),
        ("trials", trials),
    ):
        if not (isinstance(value, Real) and not isinstance(value, bool) and 0 < value < math.inf):
            raise ValueError(f"{name}={value!r}; give a number above 0")
        if name in ("samples", "trials") and value != int(value):
            raise ValueError(f"{name}={value!r}; give a whole number")
    for pair in [measured] if isinstance(measured, Exponent) else measured:
        if not (isinstance(pair, tuple) and len(pair) == 2):
            raise TypeError(
                f'measured holds {pair!r}; give pairs, such as ("rows", found.exponent("SVM", "rows"))'
            )
    return RedAI(float(joules_per_sample), int(samples), float(epochs), int(trials), tuple(measured))
