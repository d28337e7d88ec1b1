"""Counting a module: one step of a copy on torch's *meta* device, which computes shapes and no numbers."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from .workload import Workload

log = logging.getLogger(__name__)

UNROLLED = (
    8  # steps of a recurrent layer that are counted: meta runs them one by one, 0.4 to 3 s for a hundred
)
FROZEN = "its output depends on no parameter that can be trained"
OF_A_TENSOR = 12  # operations of Adam on one tensor of parameters
OF_A_LOSS = 12  # operations of a loss, its backward pass and the step around it
# What says the family of a net, by the FLOPs in it.
_KIND_OF = {"convolution": "cnn", "bmm": "transformer", "attention": "transformer"}


@dataclass
class _Counts:
    operations: float = 0.0
    flops: float = 0.0
    elements: float = 0.0
    of: dict[str, float] = field(default_factory=dict)  # FLOPs by what did them

    def add(self, other: _Counts, times: float = 1.0) -> None:
        self.operations += times * other.operations
        self.flops += times * other.flops
        self.elements += times * other.elements
        for name, flops in other.of.items():
            self.of[name] = self.of.get(name, 0.0) + times * flops


class _Written(TorchDispatchMode):
    """Counts the operations that write something, and how many elements."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = self.elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.operations += 1
            for each in out if isinstance(out, tuple | list) else (out,):
                if isinstance(each, torch.Tensor):
                    self.elements += each.numel()
        return out


