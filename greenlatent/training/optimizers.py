"""Optimizers: the one that a trainer makes itself, what a journal says of one, and a step without torch's wrapping."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.autograd import profiler
from torch.optim import optimizer as watched

COMPILER = "torch._dynamo"
KEPT_FROM_IT = "add_param_group", "state_dict", "load_state_dict"  # of an optimizer
AS_IT_IS = "__dynamo_disable"  # where torch keeps what it calls in place of such a method


@contextmanager
def without_compiler() -> Iterator[None]:
    """Within it, optimizers can be made and loaded without torch's compiler, where nobody has loaded that before.

    Torch keeps these methods from its compiler, and loads it to say so: that takes about as long as to load torch.
    """
    plain = []
    if COMPILER not in sys.modules:
        for name in KEPT_FROM_IT:
            method = getattr(getattr(watched.Optimizer, name), "__wrapped__", None)
            if method is not None and not hasattr(method, AS_IT_IS):
                setattr(method, AS_IT_IS, method)
                plain.append(method)
    try:
        yield
    finally:
        for method in plain:
            vars(method).pop(AS_IT_IS, None)


def made(
    make: Callable[..., torch.optim.Optimizer] | None, params: list[nn.Parameter], lr: float | None
) -> torch.optim.Optimizer:
    """What a function of the parameters makes, at this rate; Adam without one."""
    if make is None:
        return adam(params, 1e-3 if lr is None else lr)
    if lr is None:
        return make(params)
    try:
        return make(params, lr=lr)
    except TypeError as error:
        raise ValueError(
            f"lr={lr:g} was given, and {getattr(make, '__name__', make)} takes none: leave lr out, or pass a class"
            f" such as torch.optim.SGD; it said: {error}"
        ) from error


def adam(params: list[nn.Parameter], lr: float = 1e-3) -> torch.optim.Optimizer:
    """Adam in the fused form, which does the same in one call: a third of a small net's step."""
    fused = all(p.is_floating_point() and p.device.type in ("cpu", "cuda") for p in params)
    return torch.optim.Adam(params, lr=lr, fused=fused)


def in_words(optimizer: torch.optim.Optimizer) -> str:
    """Its kind and its settings."""
    simple = {
        k: v
        for k, v in optimizer.defaults.items()
        if isinstance(v, int | float | str | tuple) and k != "fused"
    }
    return f"{type(optimizer).__name__} {simple}"


def stepping(optimizer: torch.optim.Optimizer) -> Callable[[], Any]:
    """What does an optimizer's step.

    Torch wraps every step in a mark for its profiler and a round of hooks, a tenth of a small net's step, and in a
    word to its compiler, which it loads for that. The step within is called where nobody listens and nobody, such as
    a scheduler, has put a step of its own in its place.
    """
    refuse_needs(optimizer, "closure that computes the loss anew, several times a step", "Adam or SGD")
    step = type(optimizer).step
    within = getattr(step, "__wrapped__", None)
    # a step that somebody wrapped with functools.wraps looks like torch's own wrapping, but for where it was written
    if not getattr(step, "hooked", False) or within is None or step.__globals__ is not vars(watched):
        return optimizer.step
    try:
        hooks = (
            watched._global_optimizer_pre_hooks,
            watched._global_optimizer_post_hooks,
            optimizer._optimizer_step_pre_hooks,  # type: ignore[attr-defined]
            optimizer._optimizer_step_post_hooks,  # type: ignore[attr-defined]
        )
        _ = profiler._is_profiler_enabled
    except AttributeError:  # another torch keeps them elsewhere
        return optimizer.step
    own, inner = vars(optimizer), within
    if _tells_compiler(within) and not optimizer.defaults["differentiable"]:
        inner = torch.no_grad()(within.__wrapped__)

    def quick() -> Any:
        if profiler._is_profiler_enabled or "step" in own or any(hooks):
            return optimizer.step()
        return inner(optimizer)

    return quick


def _tells_compiler(step: Any) -> bool:
    """Whether that is all that this wrapping does, beside keeping gradients out."""
    code = getattr(step, "__code__", None)
    return code is not None and code.co_name == "_use_grad" and step.__globals__ is vars(watched)


# Schedulers that multiply the rate there is; any other sets it anew from what it remembers, and forgets a lowering.
MULTIPLY = (
    "StepLR",
    "MultiStepLR",
    "ExponentialLR",
    "MultiplicativeLR",
    "ConstantLR",
    "LinearLR",
    "PolynomialLR",
)


def check_slows(optimizer: torch.optim.Optimizer, scheduler: Any) -> None:
    """Raise, by name, where a learning rate that is lowered in mid-run would not stay so."""
    if not all("lr" in group for group in optimizer.param_groups):
        raise ValueError(f"{type(optimizer).__name__} has no learning rate to be lowered; give slow=0")
    name = type(scheduler).__name__
    if scheduler is not None and not (
        name in MULTIPLY and type(scheduler).__module__.startswith("torch.optim.")
    ):
        raise ValueError(
            f"{name} sets the learning rate anew, so a rate that is lowered would not stay so; give"
            f" gl.Budget(point=..., slow=0), which only pauses, or a scheduler that multiplies: {', '.join(MULTIPLY)}"
        )


def refuse_needs(stepped: Any, what: str, instead: str) -> None:
    """Refuse an optimizer or a scheduler whose step cannot do without an argument."""
    try:  # of its class: a scheduler's wrapping of an optimizer's step looks like one that still needs `self`
        arguments = list(inspect.signature(type(stepped).step).parameters.values())[1:]
    except (AttributeError, TypeError, ValueError):  # written in another language
        return
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    if any(a.default is a.empty and a.kind not in kinds for a in arguments):
        raise ValueError(
            f"{type(stepped).__name__}.step() needs a {what}, which a trainer does not have for it; use one that is"
            f" stepped without, such as {instead}"
        )
