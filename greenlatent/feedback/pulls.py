"""Pulls: where the edits in force want which latents, from class means and targets as they stand now."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional as F

from ..edits.kinds import Link, Move, Near, Plane, Pulled, touched
from ..edits.mending import Mending
from ..edits.mends import destination
from . import losses
from .margins import Margins
from .survey import Aim, Fade, Standing, Survey, Window

NEARLY_SURE = -math.log(0.9)  # the loss of a sample whose place has a probability of 0.9
NEAR_ENOUGH = math.log1p(0.5)  # the loss at half the mean squared distance of a sample from its class mean
ANCHORS = 1024  # samples that are held in place while edits pull on others
LINK_MARGIN = 2.0  # typical distances between samples that belong apart

# How a sample can be pulled; one that goes to neighbours of a class is pulled to their place and to the class.
_TO_CLASS, _TO_PLACE, _AWAY = range(3)


class Targets:
    """Where each row of the pool is to go, filled in by its newest edit."""

    def __init__(self, n: int, mending: Mending):
        self.y, self.index = mending.y, mending.class_index
        self.goal, self.born, self.looks = [-1] * n, [0.0] * n, [0] * n
        self.place, self.away = [False] * n, [False] * n
        # by edit and side: the samples whose middle is the target, and the rows that it is the target of
        self.places: dict[tuple[int, bool], tuple[Sequence[int], list[int]]] = {}
        self.planes: dict[
            int, tuple[Any, Any, Any]
        ] = {}  # basis (d, 2), mean (d,), and where in the plane (2,)


def _move(targets: Targets, row: int, aim: Aim, k: int) -> None:
    edit = aim.edit
    assert isinstance(edit, Move)
    to = destination(edit, targets.y, targets.index)
    targets.goal[row] = -1 if to is None else to
    if isinstance(edit.to, Near):
        targets.places.setdefault((aim.n, True), (edit.to.ids, []))[1].append(row)
        targets.place[row] = True
    elif isinstance(edit.to, Plane):
        targets.planes[row] = edit.to.basis, edit.to.mean, edit.to.at[k]


def _link(targets: Targets, row: int, aim: Aim, k: int) -> None:
    edit = aim.edit
    assert isinstance(edit, Link)
    first = k < len(edit.a)
    targets.places.setdefault((aim.n, first), (edit.b if first else edit.a, []))[1].append(row)
    targets.place[row], targets.away[row] = edit.alike, not edit.alike


# How a kind of edit pulls on sample k of its own, which is this row of the pool; those that pull on means are MARGINS.
PULLS: dict[type, Callable[[Targets, int, Aim, int], None]] = {Move: _move, Pulled: _move, Link: _link}


class Pulls:
    """Targets for one stretch of steps; made anew when they have gone stale."""

    def __init__(self, standing: Standing, mending: Mending):
        self.standing, self._mending = standing, mending
        # the mean squared distance from a mean
        self.means, self.scale = standing.means, standing.variance.sum()
        self.margins = Margins(standing, mending)
        self._anchors: tuple[torch.Tensor, torch.Tensor] | None = None

    def aim(self, aims: list[Aim]) -> None:
        """Fix the targets of these edits, newest first: the newest edit of a sample wins."""
        self.margins.aim(aims)
        owners: dict[int, Aim | None] = {}
        for a in aims:
            by_sample = type(a.edit) in PULLS
            for i in a.waiting if by_sample else touched(a.edit):
                owners.setdefault(i, a if by_sample else None)
        self.pool = torch.tensor(list(owners), dtype=torch.int64)
        self._owners = list(owners.items())
        targets = Targets(len(owners), self._mending)
        where: dict[int, dict[int, int]] = {}  # by edit: which of its own samples each one is
        for row, (i, owner) in enumerate(self._owners):
            if owner is None:
                continue
            targets.born[row], targets.looks[row] = float(owner.born), owner.looks.get(i, 0)
            if owner.n not in where:
                where[owner.n] = {own: k for k, own in enumerate(touched(owner.edit))}
            PULLS[type(owner.edit)](targets, row, owner, where[owner.n][i])
        self._fix(targets)

    def _fix(self, targets: Targets) -> None:
        """Targets as tensors, and what is found of them in this stretch."""
        device = self.means.device
        goals = torch.tensor(targets.goal, dtype=torch.int64, device=device)
        self._goal = goals.clamp(min=0)
        self._target = self.means[self._goal]
        self._offset = None
        if targets.places:
            class_means = self._target.clone()
            for ids, rows in targets.places.values():
                self._target[rows] = self.margins.middle(ids)
            self._offset = self._target - class_means
        self._planes = {
            row: tuple(torch.tensor(v, device=device, dtype=torch.float32) for v in plane)
            for row, plane in targets.planes.items()
        }
        shares = [[g >= 0 for g in targets.goal], targets.place, targets.away]
        self._share_of = torch.tensor(shares, dtype=torch.float32, device=device)  # (3, n)
        self._kinds = [any(share) for share in shares]
        # what a small net meets in step after step has a path of its own, of half the operations
        self._swift = all(shares[_TO_CLASS]) and not (
            any(shares[_TO_PLACE]) or any(shares[_AWAY]) or self._planes
        )
        self._masked = self._mending.masked[self.pool]
        self._born, self._looks = targets.born, targets.looks
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
    def of(cls, state: dict[str, Any], mending: Mending, aims: list[Aim]) -> Pulls:
        """Go on from `state()` in mid-stretch."""
        pulls = cls(Standing(**state["standing"]), mending)
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
