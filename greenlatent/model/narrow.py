"""Narrow: the same chain of layers with fewer units in each, or with fewer inputs."""

from __future__ import annotations

import copy
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional as F

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
# What leaves each unit where it is, whatever it does to its numbers.
_KEEPING = (
    *(
        nn.ReLU,
        nn.LeakyReLU,
        nn.GELU,
        nn.ELU,
        nn.SiLU,
        nn.Tanh,
        nn.Sigmoid,
        nn.Hardtanh,
        nn.ReLU6,
        nn.Softplus,
    ),
    *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Identity, nn.Flatten),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d),
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d),
)
_FUNCTIONS = {
    *(F.relu, F.leaky_relu, F.gelu, F.elu, F.silu, F.tanh, F.sigmoid, F.dropout, F.max_pool1d, F.max_pool2d),
    *(F.avg_pool1d, F.avg_pool2d, F.adaptive_avg_pool1d, F.adaptive_avg_pool2d),
    *(torch.relu, torch.tanh, torch.sigmoid, torch.flatten),
}
_METHODS = {"relu", "tanh", "sigmoid", "flatten", "view", "reshape", "contiguous"}
_SIZES = {"size", "dim"}  # methods whose results are no activations


@dataclass
class _Layer:
    """A layer with weights in a chain, and the norms between it and the next."""

    name: str
    module: Any
    norms: list[str]

    @property
    def width(self) -> int:
        return self.module.weight.shape[0]

    @property
    def reads(self) -> int:
        return self.module.weight.shape[1]


