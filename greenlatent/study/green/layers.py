"""Layers: joules by module, of a model's own training step, or of layers of stated shapes by themselves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

import greenlatent as gl
from greenlatent.energy import Joules

STEPS = 30
WARM = 3  # steps before: the first are no measure
MOST = 28  # modules that are told apart; more are told by their kind
# layer -> how it is made, and the shape of its input; at equal inputs of 28 x 28, as in the published comparison
SHAPES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "conv 16 -> 16, 3 x 3": (lambda: nn.Conv2d(16, 16, 3, padding=1), (64, 16, 28, 28)),
    "linear 784 -> 784": (lambda: nn.Linear(784, 784), (64, 784)),
    "ReLU 16 x 28 x 28": (nn.ReLU, (64, 16, 28, 28)),
    "max pool 2 x 2": (lambda: nn.MaxPool2d(2), (64, 16, 28, 28)),
    "batch norm 16": (lambda: nn.BatchNorm2d(16), (64, 16, 28, 28)),
}


@dataclass(frozen=True)
class Layer:
    """One line: joules a step of a module, its parameters, and the shape of what it was given, "" for none."""

    name: str
    forward: Joules
    backward: Joules
    parameters: int = 0
    shape: str = ""

    @property
    def joules(self) -> Joules:
        """Both ways."""
        return self.forward + self.backward if self.backward.known else self.forward


@dataclass(frozen=True)
class LayerTable:
    """Joules a step by module, and the whole that they add up to."""

    rows: tuple[Layer, ...]
    whole: Joules
    alone: bool = False  # each layer by itself: then there is no whole

    @property
    def named(self) -> float:
        """Share of the whole that has a module's or the optimizer's name."""
        known = [row.joules.value for row in self.rows if row.name not in REST and row.joules.known]
        return sum(known) / self.whole.value

    def __str__(self) -> str:
        lines = []
        for row in sorted(self.rows, key=lambda row: -row.joules.value if row.joules.known else 0.0):
            share = (
                "" if self.alone or not row.joules.known else f" {row.joules.value / self.whole.value:6.1%}"
            )
            about = f"  {row.parameters:,} parameters, {row.shape}" if row.shape else ""
            lines.append(f"{row.name:28}{share}  {row.joules}{about}")
        return "\n".join(lines if self.alone else [*lines, f"{'whole':28} 100.0%  {self.whole}"])


REST = ("loss and rest", "beside")


def layers(
    model: nn.Module | None = None,
    x: torch.Tensor | None = None,
    *,
    steps: int = STEPS,
    seconds: float = 1.0,
    meter: gl.Meter | None = None,
) -> LayerTable:
    """Joules a training step of `model` on a batch `x`, by module, forward and backward, with the optimizer (Adam) and
    the rest; on a copy, so that the model is as it was. Without a model: layers of stated shapes by themselves, in
    windows of so many `seconds`, three each, in turns.

    >>> print(gl.study.layers(model, x))
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps counts from 1, got {steps!r}")
    own = meter or gl.Meter()
    running = own.running
    own.start()
    try:
        if model is None:
            return _alone(own, seconds)
        if not isinstance(model, nn.Module) or not isinstance(x, torch.Tensor) or len(x) < 2:
            raise TypeError(
                "layers takes a torch module and a batch of its inputs: gl.study.layers(model, x)"
            )
        return _of(copy.deepcopy(model).train(), x, steps, own)
    finally:
        if not running:
            own.stop()


def _of(model: nn.Module, x: torch.Tensor, steps: int, meter: gl.Meter) -> LayerTable:
    leaves = {name: module for name, module in model.named_modules() if name and not [*module.children()]}
    names = {m: name if len(leaves) <= MOST else type(m).__name__ for name, m in leaves.items()} or {
        model: "model"
    }
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad])
    shapes: dict[str, str] = {}
    with torch.random.fork_rng(devices=[]), _marked(names, shapes, meter):
        for step in range(WARM + steps):
            if step == WARM:
                since = meter.stamp()
            meter.mark("loss and rest")
            optimizer.zero_grad()
            output = model(x)
            loss = (
                F.cross_entropy(output, output.detach().argmax(1))
                if output.ndim == 2
                else output.square().mean()
            )
            loss.backward()
            meter.mark("optimizer")
            optimizer.step()
        meter.mark(None)
        until = meter.stamp()
    lines, each = meter.ledger(since, until), 1 / steps
    rows, missing = [], Joules.missing()
    for name in dict.fromkeys(names.values()):
        count = sum(p.numel() for m, called in names.items() if called == name for p in m.parameters())
        forward, backward = (lines.pop(f"{way} {name}", missing) for way in ("forward", "backward"))
        if forward.known:
            rows.append(Layer(name, forward * each, backward * each, count, shapes.get(name, "")))
    for name in ("optimizer", "loss and rest"):
        rows.append(Layer(name, lines.pop(name, missing) * each, missing))
    rows += [
        Layer("beside", joules * each, missing) for joules in lines.values() if joules.known and joules.value
    ]
    return LayerTable(tuple(rows), meter.spent(since, until) * each)


@contextmanager
def _marked(names: dict[nn.Module, str], shapes: dict[str, str], meter: gl.Meter) -> Iterator[None]:
    """Each module tells the meter when its forward pass begins and ends, and when the gradient of its output is there:
    from then until the next such gradient it is that module's way back."""

    def before(module: nn.Module, given: tuple) -> None:
        shapes.setdefault(names[module], " x ".join(map(str, given[0].shape)) if given else "")
        meter.mark(f"forward {names[module]}")

    def after(module: nn.Module, given: tuple, output: object) -> None:
        if isinstance(output, torch.Tensor) and output.requires_grad:
            output.register_hook(lambda gradient: meter.mark(f"backward {names[module]}"))
        meter.mark("loss and rest")

    handles = [m.register_forward_pre_hook(before) for m in names]
    handles += [m.register_forward_hook(after) for m in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _alone(meter: gl.Meter, seconds: float) -> LayerTable:
    if not seconds > 0:
        raise ValueError(f"seconds is how long a window is, above 0, got {seconds!r}")
    with torch.random.fork_rng(devices=[]):
        made = {name: (make().train(), torch.rand(shape)) for name, (make, shape) in SHAPES.items()}
    since = meter.stamp()
    for _ in range(3):
        for name, (layer, x) in made.items():
            begun = meter.seconds
            while meter.seconds - begun < seconds:
                with meter.doing(name):
                    x.requires_grad_()
                    layer(x).sum().backward()
                    x.grad = None
    rows, lines = [], meter.ledger(since)
    for name, (layer, x) in made.items():
        count = sum(p.numel() for p in layer.parameters())
        each = lines[name] * (1 / meter.units(name, since))
        rows.append(Layer(name, each, Joules.missing(), count, " x ".join(map(str, x.shape))))
    return LayerTable(tuple(rows), Joules.missing(), alone=True)
