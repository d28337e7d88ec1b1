"""Flat: the gradients of all parameters in one piece of memory, and some numbers beside them: one sum does for all."""

from __future__ import annotations

from functools import reduce

import torch


class Flat:
    """Made once and filled in every step: to ask for as much memory anew takes a third of the sum's time.

    After the sum the gradients are views of it, so nothing is copied back, where an optimizer of torch takes them.
    """

    def __init__(self, parameters: list[torch.nn.Parameter], beside: int):
        self.parameters, self._beside = parameters, beside
        kind = reduce(torch.promote_types, {p.dtype for p in parameters})
        sizes = [p.numel() for p in parameters]
        room = sum(sizes) + beside + len(sizes)
        self.whole = torch.zeros(room, dtype=kind, device=parameters[0].device)
        *pieces, self._numbers, self._there = self.whole.split([*sizes, beside, len(sizes)])
        self._views = [piece.view_as(p) for piece, p in zip(pieces, parameters, strict=True)]
        self._forms = list(map(_form, parameters))
        self._mixed = any(p.dtype != kind for p in parameters)

    def fits(self, parameters: list[torch.nn.Parameter], beside: int) -> bool:
        """Whether it is for these, in the form that they have now: a parameter may be given other data."""
        same = beside == self._beside and len(parameters) == len(self.parameters)
        each = zip(parameters, self.parameters, self._forms, strict=False)
        return same and all(mine is held and _form(mine) == form for mine, held, form in each)

    @torch.no_grad()
    def fill(self, beside: torch.Tensor) -> None:
        """Write the gradients that there are, which parameters have one, and these numbers (n,)."""
        self._mine = [p.grad is not None for p in self.parameters]
        for parameter, view in zip(self.parameters, self._views, strict=True):
            if parameter.grad is None:
                view.zero_()
            else:
                view.copy_(parameter.grad)
        self._there.fill_(1.0)
        if not all(self._mine):
            self._there.copy_(torch.tensor(self._mine))
        self._numbers.copy_(beside)

    def give(self, kept: bool = True) -> torch.Tensor:
        """After the sum: hand out the gradients, to each parameter that has one anywhere, and return the numbers.

        As views, which the next step overwrites, only where nobody keeps a gradient.
        """
        somewhere = self._mine if all(self._mine) else self._there.tolist()
        for parameter, view, has in zip(self.parameters, self._views, somewhere, strict=True):
            grad = view.to(parameter.dtype, copy=kept) if kept or self._mixed else view
            parameter.grad = grad if has else None
        return self._numbers.clone()  # a view would be another's in the next step


def _form(parameter: torch.nn.Parameter) -> tuple[torch.Size, torch.dtype, torch.device]:
    return parameter.shape, parameter.dtype, parameter.device
