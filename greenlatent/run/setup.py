"""Setup: what a Lab is made from, as somebody advises it: each value with its reason, and what becomes of new data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..data.samples import Samples
from ..training.settings import Settings
from ..training.trainer import Trainer

# What a Lab takes beside a Trainer's own.
OF_A_LAB = ("session", "projection", "shown", "budget", "region", "title", "film")
DATA = ("model", "train")


class Setup(Mapping[str, Any]):
    """The arguments of a Lab, by name, with `why` for each that was advised, `by` whom, and for how many `steps` or
    `epochs` it is meant. `options` are those without model and train, for who has these.

    >>> setup = Setup({"batch_size": 256}, why={"batch_size": "a step costs more than its samples"}, by="advice")
    >>> lab = gl.Lab(model, train, latent="encoder", **setup.options)
    >>> print(setup)
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        *,
        why: Mapping[str, str],
        by: str,
        steps: int | None = None,
        epochs: int | None = None,
        inputs: Callable[[Samples], Samples] | None = None,
    ):
        known = {*inspect.signature(Trainer.__init__).parameters, *OF_A_LAB} - {"self"}
        for name in given:
            if name not in known:
                raise TypeError(f"{name!r} is no argument of a Lab; there are {', '.join(sorted(known))}")
        self.steps, self.epochs = steps, epochs
        for name in why:
            if name not in given and getattr(self, name if name in ("steps", "epochs") else "", None) is None:
                raise ValueError(f"there is a reason for {name!r}, but no value: give both or neither")
        self.by, self.why, self._inputs = by, dict(why), inputs
        advised = {name: by for name in self.why} | dict(given.get("advised") or {})
        self._given = {**given, "advised": advised} if advised else dict(given)

    @property
    def options(self) -> dict[str, Any]:
        """All but model and train."""
        return {name: value for name, value in self._given.items() if name not in DATA}

    def inputs(self, samples: Samples) -> Samples:
        """New data as the model of this set-up takes them: cut, projected, or as they are."""
        if not isinstance(samples, Samples):
            raise TypeError(f"inputs takes Samples, as gl.Samples(x, y), got {type(samples).__name__}")
        return samples if self._inputs is None else self._inputs(samples)

    def also(self, other: Setup) -> Setup:
        """What another set-up advises on top of this one; of data, both ways of making inputs one after the other."""
        first, then = self._inputs, other.inputs
        return Setup(
            {**self._given, **other},
            why={**self.why, **other.why},
            by=other.by,
            steps=other.steps or self.steps,
            epochs=other.epochs or self.epochs,
            inputs=then if first is None else lambda samples: then(first(samples)),
        )

    def check(self, train: Samples, valid: Samples | None = None) -> Settings:
        """Raise what a Trainer would of these values, in its words, before anything is made of them."""
        usual = {
            name: parameter.default
            for name, parameter in inspect.signature(Trainer.__init__).parameters.items()
            if name not in ("self", *DATA, "valid")
        }
        told = {"layer": self._given.get("latent", ""), **usual, **self._given}
        wanted = {*inspect.signature(Settings).parameters, "warm"} - {"fixed"}
        return Settings.checked(train, valid, **{name: told[name] for name in told if name in wanted})

    def __getitem__(self, name: str) -> Any:
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __str__(self) -> str:
        values = {**self._given, "steps": self.steps, "epochs": self.epochs}
        lines, said = [], ""
        for name, why in self.why.items():  # one reason for several values is said once
            lines.append(f"{name} = {_short(values[name])}: {'as above' if why == said else why}")
            said = why
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Setup({', '.join(self.why) or 'nothing advised'}, by={self.by!r})"


def _short(value: Any) -> str:
    """A number or text as it is; of anything else its kind."""
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    name = getattr(value, "__name__", f"a {type(value).__name__}")
    return "a function" if name == "<lambda>" else str(name)
