"""Copies: rows that are the same as others, or nearly, and rows that training and validation share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ..data.samples import Samples

NEAR = 0.1  # of the distance within which three of four have their nearest of the same class
BLOCK = 4000  # rows whose distances are held at once
ROUNDED = 0.05  # by which a distance may be off where it only tells what is looked at exactly
READ = 1024  # items of a Dataset that are read at once


@dataclass(frozen=True)
class Copies:
    """Groups of rows that hold the same; of each the first stays where the others go."""

    exact: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]
    divided: tuple[tuple[int, ...], ...]  # the same inputs under different labels: for a person to judge
    rows: Mapping[bytes, Sequence[int]] = field(default_factory=dict, repr=False)  # which hold each input

    @property
    def spare(self) -> tuple[int, ...]:
        """The rows that copy another, all but the first of each group."""
        return tuple(sorted(i for group in (*self.exact, *self.near) for i in group[1:]))


def find_copies(samples: Samples, places: torch.Tensor | None = None, *, near: float = NEAR) -> Copies:
    """Rows whose inputs and labels are the same; and rows of one class that are nearer to each other than `near` of the
    distance within which three of four there have their nearest. `places` (n, d) are what distances are
    taken in, by default the inputs."""
    same = _by_row(samples)
    y = samples.y.numpy()
    exact: list[tuple[int, ...]] = []
    divided: list[tuple[int, ...]] = []
    for group in same.values():
        if len(group) > 1:
            labels = {float(y[i]) for i in group}
            (exact if len(labels) == 1 else divided).append(tuple(group))
    firsts = np.array(sorted(group[0] for group in same.values()), dtype=np.int64)
    close: list[tuple[int, ...]] = []
    if (
        near > 0
        and not samples.regression
        and not samples.unlabelled
        and not (samples.lazy and places is None)
    ):
        points = samples.x.flatten(1).float() if places is None else places.float()
        apart = firsts[~np.isin(firsts, [group[0] for group in divided])]
        for label in np.unique(y[y >= 0]):
            ids = apart[y[apart] == label]
            close += [
                tuple(ids[list(group)].tolist()) for group in _near(points[torch.from_numpy(ids)], near)
            ]
    heads = {group[0]: group for group in exact}
    merged = [tuple(sorted(j for i in group for j in heads.pop(i, (i,)))) for group in close]
    return Copies(tuple(sorted(heads.values())), tuple(sorted(merged)), tuple(sorted(divided)), same)


def shared_rows(part: Samples, of: Samples, rows: Mapping[bytes, Sequence[int]] | None = None) -> list[int]:
    """The rows of `part` whose inputs are those of a row of `of`, too; `rows` are those of `of`, where known."""
    if part.shape != of.shape:
        return []
    there = _by_row(of) if rows is None else rows
    return sorted(i for row, group in _by_row(part).items() if row in there for i in group)


def _by_row(samples: Samples) -> dict[bytes, list[int]]:
    """Which rows hold each input."""
    rows: dict[bytes, list[int]] = {}
    for start, block in _blocks(samples):
        # 0.0 and -0.0 are one number
        values = (
            (block.flatten(1) + 0 if block.is_floating_point() else block.flatten(1)).contiguous().numpy()
        )
        for i, row in enumerate(values, start):
            rows.setdefault(row.tobytes(), []).append(i)
    return rows


def _blocks(samples: Samples) -> Iterator[tuple[int, torch.Tensor]]:
    size = READ if samples.lazy else BLOCK
    for ids in torch.arange(len(samples)).split(size):
        yield int(ids[0]), samples.view(ids)


def _near(points: torch.Tensor, near: float) -> list[Sequence[int]]:
    """Groups of points that are next to each other, link by link."""
    if len(points) < 3:  # of two the distance is its own median
        return []
    nearest, usual = _nearest(points)
    most = near * usual
    candidates = (nearest <= most * (1 + ROUNDED)).nonzero()[:, 0]
    if not most or not len(candidates):
        return []
    leader = {int(i): int(i) for i in candidates}

    def head(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    for at in candidates.split(BLOCK):
        rows, columns = (_distances(points, at) <= most).nonzero(as_tuple=True)
        for i, j in zip(at[rows].tolist(), columns.tolist(), strict=True):
            a, b = sorted((head(i), head(j)))
            leader[b] = a
    groups: dict[int, list[int]] = {}
    for i in leader:
        groups.setdefault(head(i), []).append(i)
    return [group for group in groups.values() if len(group) > 1]


def _nearest(points: torch.Tensor) -> tuple[torch.Tensor, float]:
    """How far the nearest is from each point, and within what three of four have theirs: by products where those are
    exact enough, a twentieth of the time."""
    centred = points - points.mean(0)
    products = torch.cat([_distances(centred, at, products=True).min(1).values for at in _blocks_of(points)])
    # what products may be off by, of points this far from their mean
    off = 8 * torch.finfo(centred.dtype).eps * float(centred.square().sum(1).max())
    usual = _usual(products)
    if (NEAR * usual) ** 2 * 2 * ROUNDED > off:
        return products, usual
    exact = torch.cat([_distances(points, at).min(1).values for at in _blocks_of(points)])
    return exact, _usual(exact)


def _usual(nearest: torch.Tensor) -> float:
    """Within what three of four have their nearest: a median is that of copies where half of a class are some."""
    return float(nearest.quantile(0.75))


def _blocks_of(points: torch.Tensor) -> Sequence[torch.Tensor]:
    return torch.arange(len(points)).split(BLOCK)


def _distances(points: torch.Tensor, at: torch.Tensor, *, products: bool = False) -> torch.Tensor:
    """From these points to all, and to themselves none; `at` rises, so that as many as there are are all."""
    # exact differences: by products, small distances between large numbers drown
    mode = f"{'' if products else 'donot_'}use_mm_for_euclid_dist"
    if len(at) == len(points):
        return torch.cdist(points, points, compute_mode=mode).fill_diagonal_(torch.inf)
    distances = torch.cdist(points[at], points, compute_mode=mode)
    distances[torch.arange(len(at)), at] = torch.inf
    return distances
