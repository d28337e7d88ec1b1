"""The trainer's own random numbers: nothing else that draws in the process can change a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class OwnRandom:
    """A run's torch generators, apart from everybody else's.

    Torch draws from one generator per device and process. Swapping states around a step keeps a person's
    numbers and the trainer's apart in time, but a second thread may draw in the middle of a step. So the
    modules that draw (found by a probe) run in a dispatch mode that hands the trainer's private generator to
    every random operation of this thread. Only those modules pay for it: the whole forward under the mode
    costs a small net a fifth of a step. Operations that take no generator (fused dropout on CUDA, dropout
    inside fused attention) rely on the swap.
    """

    def __init__(self, seed: int, device: torch.device):
        self.device = device
        self.cpu = torch.Generator().manual_seed(seed)
        self._default = torch.Generator().manual_seed(seed).get_state()
        self._cuda = torch.Generator(device).manual_seed(seed) if device.type == "cuda" else None
        self._cuda_default = self._cuda.get_state() if self._cuda is not None else None
        self._lend: AbstractContextManager[Any] = _Lend(self.cpu, self._cuda)

    def __enter__(self) -> None:
        """The default generators continue the trainer's sequence inside, the person's outside."""
        default = torch.default_generator
        self._theirs = default.get_state()
        default.set_state(self._default)
        if self._cuda_default is not None:
            self._theirs_cuda = torch.cuda.get_rng_state(self.device)
            torch.cuda.set_rng_state(self._cuda_default, self.device)

    def __exit__(self, *error: object) -> None:
        default = torch.default_generator
        self._default = default.get_state()
        default.set_state(self._theirs)
        if self._cuda_default is not None:
            self._cuda_default = torch.cuda.get_rng_state(self.device)
            torch.cuda.set_rng_state(self._theirs_cuda, self.device)

    def lend_to(self, modules: list[torch.nn.Module]) -> list[Any]:
        """Give the private generator to these modules while they train; returns the hook handles."""
        handles = []
        for module in modules:
            handles.append(module.register_forward_pre_hook(self._enter))
            handles.append(module.register_forward_hook(self._leave, always_call=True))
        return handles

    def _enter(self, module: torch.nn.Module, args: Any) -> None:
        if module.training:
            self._lend.__enter__()

    def _leave(self, module: torch.nn.Module, args: Any, output: Any) -> None:
        if module.training:
            self._lend.__exit__(None, None, None)

    def __reduce__(self) -> Any:
        return _the_process_own, ()  # a copy of the model, or a saved one, is nobody's

    def state(self) -> dict[str, torch.Tensor]:
        """All that is needed to go on from here."""
        states = {"cpu": self.cpu.get_state(), "default": self._default}
        if self._cuda is not None and self._cuda_default is not None:
            states |= {"cuda": self._cuda.get_state(), "cuda_default": self._cuda_default}
        return states

    def load(self, states: dict[str, torch.Tensor]) -> None:
        """Go on from `state()`."""
        self.cpu.set_state(states["cpu"])
        self._default = states["default"]
        if self._cuda is not None and "cuda" in states:
            self._cuda.set_state(states["cuda"])
            self._cuda_default = states["cuda_default"]


def _the_process_own() -> OwnRandom:
    random = OwnRandom.__new__(OwnRandom)
    random._lend = nullcontext()
    return random


def modules_that_draw(model: torch.nn.Module, forward: Any) -> list[torch.nn.Module]:
    """Run `forward()` once and tell which innermost modules drew random numbers in it."""
    running: list[torch.nn.Module] = []
    found: dict[torch.nn.Module, None] = {}

    def drew() -> None:
        found[running[-1] if running else model] = None

    def leave(module: torch.nn.Module, args: Any, output: Any) -> None:
        running.pop()

    handles = []
    for module in model.modules():
        handles.append(module.register_forward_pre_hook(lambda m, a: running.append(m)))
        handles.append(module.register_forward_hook(leave, always_call=True))
    try:
        with Listening(drew):
            forward()
    finally:
        for handle in handles:
            handle.remove()
    # a module inside another that also draws already borrows the generator from it
    return [m for m in found if not any(m is not other and m in set(other.modules()) for other in found)]


class Listening(TorchDispatchMode):
    """Calls `drew()` at every random operation of this thread."""

    def __init__(self, drew: Callable[[], None]):
        super().__init__()
        self._drew = drew

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Not: to keep this from torch's compiler loads that, and whoever listens does so without graphs."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            self._drew()
        return func(*args, **(kwargs or {}))


class _Lend(TorchDispatchMode):
    def __init__(self, cpu: torch.Generator, cuda: torch.Generator | None):
        super().__init__()
        self._cpu, self._cuda = cpu, cuda
        self._form: dict[Any, Any] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func not in self._form:
            self._form[func] = _with_generator(func)
        form = self._form[func]
        if form is None or kwargs.get("generator") is not None:
            return func(*args, **kwargs)
        tensors = [a for a in args if isinstance(a, torch.Tensor)]
        device = tensors[0].device if tensors else torch.device(kwargs.get("device") or "cpu")
        return form(*args, **kwargs, generator=self._cuda if device.type == "cuda" else self._cpu)


def _with_generator(func: Any) -> Any:
    """The form of a random operation that takes a generator (`randn` has it as another overload), or None."""
    if torch.Tag.nondeterministic_seeded not in func.tags:
        return None

    def arguments(overload: Any) -> set[tuple[str, str]]:
        return {(a.name, str(a.type)) for a in overload._schema.arguments if a.name != "generator"}

    overloads = [getattr(func.overloadpacket, name) for name in func.overloadpacket.overloads()]
    for overload in [func, *overloads]:
        takes = any(a.name == "generator" for a in overload._schema.arguments)
        if takes and arguments(overload) == arguments(func):
            return overload
    return None
