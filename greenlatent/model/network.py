"""Network: somebody's module with its tap and random numbers; one pass of it, in training or as a look."""

from __future__ import annotations

import copy
import logging
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn

from ..data.samples import Samples
from ..data.seeds import undisturbed
from .acting import hindrance
from .heads import Read, reading
from .randomness import Listening, OwnRandom, modules_that_draw
from .tap import Tap

log = logging.getLogger(__name__)

PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
LOOK_ROWS = 512  # samples of one pass of a look


class Network:
    """A module on its device, the tap of one layer, and the generator that its random operations draw from.

    `call(model, x)` is for models that take or return something else than tensors; `foreign` says that code of
    somebody else runs beside the model in a step, and may draw random numbers where no probe sees it.
    """

    def __init__(
        self,
        model: nn.Module,
        layer: str,
        *,
        seed: int,
        device: torch.device,
        precision: str = "fp32",
        call: Callable[[nn.Module, torch.Tensor], Any] | None = None,
        foreign: bool = False,
    ):
        self.model, self.device = model, device
        self.tap = Tap(model, layer)
        self.random = OwnRandom(seed, device)
        self.goes_on: Callable[[], None] = _on  # asked between the parts of a long look; it may raise
        self.outputs = 0  # classes that it tells apart
        self.read: Read | None = None  # how outputs become numbers per class, where they are not
        self.draws = True  # whether steps may draw random numbers, so that generators must be swapped
        self._call, self._foreign = call, foreign or call is not None
        self._half = PRECISIONS[precision]
        self._drawing: list[nn.Module] = []  # the modules that draw
        self._lent: list[Any] = []  # their hooks, which hand them this generator
        self._watch_epoch = 1  # the epoch in which it is asked again whether the model draws
        self.mask(None)

    @property
    def layer(self) -> str:
        return self.tap.layer

    def mask(self, features: torch.Tensor | None) -> None:
        """From now on only these input features are let through; None lets all through."""
        self._features = None if features is None else features.to(self.device)
        # whether a forward pass is a call of the model and no more
        self.plain = (
            features is None and self._half is None and self.device.type == "cpu" and self._call is None
        )

    def here(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor of the host on the model's device."""
        return tensor if self.device.type == "cpu" else tensor.to(self.device, non_blocking=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One pass (n, ..) -> the tensor that the loss takes, in the given precision, of the features let through."""
        x = self.here(x)
        if self._features is not None:
            x = x * self._features.view(1, -1, *[1] * (x.ndim - 2))
        if self._half is not None:
            with torch.autocast(self.device.type, self._half):
                return self._output(x).float()
        return self._output(x)

    def _output(self, x: torch.Tensor) -> torch.Tensor:
        output = self.model(x) if self._call is None else self._call(self.model, x)
        if not isinstance(output, torch.Tensor):
            raise TypeError(
                f"the model returns {type(output).__name__}, not a tensor; pass call=lambda model, x: ... that"
                " returns the tensor which the loss takes"
            )
        return output

    def watch_due(self, epoch: int) -> bool:
        """Whether the next pass should be watched for random numbers: once in epochs 1, 2, 4, 8 and so on."""
        return epoch >= self._watch_epoch and not self.draws

    def watched(self, x: torch.Tensor, epoch: int, step: int) -> torch.Tensor:
        """A forward pass under watch: a model may begin to draw late."""
        self._watch_epoch = 2 * max(1, epoch)

        def drew() -> None:
            if not self.draws:
                log.warning(
                    "the model began to draw random numbers by step %d; from the next step on they are the trainer's"
                    " own, but before they were the process's: this run will not repeat bit for bit",
                    step,
                )
            self.draws = True

        with eagerly(), Listening(drew):
            return self.forward(x)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """A look that leaves no trace: no gradient, eval mode, each module's own flag restored."""
        raw = self.tap.raw
        try:
            with as_evaluated(self.model), torch.random.fork_rng(devices=[]):
                yield
        finally:
            self.tap.raw = raw

    def latents(
        self, samples: Samples, ids: torch.Tensor, *, batch: int = LOOK_ROWS, tap: Tap | None = None
    ) -> list[torch.Tensor]:
        """Exact latents of these samples, in parts of at most (batch, d)."""
        tap = self.tap if tap is None else tap
        with self.looking():
            parts = []
            for some in ids.split(batch):
                self.forward(samples.view(some))
                parts.append(tap.latent.float())
            return parts

    def beliefs(
        self, samples: Samples, ids: torch.Tensor, *, batch: int = LOOK_ROWS
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Exact latents (k, d) and class probabilities (k, c)."""
        with self.looking():
            parts = []
            for some in ids.split(batch):
                self.goes_on()
                output = self.forward(samples.view(some))
                output = output if self.read is None else self.read(output)
                parts.append((output.softmax(1), self.tap.latent.float()))
            return torch.cat([latent for _, latent in parts]), torch.cat([p for p, _ in parts])

    def probe(self, train: Samples, valid: Samples | None) -> int:
        """One pass of two samples: shapes fit, the layer runs, and which modules draw. The width of the latents."""
        self.mask(None)
        with undisturbed():
            x = train.inputs(torch.arange(min(2, len(train))))
        if len(x) == 1:
            x = torch.cat([x, x])  # batch norm cannot train on a single row
        output, drawing = self._probed(x, train)
        latent = self.tap.latent
        if latent.ndim != 2 or len(latent) != len(x):
            raise ValueError(
                f"layer {self.layer!r} gives {tuple(latent.shape)} for a batch of {len(x)}, which cannot be read"
                " as one vector per sample; tap another layer"
            )
        self.read = reading(output, train)
        told = output if self.read is None else self.read(output)
        self.outputs = told.shape[1] if told.ndim == 2 else 0
        if valid is not None:
            _check_alike(train, valid)
        self.tap.raw, self.tap.outputs = None, []
        self._drawing, self._lent = drawing, self.random.lend_to(drawing)
        # only what is known not to draw may run on the process's own generator
        self.draws = bool(drawing) or self._foreign or train.lazy
        self._watch_epoch = 1
        return latent.shape[1]

    def _probed(self, x: torch.Tensor, train: Samples) -> tuple[torch.Tensor, list[nn.Module]]:
        """The output for x, and which modules drew; the model's state is what it was, beside buffers made meanwhile."""
        state = {name: value.clone() for name, value in self.model.state_dict().items()}
        output: list[torch.Tensor] = []
        try:
            with torch.enable_grad(), torch.random.fork_rng(devices=[]), eagerly():
                drawing = modules_that_draw(self.model, lambda: output.append(self.forward(x)))
                self._trained = [p.requires_grad for p in self.model.parameters()]
                self._hindrance = ""
                if self.tap.outputs:
                    self._hindrance = hindrance(self.model, self.tap, output[0], lambda: self.forward(x))
        except TypeError:
            raise
        except Exception as error:
            raise ValueError(
                f"the model does not take this data: one sample has shape {tuple(train.shape)} ({x.dtype}),"
                f" a batch {tuple(x.shape)}; {_inputs_wanted(self.model)}; it said: {error}"
            ) from error
        finally:
            with torch.no_grad():
                for name, value in self.model.state_dict().items():
                    if (
                        name in state and state[name].shape == value.shape
                    ):  # else made by a model's first pass
                        value.copy_(state[name])
        return output[0].detach(), drawing

    def hindrance(self) -> str:
        """Why pulls on the tapped layer cannot act; empty where they do, or if layers were frozen or thawed since."""
        same = self._trained == [p.requires_grad for p in self.model.parameters()]
        return self._hindrance if same else ""

    def renew(self, seed: int) -> None:
        """Random numbers as before the first step; a probe must follow."""
        self.random = OwnRandom(seed, self.device)
        for handle in self._lent:
            handle.remove()
        self.tap.recording = True

    def copied(self, weights: dict[str, torch.Tensor]) -> nn.Module:
        """A copy of the module with these weights, without a hook of ours and without gradients."""
        self.unhook()
        try:
            model = copy.deepcopy(self.model, _hookless(self.model))
        finally:
            self.tap = Tap(self.model, self.layer).like(self.tap)
            self._lent = self.random.lend_to(self._drawing)
        model.load_state_dict(weights)
        for parameter in model.parameters():
            parameter.grad = None
        return model

    def unhook(self) -> None:
        """No hook of ours stays on the module; may be called twice."""
        self.tap.remove()
        for handle in self._lent:
            handle.remove()


def _hookless(model: nn.Module) -> dict[int, Any]:
    """What a copy has in place of the empty lists of hooks, ten a module: copying these takes most of a small net's."""
    return {
        id(value): OrderedDict()
        for module in model.modules()
        for value in vars(module).values()
        if type(value) is OrderedDict and not value
    }


def eagerly() -> AbstractContextManager[Any]:
    """Without torch.compile's graphs: for a probe, whose hooks and modes no graph would notice."""
    stance = getattr(torch.compiler, "set_stance", None)  # since torch 2.6
    compiled = (
        "torch._dynamo" in sys.modules
    )  # it takes as long to load as torch, and nobody has any graph before
    return stance("force_eager") if compiled and stance is not None else nullcontext()


@contextmanager
def as_evaluated(model: nn.Module) -> Iterator[None]:
    """Eval mode without gradient; afterwards each module has the flag that it had, whatever the others have."""
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, flag in flags:
            module.training = flag


def _on() -> None:
    """Nobody called anything off."""


def _check_alike(train: Samples, valid: Samples) -> None:
    if len(valid) and valid.shape != train.shape:
        raise ValueError(f"validation inputs have shape {tuple(valid.shape)}, training {tuple(train.shape)}")
    if valid.regression != train.regression:
        raise ValueError(
            "training and validation labels differ in kind: both are class indices, or both floats"
        )
    if valid.classes != train.classes:
        raise ValueError(
            f"validation data have classes {valid.classes}, training {train.classes}; pass the same classes= to both"
        )


def _inputs_wanted(model: nn.Module) -> str:
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, torch.Tensor) and weight.ndim >= 2:
            return f"its first layer with weights, {name!r}, is {module}"
    return "it has no layer with weights"