class _Chain(list[_Layer]):
    """Layers, one after the other; `heads` are the norms of the inputs, before the first."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[str] = []


def narrow(
    model: nn.Module,
    share: float,
    *,
    trained: bool = False,
    layers: Sequence[str] | None = None,
    seed: int = 0,
) -> nn.Module:
    """A copy of a chain of layers with this share of the units in each but the last, or in each of `layers`.

    Its weights are begun anew, or with `trained` those of the units with the largest |weights in| x |weights out|.
    A chain is Linear, Conv1d or Conv2d with batch norm, activations, dropout, pooling and Flatten between, each used
    once, one after the other; what stops it is named.

    >>> smaller = narrow(model, 0.5)
    """
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise ValueError(f"narrow takes a share of the units above 0 and below 1, got {share!r}")
    chain = _chain(model)
    names = [layer.name for layer in chain[:-1]]
    if layers is not None and (not layers or set(layers) - set(names)):
        raise ValueError(
            f"layers names some of {', '.join(names)}, got {list(layers)}; the last one gives the answers"
        )
    chosen = set(names if layers is None else layers)
    narrowed = copy.deepcopy(model)
    modules = dict(narrowed.named_modules())
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        before: torch.Tensor | None = None  # which inputs of the next layer stay
        for k, layer in enumerate(chain):
            units = torch.arange(layer.width)
            if layer.name in chosen:
                units = _units(layer, chain[k + 1], max(1, round(share * layer.width)), trained)
            _replace(narrowed, modules, layer.name, _sliced(layer.module, units, before, trained))
            for name in layer.norms:
                _replace(narrowed, modules, name, _sliced_norm(modules[name], units, trained))
            if k + 1 < len(chain):
                places = chain[k + 1].reads // layer.width  # of each unit, where Flatten laid a map out
                before = (units[:, None] * places + torch.arange(places)).flatten()
    return narrowed


def layers(model: nn.Module) -> list[str]:
    """The names of the layers of a chain that `narrow` makes smaller: all with weights but the last."""
    return [layer.name for layer in _chain(model)[:-1]]


def cut(model: nn.Module, keep: Sequence[int], of: int) -> nn.Module:
    """A copy of a chain of layers whose first reads only these of its `of` features, with the weights that it had.

    Features are columns, or channels where an input has more than one dimension.
    """
    chain = _chain(model)
    first = chain[0]
    if first.reads % of:
        raise ValueError(
            f"layer {first.name!r} reads {first.reads} numbers, which are not so many of each of {of} features"
        )
    places = first.reads // of
    before = (torch.tensor(sorted(keep))[:, None] * places + torch.arange(places)).flatten()
    less = copy.deepcopy(model)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        modules = dict(less.named_modules())
        _replace(less, modules, first.name, _sliced(first.module, torch.arange(first.width), before, True))
        for name in chain.heads:
            _replace(less, modules, name, _sliced_norm(modules[name], torch.tensor(sorted(keep)), True))
    return less


def _chain(model: nn.Module) -> _Chain:
    """The layers with weights, in order; raises where something is no chain."""
    chain = _Chain()
    met: set[int] = set()
    if plain(model):
        for name, module in model.named_modules(remove_duplicate=False):
            if type(module) is not nn.Sequential:
                _take(chain, name, module, met)
    else:
        _trace(model, chain, met)
    if len(chain) < 2:
        raise ValueError(f"narrow needs two layers with weights or more, this model has {len(chain)}")
    for one, after in pairwise(chain):
        if after.reads % one.width:
            raise ValueError(
                f"layer {after.name!r} reads {after.reads} numbers, which are not so many for each of the {one.width}"
                f" units of {one.name!r}; pass a smaller model of your own"
            )
    return chain


def plain(model: nn.Module) -> bool:
    """Whether it is one layer after another and no code of its own, so that nobody need trace its forward: tracing
    changes how every module of the process is called meanwhile."""
    return type(model) is nn.Sequential and all(plain(each) or not list(each.children()) for each in model)


def _trace(model: nn.Module, chain: _Chain, met: set[int]) -> None:
    """The same by what its forward does."""
    modules = dict(model.named_modules())
    try:
        nodes = list(fx.symbolic_trace(model).graph.nodes)
    except Exception as error:
        raise ValueError(
            f"narrow cannot follow this model ({type(error).__name__}: {error}); pass a smaller one of your own"
        ) from error
    at = nodes[0]
    for node in nodes[1:]:
        if node.op == "output":
            break
        if _is_size(node):
            continue
        flows = [each for each in node.all_input_nodes if not _is_size(each)]
        if flows != [at]:
            raise _stopped(node, "it takes more than what comes just before it")
        at = node
        if node.op == "call_module":
            _take(chain, str(node.target), modules[str(node.target)], met)
        elif not (
            (node.op == "call_function" and node.target in _FUNCTIONS)
            or (node.op == "call_method" and node.target in _METHODS)
        ):
            raise _stopped(node, "what it does to units is not known")


def _take(chain: _Chain, name: str, module: nn.Module, met: set[int]) -> None:
    if id(module) in met and not isinstance(module, _KEEPING):
        raise ValueError(f"layer {name!r} is used twice; pass a smaller model of your own")
    met.add(id(module))
    if type(module) in WEIGHTED and getattr(module, "groups", 1) == 1:
        chain.append(_Layer(name, module, []))
    elif type(module) in NORMS:
        (chain[-1].norms if chain else chain.heads).append(name)
    elif not isinstance(module, _KEEPING):
        raise ValueError(
            f"narrow stops at layer {name!r} ({type(module).__name__}): what it does to units is not known; pass a"
            " smaller model of your own"
        )


def _is_size(node: fx.Node) -> bool:
    """Whether a node is about a size, and no activation."""
    if node.op == "call_method" and node.target in _SIZES:
        return True
    if node.op != "call_function":
        return False
    if node.target is getattr:
        return node.args[1] in ("shape", "ndim")
    return node.target is operator.getitem and all(_is_size(each) for each in node.all_input_nodes)


def _stopped(node: fx.Node, why: str) -> ValueError:
    return ValueError(
        f"narrow stops at {node.name!r} in this model's forward: {why}; pass a smaller model of your own"
    )


def _units(layer: _Layer, after: _Layer, count: int, trained: bool) -> torch.Tensor:
    """Which units stay, in their order: those that carry most, or the first where weights begin anew."""
    if not trained:
        return torch.arange(count)
    weight = layer.module.weight
    into = weight.flatten(1).norm(dim=1)
    out = after.module.weight.transpose(0, 1).reshape(layer.width, -1).norm(dim=1)
    return (into * out).topk(count).indices.sort().values


def _sliced(old: Any, units: torch.Tensor, before: torch.Tensor | None, trained: bool) -> nn.Module:
    """The layer with these of its units, reading these of its inputs."""
    reads = old.weight.shape[1] if before is None else len(before)
    options: dict[str, Any] = {
        "bias": old.bias is not None,
        "device": old.weight.device,
        "dtype": old.weight.dtype,
    }
    if isinstance(old, nn.Linear):
        new: Any = nn.Linear(reads, len(units), **options)
    else:
        shape = {name: getattr(old, name) for name in ("stride", "padding", "dilation", "padding_mode")}
        new = type(old)(reads, len(units), old.kernel_size, **shape, **options)
    if trained:
        kept = old.weight[units.to(old.weight.device)]
        new.weight.copy_(kept if before is None else kept[:, before.to(kept.device)])
        if old.bias is not None:
            new.bias.copy_(old.bias[units.to(old.bias.device)])
    return new.train(old.training).requires_grad_(old.weight.requires_grad)


def _sliced_norm(old: Any, units: torch.Tensor, trained: bool) -> nn.Module:
    options = {"eps": old.eps, "momentum": old.momentum, "affine": old.affine}
    new = type(old)(len(units), track_running_stats=old.track_running_stats, **options)
    if trained:
        for name, values in old.state_dict().items():
            new.state_dict()[name].copy_(values[units.to(values.device)] if values.ndim else values)
    return new.train(old.training)


def _replace(model: nn.Module, modules: dict[str, nn.Module], name: str, new: nn.Module) -> None:
    home, _, last = name.rpartition(".")
    setattr(modules[home], last, new)
    modules[name] = new
