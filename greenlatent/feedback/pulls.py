"""Pulls: where the edits in force want which latents, from class means and targets as they stand now."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from ..data.samples import Samples
from ..edits.kinds import Edit, Link, Move, Near, Plane, Separate, Shift, touched
from ..edits.mending import Mending
from ..edits.mends import destination
from . import losses

NEARLY_SURE = -math.log(0.9)  # the loss of a sample whose place has a probability of 0.9
NEAR_ENOUGH = math.log1p(0.5)  # the loss at half the mean squared distance of a sample from its class mean
ANCHORS = 1024  # samples that are held in place while edits pull on others
LINK_MARGIN = 2.0  # typical distances between samples that belong apart

# How a sample can be pulled; one that goes to neighbours of a class is pulled to their place and to the class.
_TO_CLASS, _TO_PLACE, _AWAY = range(3)

Fade = Callable[[float], float]  # the step an edit was born in -> how strongly it pulls now


@dataclass(frozen=True)
class Aim:
    """One edit that still pulls, and its samples that are not satisfied yet."""

    n: int
    edit: Edit
    born: int
    goal: float | None
    waiting: list[int]
    looks: dict[int, int]


@dataclass(frozen=True)
class Survey:
    """Where the latents are: (n, d) as training saw them last, which rows are known and which are recent (n,)."""

    latents: torch.Tensor
    known: torch.Tensor
    recent: torch.Tensor
    named: list[int]  # samples that edits refer to
    fresh: torch.Tensor  # (len(named), d) their latents now


@dataclass(frozen=True)
class Standing:
    """What targets are made of, as a survey found it: it stands for a stretch, and a checkpoint keeps it."""

    means: torch.Tensor  # (c, d) of the classes
    counts: torch.Tensor  # (c,) samples that each was taken from
    variance: torch.Tensor  # (d,) within classes
    named: list[int]
    fresh: torch.Tensor  # (len(named), d)

    @classmethod
    def of(cls, survey: Survey, mending: Mending, samples: Samples) -> Standing:
        """Class means and the variance within classes, from what training saw lately where it saw enough."""
        z, known = survey.latents, survey.known
        zero = torch.zeros_like(known, dtype=torch.int64)
        label = zero if samples.regression else mending.y.to(z.device)
        c = max(1, len(samples.classes))
        counted = (label >= 0) & ~mending.masked.to(z.device)
        rows = survey.recent & counted
        means, counts = _means(z, label, rows, c)
        few = counts < 2
        if few.any():
            older, number = _means(z, label, known & counted, c)
            means = torch.where(few[:, None], older, means)
            counts = torch.where(few, number, counts)
        residual = z[rows] - means[label[rows]]
        variance = residual.square().mean(0) if len(residual) else z.new_ones(z.shape[1])
        return cls(means, counts, variance.clamp(min=1e-12), survey.named, survey.fresh)


@dataclass(frozen=True)
class Window:
    """Some samples of the pool that join one batch, and what is known of them in this stretch."""

    ids: torch.Tensor  # (k,)
    rows: Sequence[int]  # in the pool
    born: list[float]
    together: bool  # whether all were born in the same step
    goal: Any  # (k,) the class that each goes to
    target: Any  # (k, d)
    offset: Any  # (k, d) targets less class means; None where no target is anything else
    share: Any  # (3, k) 1 for the kinds of pull that each row feels
    masked: bool  # whether all of their labels are out of the task loss as it is


class Pulls:
    """Targets for one stretch of steps; made anew when they have gone stale."""

    def __init__(self, standing: Standing, mending: Mending, samples: Samples, relabelled: list[int]):
        self.standing, self._mending, self._samples, self._relabelled = standing, mending, samples, relabelled
        self._fresh_row = {i: row for row, i in enumerate(standing.named)}
        self.means, self.scale = (
            standing.means,
            standing.variance.sum(),
        )  # the mean squared distance from a mean
        self._anchors: tuple[torch.Tensor, torch.Tensor] | None = None

    def aim(self, aims: list[Aim]) -> None:
        """Fix the targets of these edits, newest first: the newest edit of a sample wins."""
        device = self.means.device
        self._margins = [a for a in aims if isinstance(a.edit, Separate | Shift)]
        owners: dict[int, Aim | None] = {}
        for a in aims:
            for i in a.waiting if isinstance(a.edit, Move | Link) else touched(a.edit):
                owners.setdefault(i, a if isinstance(a.edit, Move | Link) else None)
        for i in reversed(self._relabelled):
            owners.setdefault(i, None)
        self.pool = torch.tensor(list(owners), dtype=torch.int64)
        self._owners = list(owners.items())
        n = len(owners)
        goal, born, looks = [-1] * n, [0.0] * n, [0] * n
        place, away = [False] * n, [False] * n
        # by edit and side: the samples whose middle is the target, and the rows that it is the target of
        places: dict[tuple[int, bool], tuple[Sequence[int], list[int]]] = {}
        where: dict[int, dict[int, int]] = {}  # by edit: which of its own samples each one is
        self._planes: dict[int, tuple[Any, Any, Any]] = {}
        for row, (i, owner) in enumerate(self._owners):
            if owner is None:
                continue
            born[row], looks[row] = float(owner.born), owner.looks.get(i, 0)
            edit = owner.edit
            if owner.n not in where:
                where[owner.n] = {own: k for k, own in enumerate(touched(edit))}
            if isinstance(edit, Link):
                first = where[owner.n][i] < len(edit.a)
                places.setdefault((owner.n, first), (edit.b if first else edit.a, []))[1].append(row)
                place[row], away[row] = edit.alike, not edit.alike
                continue
            assert isinstance(edit, Move)
            to = destination(edit, self._mending.y, self._samples.class_index)
            goal[row] = -1 if to is None else to
            if isinstance(edit.to, Near):
                places.setdefault((owner.n, True), (edit.to.ids, []))[1].append(row)
                place[row] = True
            elif isinstance(edit.to, Plane):
                at = edit.to.at[where[owner.n][i]]
                basis, mean, spot = (
                    torch.tensor(v, device=device, dtype=torch.float32)
                    for v in (edit.to.basis, edit.to.mean, at)
                )
                self._planes[row] = basis, mean, spot
        goals = torch.tensor(goal, dtype=torch.int64, device=device)
        self._goal = goals.clamp(min=0)
        self._target = self.means[self._goal]
        self._offset = None
        if places:
            class_means = self._target.clone()
            for ids, rows in places.values():
                self._target[rows] = self._middle(ids)
            self._offset = self._target - class_means
        shares = [[g >= 0 for g in goal], place, away]
        self._share_of = torch.tensor(shares, dtype=torch.float32, device=device)  # (3, n)
        self._kinds = [any(share) for share in shares]
        # what a small net meets in step after step has a path of its own, of half the operations
        self._swift = all(shares[_TO_CLASS]) and not (any(place) or any(away) or self._planes)
        self._masked = self._mending.masked[self.pool]
        self._born, self._looks = born, looks
        self._prototypes = losses.Prototypes.of(self.means, self.scale)
        self._windows: dict[int, Window] = {}
        self._rooms: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}
        self._found: list[tuple[Sequence[int], torch.Tensor]] = []  # rows, and whether they were satisfied
        self._guesses: list[tuple[Window, torch.Tensor]] = []  # log q: the same, not yet read

    def looks(self) -> dict[tuple[int, int], int]:
        """How many stretches in a row found each pulled sample satisfied throughout, by edit and sample.

        Throughout, because targets go stale: a sample that only seems to arrive late in a stretch has drifted.
        """
        looks = list(self._looks)
        for row, satisfied in self._satisfied().items():
            looks[row] = looks[row] + 1 if satisfied else 0
        return {(o.n, i): looks[row] for row, (i, o) in enumerate(self._owners) if o is not None}

    def _satisfied(self) -> dict[int, bool]:
        """Whether each row that this stretch has pulled so far was satisfied every time."""
        found = list(self._found)
        if self._guesses:
            goal = torch.cat([window.goal for window, _ in self._guesses])[:, None]
            log_q = torch.cat([guess for _, guess in self._guesses])
            pooled = [row for window, _ in self._guesses for row in window.rows]
            found.append((pooled, log_q.gather(1, goal)[:, 0] > -NEARLY_SURE))
        kept: dict[int, bool] = {}
        for rows, good in found:
            for row, each in zip(rows, good.tolist(), strict=True):
                kept[row] = kept.get(row, True) and each
        return kept

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of this stretch; the aims that it was given belong to it."""
        found = self._satisfied()
        return {
            "standing": dict(vars(self.standing)),
            "anchors": self._anchors,
            "rows": list(found),
            "satisfied": list(found.values()),
        }

    @classmethod
    def of(
        cls, state: dict[str, Any], mending: Mending, samples: Samples, relabelled: list[int], aims: list[Aim]
    ) -> Pulls:
        """Go on from `state()` in mid-stretch."""
        pulls = cls(Standing(**state["standing"]), mending, samples, relabelled)
        pulls.aim(aims)
        pulls._anchors = state["anchors"]
        pulls._found.append((state["rows"], torch.tensor(state["satisfied"])))
        return pulls

    def window(self, start: int, stop: int) -> Window:
        """These rows of the pool, side by side so that all that is known of them is a view and not a copy."""
        window = self._windows.get(start)
        if window is None or len(window.rows) != stop - start:
            window = self._windows[start] = self._make_window(slice(start, stop), range(start, stop))
        return window

    def found_in(self, ids: torch.Tensor) -> tuple[list[int], Window]:
        """Where in a batch edited samples are, and what is known of them."""
        row_of = {i: row for row, i in enumerate(self.pool.tolist())}
        found = [(at, row_of[i]) for at, i in enumerate(ids.tolist()) if i in row_of]
        rows = [row for _, row in found]
        return [at for at, _ in found], self._make_window(rows, rows)

    def _make_window(self, at: Any, rows: Sequence[int]) -> Window:
        return Window(
            self.pool[at],
            rows,
            born := [self._born[row] for row in rows],
            len(set(born)) == 1,
            self._goal[at],
            self._target[at],
            None if self._offset is None else self._offset[at],
            self._share_of[:, at],
            bool(self._masked[at].all()),
        )

    def moves(
        self,
        latents: torch.Tensor,
        at: Any,
        window: Window,
        fade: Fade,
        own: Callable[..., torch.Tensor] | None,
    ) -> losses.Pair:
        """Moves and links: edited samples toward their targets, or away from them.

        latents (b, d) of the whole batch; at: where in it the window's samples are, a slice or a list -> value (),
        slope (b, d), 0 in the other rows and valid until the next call.
        """
        z = latents[at]  # (k, d)
        if self._swift and own is None and window.together and isinstance(at, slice):
            weight = fade(window.born[0])
            whole, part = self._room(latents, at)
            log_q, _ = losses.toward_prototype(
                z, self._prototypes, window.goal, window.target, weight=weight / len(z), out=part
            )
            self._guesses.append((window, log_q))
            return weight * F.nll_loss(log_q, window.goal), whole
        faded = {born: fade(born) / len(z) for born in set(window.born)}
        parts = []  # which of the kinds, then (k,) and (k, d), and whether each row is satisfied
        if self._kinds[_TO_CLASS]:
            goal = window.goal
            if own is None:
                log_q, s = losses.toward_prototype(z, self._prototypes, goal, window.target, window.offset)
                v = -log_q.gather(1, goal[:, None])[:, 0]
                parts.append((_TO_CLASS, v, s, v < NEARLY_SURE))
            else:
                v, s = self._own(own, z, goal, window.share[_TO_CLASS] > 0)
                parts.append((_TO_CLASS, v, s, torch.cdist(z, self.means).argmin(1) == goal))
        if self._kinds[_TO_PLACE]:
            v, s = losses.toward_place(z, window.target, self.scale)
            parts.append((_TO_PLACE, v, s, v < NEAR_ENOUGH))
        if self._kinds[_AWAY]:
            v, s = losses.apart(z, window.target, self.scale, LINK_MARGIN)
            parts.append((_AWAY, v, s, v == 0))
        strength = torch.tensor([faded[born] for born in window.born], device=z.device)  # (k,)
        value, slope = z.new_zeros(()), torch.zeros_like(z)
        satisfied = torch.ones(len(z), dtype=torch.bool, device=z.device)
        for kind, v, s, good in parts:
            w = strength * window.share[kind]
            value, slope = value + w @ v, torch.addcmul(slope, s, w[:, None])
            satisfied &= good | (w == 0)
        for k, row in enumerate(window.rows):
            if row in self._planes:
                basis, mean, spot = self._planes[row]
                v, s = losses.toward_place(((z[k] - mean) @ basis)[None], spot[None], self.scale)
                # a place out of single precision's reach has no loss; its slope is left out where it is capped
                value = value + (strength[k] * v[0]).nan_to_num(0.0, 0.0, 0.0)
                slope[k] += strength[k] * (basis @ s[0])
                satisfied[k] = v[0] < NEAR_ENOUGH / 10
        self._found.append((window.rows, satisfied))
        whole = torch.zeros_like(latents)
        whole[at] = slope
        return value, whole

    def _room(self, latents: torch.Tensor, at: slice) -> tuple[torch.Tensor, torch.Tensor]:
        """A slope for the whole batch that is 0 but for some rows, and those rows; used again and again."""
        key = len(latents), at.start
        room = self._rooms.get(key)
        if room is None:
            whole = torch.zeros_like(latents)
            room = self._rooms[key] = whole, whole[at]
        return room

    def margins(self, z: torch.Tensor, ids: torch.Tensor, y: torch.Tensor, fade: Fade) -> losses.Pair | None:
        """Separations and shifts, on means whose value is the stored one and whose slope is this batch's.

        z (b, d), ids (b,) on the host, y (b,) -> value (), slope (b, d); None without any.
        """
        total = None
        for a in self._margins:
            assert isinstance(a.edit, Separate | Shift) and a.goal is not None
            first, second = self._sides(a.edit)
            gap = self._mean(first) - self._mean(second)
            if isinstance(a.edit, Separate):
                v, s = losses.apart(gap[None], torch.zeros_like(gap)[None], self.scale, a.goal)
                v, s = v[0], s[0]
            else:
                axis = self._axis(a.edit)
                v, s = losses.axis_margin(gap, axis, self._spread(axis), a.goal, up=a.edit.amount > 0)
            share = self._share(first, ids, y) - self._share(second, ids, y)  # (b,) of each row in the gap
            weight = fade(a.born)
            pair = weight * v, weight * share[:, None] * s
            total = pair if total is None else (total[0] + pair[0], total[1] + pair[1])
        return total

    def drift(self, z: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """The slope (b, d) that holds samples which no edit names near where they were at this survey."""
        assert self._anchors is not None, "hold() comes first"
        places, row_of = self._anchors
        row = row_of[ids.to(z.device)]
        held = (row >= 0)[:, None]
        return (z - places[row]) * held * (2 / len(z)) / self.scale

    def hold(self, survey: Survey) -> None:
        """Copy the places of a spread of known samples that no edit names: `drift` holds them there."""
        n, device = len(survey.known), survey.latents.device
        ids = torch.linspace(0, n - 1, min(n, ANCHORS), device=device).long()
        free = survey.known[ids] & ~torch.isin(ids, self.pool.to(device))
        row = torch.full((n,), -1, dtype=torch.int64, device=device)
        row[ids[free]] = free.nonzero()[:, 0]
        self._anchors = survey.latents[ids], row

    def contrast(self, z: torch.Tensor, ids: torch.Tensor, y: torch.Tensor) -> losses.Pair:
        """The supervised contrastive loss with relabelled samples as anchors: value (), slope (b, d)."""
        anchors = torch.isin(ids, torch.tensor(self._relabelled)).to(z.device) & (y >= 0)
        with torch.enable_grad():
            leaf = z.detach().requires_grad_(True)
            value = losses.supervised_contrastive(leaf, y, anchors)
            (slope,) = torch.autograd.grad(value, leaf)
        return value.detach(), slope

    def separation(self, edit: Separate | Shift) -> float:
        """How far apart the two sides are now, in pooled deviations (along the axis, for a shift)."""
        a, b = self._sides(edit)
        if isinstance(edit, Separate):
            return float(((self._mean(a) - self._mean(b)).square().sum() / self.scale).sqrt())
        axis = self._axis(edit)
        return float((self._mean(a) - self._mean(b)) @ axis / self._spread(axis))

    def _own(
        self, loss: Callable[..., torch.Tensor], z: torch.Tensor, goal: torch.Tensor, chosen: torch.Tensor
    ) -> losses.Pair:
        """Somebody else's loss between the moved samples and the class means."""
        with torch.enable_grad():
            leaf = z.detach().requires_grad_(True)
            classes = torch.arange(len(self.means), device=z.device)
            total = loss(leaf[chosen], goal[chosen], ref_emb=self.means, ref_labels=classes)
            (slope,) = torch.autograd.grad(total, leaf)
        return total.detach().expand(len(z)), slope * len(z)

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
            return self._middle(side)
        weight = self._classes_of(side) * self.standing.counts
        return (self.means * weight[:, None]).sum(0) / weight.sum().clamp(min=1)

    def _middle(self, ids: Iterable[int]) -> torch.Tensor:
        return self.standing.fresh[[self._fresh_row[i] for i in ids]].mean(0)

    def _share(self, side: Any, ids: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """How much each row of the batch counts in the mean of a side: (b,), adding up to 1 or to 0."""
        if _is_ids(side):
            rows = torch.isin(ids, torch.tensor(side)).to(y.device).float()
        else:
            rows = self._classes_of(side)[y.clamp(min=0)] * (y >= 0)
        return rows / rows.sum().clamp(min=1)

    def _axis(self, edit: Shift) -> torch.Tensor:
        d, device = self.means.shape[1], self.means.device
        if isinstance(edit.axis, int):
            return torch.nn.functional.one_hot(torch.tensor(edit.axis, device=device), d).float()
        return torch.tensor(edit.axis, device=device)

    def _spread(self, axis: torch.Tensor) -> torch.Tensor:
        """Pooled deviation within classes along an axis, never under a tenth of the average axis."""
        floor = 0.1 * (self.scale / len(axis)).sqrt()
        return (self.standing.variance @ axis.square()).sqrt().clamp(min=floor)


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
