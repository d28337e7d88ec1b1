"""Parting: a model as two, to be run in two places; and what each cut would send."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from ...model.narrow import plain
from ...model.ownership import in_use

PASSES = 3  # by which seconds are told


def partition(model: nn.Module, layer: str) -> tuple[nn.Module, nn.Module]:
    """Two modules of this one's weights: up to a layer, and from there on. `back(front(x))` is `model(x)`, wherever the
    two are; what is sent is what the layer gives.

    >>> front, back = gl.tactics.partition(model, "encoder")
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"partition takes a torch module, got {type(model).__name__}")
    if in_use(model):
        raise RuntimeError("a trainer has this model: close() it first, as a copy of the model is cut")
    copied = copy.deepcopy(model)
    places = cuts_of(copied)
    at = [place for place in places if place.name == layer or place.name.startswith(f"{layer}.")]
    if not layer or not at:
        there = ", ".join(place.name for place in places) or "none, but the first and the last layer"
        raise ValueError(f"this model cannot be cut at {layer!r}: there is {there}")
    return at[-1].apart()


@dataclass(frozen=True)
class Place:
    """A layer after which nothing but its output is needed, and what makes two modules of the model there."""

    name: str
    apart: Callable[[], tuple[nn.Module, nn.Module]]


def cuts_of(model: nn.Module) -> list[Place]:
    """Where a model may be cut, in order; its weights are shared by the parts."""
    if plain(model):
        leaves = [(name, each) for name, each in model.named_modules() if type(each) is not nn.Sequential]

        def apart(k: int) -> tuple[nn.Module, nn.Module]:
            return tuple(nn.Sequential(*(each for _, each in part)) for part in (leaves[:k], leaves[k:]))  # type: ignore[return-value]

        return [Place(name, lambda k=k: apart(k)) for k, (name, _) in enumerate(leaves[:-1], 1)]  # type: ignore[misc]
    try:
        graph = fx.symbolic_trace(model).graph
    except Exception as error:
        raise ValueError(
            f"partition cannot follow this model ({type(error).__name__}: {error}); cut it by hand where one tensor"
            " passes"
        ) from error
    nodes = list(graph.nodes)
    found = []
    for k, node in enumerate(nodes):
        after = nodes[k + 1 :]
        own = {node, *after}
        needed = {each for late in after for each in late.all_input_nodes}
        alone = all(each in own or each.op == "get_attr" for each in needed)
        if (
            node.op == "call_module"
            and alone
            and any(each.op not in ("output", "get_attr") for each in after)
        ):
            found.append(
                Place(str(node.target), lambda k=k: _parts(model, nodes, k))  # type: ignore[misc]
            )
    return found


def _parts(model: nn.Module, nodes: list[fx.Node], k: int) -> tuple[nn.Module, nn.Module]:
    """The traced model up to its k-th node, and from there on."""
    before, after = nodes[: k + 1], nodes[k + 1 :]
    here, there = ({each for node in part for each in node.all_input_nodes} for part in (before, after))
    front, known = fx.Graph(), dict[fx.Node, fx.Node]()
    for node in before:
        if node.op != "get_attr" or node in here:
            known[node] = front.node_copy(node, known.__getitem__)
    front.output(known[nodes[k]])
    back = fx.Graph()
    taken_up = {nodes[k]: back.placeholder("z")}
    for node in nodes:
        if node in after or (node.op == "get_attr" and node in there):
            taken_up[node] = back.node_copy(node, taken_up.__getitem__)
    parts = fx.GraphModule(model, front), fx.GraphModule(model, back)
    for part in parts:
        part.train(model.training)
    return parts


@dataclass(frozen=True)
class Cut:
    """One place to cut at: bytes of an answer that are sent, and which share of the seconds is before it."""

    layer: str
    bytes: int
    before: float


class Cuts(tuple[Cut, ...]):
    """All of them in order; the first, "", sends the input itself."""

    @property
    def cheapest(self) -> Cut:
        """What sends the fewest bytes; of equals the first, which leaves most to the other side."""
        return min(self, key=lambda cut: (cut.bytes, cut.before))

    def __str__(self) -> str:
        lines = ["cut after        bytes of an answer   computed before"]
        for cut in self:
            mark = "  <- fewest bytes" if cut is self.cheapest else ""
            lines.append(f"{cut.layer or 'the input':16} {cut.bytes:>18,} {cut.before:>17.0%}{mark}")
        return "\n".join(lines)


def cuts(model: nn.Module, x: torch.Tensor) -> Cuts:
    """What each cut would send of a batch of inputs, and how much is computed before it; of a model nobody trains."""
    places = cuts_of(model)
    modules = dict(model.named_modules())
    sent: dict[str, int] = {}
    until = {place.name: math.inf for place in places}
    begun = [0.0]
    hooks = []
    for place in places:

        def told(module: nn.Module, given: Any, output: Any, name: str = place.name) -> None:
            if isinstance(output, torch.Tensor) and output.ndim and len(output) == len(x):
                sent[name] = output.numel() // len(x) * output.element_size()
                until[name] = min(until[name], time.thread_time() - begun[0])

        hooks.append(modules[place.name].register_forward_hook(told))
    whole = math.inf
    try:
        model.eval()
        with torch.no_grad():
            for _ in range(PASSES):
                begun[0] = time.thread_time()
                model(x)
                whole = min(whole, time.thread_time() - begun[0])
    finally:
        for hook in hooks:
            hook.remove()
    own = Cut("", x.numel() // len(x) * x.element_size(), 0.0)
    found = [Cut(n, sent[n], min(1.0, until[n] / max(whole, 1e-12))) for n in sent]
    return Cuts((own, *found))
