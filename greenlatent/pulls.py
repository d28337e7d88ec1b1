"""Pulls: where the edits in force want which latents, from class means and targets as they stand now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from . import losses
from .edits import Edit, Link, Move, Near, Plane, Separate, Shift, touched
from .mending import Mending, destination
from .samples import Samples

NEAR_ENOUGH = 0.5  # of the mean squared distance of a sample from its class mean
SURE = 0.9  # probability of the place one was moved to
LINK_MARGIN = 2.0  # typical distances between samples that belong apart


@dataclass(frozen=True)
class Aim:
    """One edit that still pulls, and its samples that are not satisfied yet."""

    n: int
    edit: Edit
    born: int
    goal: float | None
    waiting: list[int]
    looks: dict[int, int]


class Pulls:
    """Targets for one stretch of steps; made anew when they have gone stale.

    latents (n, d) and known (n,) tell where samples were seen last; class means come from the `recent` ones.
    """

    def __init__(
        self,
        latents: torch.Tensor,
        known: torch.Tensor,
        recent: torch.Tensor,
        mending: Mending,
        samples: Samples,
        relabelled: list[int],
    ):
        self._latents, self._known = latents, known
        self._mending, self._samples, self._relabelled = mending, samples, relabelled
        label = (
            torch.zeros_like(known, dtype=torch.int64) if samples.regression else mending.y.to(latents.device)
        )
        self._measure(label, recent, known)

    def _measure(self, label: torch.Tensor, recent: torch.Tensor, known: torch.Tensor) -> None:
        """Class means (c, d), variance within classes (d,), and the scale: their mean squared distance ()."""
        c = max(1, len(self._samples.classes))
        counts = (label >= 0) & ~self._mending.masked.to(label.device)
        means, number = _means(self._latents, label, recent & counts, c)
        older, older_number = _means(self._latents, label, known & counts, c)
        few = number < 2
        self.means = torch.where(few[:, None], older, means)
        self._counts = torch.where(few, older_number, number)
        rows = recent & counts
        residual = self._latents[rows] - self.means[label[rows]]
        variance = (
            residual.square().mean(0) if len(residual) else self._latents.new_ones(self._latents.shape[1])
        )
        self._variance = variance.clamp(min=1e-12)
        self.scale = self._variance.sum()

    def aim(self, aims: list[Aim]) -> None:
        """Fix the targets of these edits, newest first: the newest edit of a sample wins."""
        device, d = self._latents.device, self._latents.shape[1]
        self._margins = [a for a in aims if isinstance(a.edit, Separate | Shift)]
        owners: dict[int, Aim | None] = {}
        for a in aims:
            for i in a.waiting if isinstance(a.edit, Move | Link) else touched(a.edit):
                owners.setdefault(i, a if isinstance(a.edit, Move | Link) else None)
        for i in reversed(self._relabelled):
            owners.setdefault(i, None)
        self.pool = torch.tensor(list(owners), dtype=torch.int64)
        self._owners = list(owners.items())
        self._row = {i: row for row, i in enumerate(owners)}
        n = len(owners)
        target = torch.zeros(n, d, device=device)
        goal, born, looks = [-1] * n, [0.0] * n, [0] * n
        place, away = [False] * n, [False] * n
        self._planes: dict[int, tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = {}
        for row, (i, owner) in enumerate(self._owners):
            if owner is None:
                continue
            born[row], looks[row] = float(owner.born), owner.looks.get(i, 0)
            edit = owner.edit
            if isinstance(edit, Link):
                target[row] = self._latents[list(edit.b if i in edit.a else edit.a)].mean(0)
                place[row], away[row] = edit.alike, not edit.alike
                continue
            assert isinstance(edit, Move)
            to = destination(edit, self._mending.y, self._samples)
            goal[row] = -1 if to is None else to
            if isinstance(edit.to, Near):
                target[row], place[row] = self._latents[list(edit.to.ids)].mean(0), True
            elif isinstance(edit.to, Plane):
                at = edit.to.at[edit.ids.index(i)]
                self._planes[row] = tuple(  # type: ignore[assignment]
                    torch.tensor(v, device=device, dtype=torch.float32)
                    for v in (edit.to.basis, edit.to.mean, at)
                )
            elif to is not None:
                target[row] = self.means[to]
        self._target = target
        self._goal = torch.tensor(goal, device=device)
        self._born = torch.tensor(born, device=device)
        self._place, self._away = torch.tensor(place, device=device), torch.tensor(away, device=device)
        self._looks = torch.tensor(looks, device=device)
        self._free = self._known.clone()  # samples that no edit names: the anchor holds them
        self._free[self.pool.to(device)] = False
        self._margin_born = [torch.tensor(float(a.born), device=device) for a in self._margins]

    def looks(self) -> dict[tuple[int, int], int]:
        """How many looks in a row found each pulled sample satisfied, by edit and sample."""
        counts = self._looks.tolist()
        return {(o.n, i): counts[row] for row, (i, o) in enumerate(self._owners) if o is not None}

    def losses(
        self,
        z: torch.Tensor,
        ids: torch.Tensor,
        y: torch.Tensor,
        *,
        fade: Callable[[torch.Tensor], torch.Tensor],
        own: Callable[..., torch.Tensor] | None,
    ) -> list[torch.Tensor]:
        """What this batch owes to the edits: z (b, d), ids (b,) on the host, y (b,) -> a few scalars."""
        moved = self._moves(z, ids, fade, own)
        margins = [
            fade(born) * self._margin(a, z, ids, y)
            for a, born in zip(self._margins, self._margin_born, strict=True)
        ]
        return margins if moved is None else [moved, *margins]

    def drift(self, z: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """How far the samples that no edit names have gone from where they were seen last."""
        at = ids.to(z.device)
        return ((z - self._latents[at]).square().sum(1) * self._free[at]).sum() / self.scale / len(z)

    def contrast(self, z: torch.Tensor, ids: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The supervised contrastive loss with relabelled samples as anchors."""
        anchors = torch.isin(ids, torch.tensor(self._relabelled)).to(z.device) & (y >= 0)
        return losses.supervised_contrastive(z, y, anchors)

    def separation(self, edit: Separate | Shift) -> float:
        """How far apart the two sides are now, in pooled deviations (along the axis, for a shift)."""
        a, b = self._sides(edit)
        if isinstance(edit, Separate):
            return float(((self._mean(a) - self._mean(b)).square().sum() / self.scale).sqrt())
        axis = self._axis(edit)
        return float((self._mean(a) - self._mean(b)) @ axis / self._spread(axis))

    def _moves(
        self,
        z: torch.Tensor,
        ids: torch.Tensor,
        fade: Callable[[torch.Tensor], torch.Tensor],
        own: Callable[..., torch.Tensor] | None,
    ) -> torch.Tensor | None:
        """Moves and links: each edited sample of this batch toward its target, or away from it."""
        found = [(at, self._row[i]) for at, i in enumerate(ids.tolist()) if i in self._row]
        found = [(at, row) for at, row in found if self._owners[row][1] is not None]
        if not found:
            return None
        at, rows = (torch.tensor(side, device=z.device) for side in zip(*found, strict=True))
        z, target, goal, place, away = (
            z[at],
            self._target[rows],
            self._goal[rows],
            self._place[rows],
            self._away[rows],
        )
        to_class = goal >= 0
        squared = (z.detach() - target).square().sum(1) / self.scale
        good = ~(place & (squared > NEAR_ENOUGH)) & ~(away & (squared < LINK_MARGIN**2))
        loss = torch.where(place, losses.toward_place(z, target, self.scale), 0.0)
        loss = loss + torch.where(away, losses.apart(z, target, self.scale, LINK_MARGIN), 0.0)
        if own is not None:
            classes = torch.arange(len(self.means), device=z.device)
            loss = loss + to_class * own(z, goal.clamp(min=0), ref_emb=self.means, ref_labels=classes)
            good = good & (~to_class | (torch.cdist(z.detach(), self.means).argmin(1) == goal))
        else:
            pull, sure = losses.toward_prototype(z, target, goal.clamp(min=0), self.means, self.scale)
            loss = loss + torch.where(to_class, pull, 0.0)
            good = good & (~to_class | (sure > SURE))
        for k, (_, row) in enumerate(found):
            if row in self._planes:
                basis, mean, spot = self._planes[row]
                short = ((z[k] - mean) @ basis - spot).square().sum() / self.scale
                loss = loss + torch.log1p(short) * (torch.arange(len(z), device=z.device) == k)
                good[k] = short.detach() < NEAR_ENOUGH / 10
        self._looks[rows] = torch.where(good, self._looks[rows] + 1, 0)
        return (fade(self._born[rows]) * loss).sum() / len(z)

    def _margin(self, a: Aim, z: torch.Tensor, ids: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """A separation or a shift, on means with the stored value and the gradient of this batch."""
        assert isinstance(a.edit, Separate | Shift) and a.goal is not None
        first, second = (self._mean(side) + self._slope(side, z, ids, y) for side in self._sides(a.edit))
        if isinstance(a.edit, Separate):
            return losses.pair_margin(first, second, self.scale, a.goal)
        axis = self._axis(a.edit)
        return losses.axis_margin(first, second, axis, self._spread(axis), a.goal, up=a.edit.amount > 0)

    def _sides(self, edit: Separate | Shift) -> tuple[Any, Any]:
        """Two sides, each a class name, a tuple of ids, or (None, name): every class but that one."""
        if isinstance(edit, Separate):
            return edit.a, edit.b
        return edit.label, (None, edit.label) if edit.against is None else edit.against

    def _classes_of(self, side: Any) -> torch.Tensor:
        """(c,) 1 for the classes of a side."""
        all_but = isinstance(side, tuple)
        chosen = torch.zeros(len(self.means), device=self.means.device)
        chosen[self._samples.class_index(side[1] if all_but else side)] = 1.0
        return 1.0 - chosen if all_but else chosen

    def _mean(self, side: Any) -> torch.Tensor:
        if _is_ids(side):
            return self._latents[list(side)].mean(0)
        weight = self._classes_of(side) * self._counts
        return (self.means * weight[:, None]).sum(0) / weight.sum().clamp(min=1)

    def _slope(self, side: Any, z: torch.Tensor, ids: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Zero, with the gradient of the mean of this side's rows in the batch."""
        if _is_ids(side):
            rows = torch.isin(ids, torch.tensor(side)).to(z.device).float()
        else:
            rows = self._classes_of(side)[y.clamp(min=0)] * (y >= 0)
        here = (z * rows[:, None]).sum(0) / rows.sum().clamp(min=1)
        return here - here.detach()

    def _axis(self, edit: Shift) -> torch.Tensor:
        d, device = self.means.shape[1], self.means.device
        if isinstance(edit.axis, int):
            return torch.nn.functional.one_hot(torch.tensor(edit.axis, device=device), d).float()
        return torch.tensor(edit.axis, device=device)

    def _spread(self, axis: torch.Tensor) -> torch.Tensor:
        """Pooled deviation within classes along an axis, never under a tenth of the average axis."""
        floor = 0.1 * (self.scale / len(axis)).sqrt()
        return (self._variance @ axis.square()).sqrt().clamp(min=floor)


def _is_ids(side: Any) -> bool:
    return isinstance(side, tuple) and side[0] is not None


def _means(
    z: torch.Tensor, label: torch.Tensor, rows: torch.Tensor, c: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean of each class over these rows (c, d), the mean of all for a class without any, and counts (c,)."""
    z, label = z[rows], label[rows]
    number = torch.bincount(label, minlength=c).to(z.dtype)
    sums = z.new_zeros(c, z.shape[1]).index_add_(0, label, z)
    middle = z.mean(0) if len(z) else z.new_zeros(z.shape[1])
    return torch.where((number == 0)[:, None], middle, sums / number.clamp(min=1)[:, None]), number