def workload(
    model: nn.Module,
    shape: int | Sequence[int] = (),
    *,
    example: torch.Tensor | None = None,
    batch: int = 64,
    call: Callable[[nn.Module, torch.Tensor], Any] | None = None,
) -> Workload:
    """The counts of a module: those of its training step, and in `answer` those of one answer.

    What cannot run on the meta device does one real step of a copy, and `how` says so.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model is {type(model).__name__}; give a torch module, words such as 'cnn', or a Workload"
        )
    rows = _rows(shape, example, batch)
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    call = call or (lambda module, x: module(x))
    try:
        forward, step = _step(_on_meta(model), rows.to("meta"), call)
        how = "counted on the meta device"
    except Exception as error:  # any code of somebody else runs in there
        log.debug("the meta device cannot run this model", exc_info=True)
        forward, step, how = _really(model, rows, call, error)
    finally:
        for parameter, gradient in gradients:  # a copy of a TorchScript module shares them
            parameter.grad = gradient
    parameters = [p for p in model.parameters() if p.requires_grad]
    count = float(sum(p.numel() for p in model.parameters()))
    # a trained element is read and written by Adam; that is what the speed of a parameter stands for
    step.operations += OF_A_TENSOR * len(parameters) + OF_A_LOSS
    family = _family(step)
    answer = Workload(
        forward.flops / len(rows),
        forward.elements / len(rows),
        count,
        forward.operations,
        forward.elements / len(rows),
        kind="infer",
        family=family,
        how=how,
    )
    return Workload(
        step.flops,
        forward.elements,
        count,
        step.operations,
        step.elements,
        family=family,
        batch=len(rows),
        answer=answer,
        name=type(model).__name__,
        how=how,
    )


def _rows(shape: int | Sequence[int], example: torch.Tensor | None, batch: int) -> torch.Tensor:
    if example is not None:
        if not isinstance(example, torch.Tensor) or not len(example):
            raise ValueError(
                "example is to be a tensor with at least one row; give a batch of what the model takes"
            )
        return torch.zeros(batch, *example.shape[1:], dtype=example.dtype)
    return torch.zeros(batch, *([shape] if isinstance(shape, int) else shape))


def _on_meta(model: nn.Module) -> nn.Module:
    """A copy without numbers: parameters and buffers are made anew on meta, so that nothing large is copied."""
    memo: dict[int, Any] = {}
    for parameter in model.parameters():
        memo[id(parameter)] = nn.Parameter(
            parameter.detach().to("meta"), requires_grad=parameter.requires_grad
        )
    for buffer in model.buffers():
        memo[id(buffer)] = buffer.detach().to("meta")
    for tensor in _computed(model):
        memo[id(tensor)] = tensor.detach().to("meta").requires_grad_()
    return copied(model, memo)


def _computed(model: nn.Module) -> list[torch.Tensor]:
    """Tensors that a module keeps of a graph, such as a pruned weight: torch copies none of them."""
    each = (value for module in model.modules() for value in vars(module).values())
    return [value for value in each if isinstance(value, torch.Tensor) and not value.is_leaf]


def copied(model: nn.Module, memo: dict[int, Any] | None = None) -> nn.Module:
    """A copy in training mode without hooks: they are somebody's, such as a trainer's, and would be run."""
    memo = {} if memo is None else memo
    for tensor in _computed(model):
        memo.setdefault(id(tensor), tensor.detach().clone().requires_grad_())
    for module in model.modules():
        for name, hooks in vars(module).items():
            if name.endswith("_hooks") and hooks:
                memo[id(hooks)] = type(hooks)()
    return copy.deepcopy(model, memo).train()


def _really(
    model: nn.Module, rows: torch.Tensor, call: Callable[..., Any], why: Exception
) -> tuple[_Counts, _Counts, str]:
    """One real step on the processor, of a copy."""
    try:
        other = copied(model).cpu()
        forward, step = _step(other, rows, call)
    except Exception as error:
        raise ValueError(
            f"this model could be counted neither on the meta device ({_short(why)}) nor in one step on the processor "
            f"({_short(error)}). {_help(error, rows)}; if it needs a GPU, give words such as 'cnn', or a Workload with "
            "its FLOPs"
        ) from error
    return forward, step, f"counted in one real step, since meta cannot run it ({_short(why)})"


def _help(error: Exception, rows: torch.Tensor) -> str:
    """What would work, by what went wrong."""
    said = str(error)
    if said == FROZEN:
        return "All of it is frozen: let what is to be trained have requires_grad_(True)"
    if "deepcopy" in said or "copy" in said or "pickle" in said:
        return "It cannot be copied, and only a copy is tried: drop what it keeps that torch cannot copy"
    return (
        f"It was given rows of shape {tuple(rows.shape[1:])}, {rows.dtype}: if it takes others, give train=, "
        "features=, example= or call="
    )


def _short(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:120]


def _step(model: nn.Module, rows: torch.Tensor, call: Callable[..., Any]) -> tuple[_Counts, _Counts]:
    """Counts of a forward pass, and of forward and backward; recurrent layers are counted apart, and scaled."""
    with torch.enable_grad(), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a copy of somebody's model warns of what the model itself will
        with _recurrent_apart(model) as apart:
            forward, step = _passes(model, rows, call)
        for layer, x, times in apart:
            once, both = _passes(_Alone(layer), x, lambda module, x: module(x))
            forward.add(once, times)
            step.add(both, times)
            kind = "lstm" if isinstance(layer, nn.LSTM) else "gru"
            step.of[kind] = step.of.get(kind, 0.0) + times * both.flops
        return forward, step


def _passes(model: nn.Module, rows: torch.Tensor, call: Callable[..., Any]) -> tuple[_Counts, _Counts]:
    forward, step = _Counts(), _Counts()
    with _counting(forward):
        output = call(model, rows)
    step.add(forward)
    outputs = [each for each in _tensors(output) if each.requires_grad]
    if not outputs:
        raise ValueError(FROZEN)
    with _counting(step):
        torch.autograd.backward(outputs, [torch.zeros_like(each) for each in outputs])
    return forward, step


class _Alone(nn.Module):
    """A recurrent layer whose input needs a gradient, as it does within a net."""

    def __init__(self, layer: nn.RNNBase):
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.RNNBase.__call__(self.layer, x.requires_grad_())[0]


@contextmanager
def _recurrent_apart(model: nn.Module) -> Iterator[list[tuple[nn.RNNBase, torch.Tensor, float]]]:
    """Long recurrent layers answer with zeros of the right shape, and are listed with a few steps of their input."""
    apart: list[tuple[nn.RNNBase, torch.Tensor, float]] = []

    def shortened(layer: nn.RNNBase, forward: Callable[..., Any]) -> Callable[..., Any]:
        def run(x: Any, state: Any = None) -> Any:
            if not isinstance(x, torch.Tensor) or x.ndim != 3:
                return forward(x, state)
            time = 1 if layer.batch_first else 0
            length, rows = x.shape[time], x.shape[1 - time]
            some = min(length, UNROLLED)
            apart.append((layer, torch.zeros_like(x.narrow(time, 0, some)), length / some))
            ways = 2 if layer.bidirectional else 1
            width = layer.proj_size or layer.hidden_size
            weight = next(layer.parameters()).sum() * 0  # so that gradients flow on
            out = x.new_zeros(*x.shape[:2], width * ways) + weight + x.sum() * 0
            last = x.new_zeros(layer.num_layers * ways, rows, width) + weight
            if not isinstance(layer, nn.LSTM):
                return out, last
            return out, (last, x.new_zeros(*last.shape[:2], layer.hidden_size) + weight)

        return run

    layers = [module for module in model.modules() if isinstance(module, nn.RNNBase)]
    for layer in layers:
        layer.forward = shortened(layer, layer.forward)  # type: ignore[method-assign]
    try:
        yield apart
    finally:
        for layer in layers:
            del layer.forward


@contextmanager
def _counting(into: _Counts) -> Iterator[None]:
    with FlopCounterMode(display=False) as flops, _Written() as written:
        yield
    into.operations += written.operations
    into.elements += written.elements
    into.flops += flops.get_total_flops()
    for operation, count in flops.get_flop_counts().get("Global", {}).items():
        name = str(operation)
        into.of[name] = into.of.get(name, 0.0) + count


def _tensors(output: Any) -> list[torch.Tensor]:
    """The tensors of what a model returns, however they are packed."""
    if isinstance(output, torch.Tensor):
        return [output]
    parts = (
        output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else ()
    )
    return [tensor for part in parts for tensor in _tensors(part)]


def _family(step: _Counts) -> str:
    """By what takes most of its FLOPs; a recurrent or attending part of a third says more than plain layers."""
    shares = {"mlp": 0.0}
    total = max(sum(flops for name, flops in step.of.items() if name not in ("gru", "lstm")), 1.0)
    for name, flops in step.of.items():
        kind = next((kind for word, kind in _KIND_OF.items() if word in name), name)
        if kind in ("cnn", "transformer", "gru", "lstm"):
            shares[kind] = shares.get(kind, 0.0) + flops / total
    # a matrix product of attention is small beside its layers, so it counts from a fiftieth on
    if shares.get("transformer", 0.0) > 0.02 and max(shares.get("gru", 0), shares.get("lstm", 0)) < 1 / 3:
        return "transformer"
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] > 1 / 3 else "mlp"
