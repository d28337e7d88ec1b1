"""Inputs without their labels: which samples lie beside which, and which look broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

AXES = 32  # principal axes that distances are taken in
FITTED = 1000  # samples that the axes are fitted to
CROWD = 2000  # neighbours are looked for among so many at most, and
ENOUGH = (
    500  # among so many fewer than there are, but no fewer than so many: to find them is what a look costs
)
EXACT = 256  # columns up to which the axes are exact, which is cheaper there
NEIGHBOURS = 12
TOGETHER = 6  # columns of which the least is looked for at first
ROWS = 1024
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # quantiles that a channel is described by
TINY = 1e-6
MOST_TOGETHER, LAG = (
    16,
    16,
)  # channels whose pairs are looked at; a part of a signal by which one follows another
STILL = 50  # units of a logarithm below others: e^5 times less
OUTER, NORMAL = 0.05, 1.645  # a quantile, and how many deviations out it lies in a normal distribution
LOGARITHM, EDGE, MEAN = (
    0.1,
    0.03,
    0.1,
)  # units below which nothing is odd: of logarithms, of shares, of spreads


@dataclass(frozen=True)
class Looks:
    """What inputs alone tell of every sample."""

    z: torch.Tensor  # (n, axes)
    crowd: np.ndarray  # (m,) samples that neighbours are looked for among
    near: np.ndarray  # (n, k) the nearest of those, itself left out
    far: np.ndarray  # (n,) how much further they are than neighbours usually are, in deviations
    unlike: np.ndarray  # (n,) the same of what the axes leave of it: its reconstruction distance
    odd: np.ndarray  # (n,) the same of the oddest property of a channel
    channel: np.ndarray  # (n,) in which channel that is, and
    dead: np.ndarray  # (n,) whether it is that it stands still
    copy: np.ndarray  # (n,) a sample with the same input, -1 for none

    @property
    def broken(self) -> np.ndarray:
        """(n,) how far it stands out, by the worst of the three."""
        return np.max([self.far, self.unlike, self.odd], axis=0)


def read(x: torch.Tensor, goes_on: Callable[[], object] = lambda: None) -> Looks:
    """Look at inputs (n, ...): (n, features), (n, channels, time) or (n, channels, height, width)."""
    x = x.float()
    signals = (x[:, None] if x.ndim < 3 else x.flatten(2)).contiguous()  # (n, channels, places)
    goes_on()
    properties = _properties(signals)  # (n, channels, properties)
    flat = x.flatten(1) if x.ndim != 3 else _described(properties, signals)
    n = len(flat)
    some = torch.linspace(0, n - 1, min(FITTED, n)).long()
    middle = flat[some].mean(0)
    centred = flat - middle
    axes = _axes(centred[some])
    z = centred @ axes
    goes_on()
    left = (centred.square().sum(1) - z.square().sum(1)).clamp(min=0).sqrt()
    crowd = np.linspace(0, n - 1, crowded(n)).astype(int)
    near, distance = _nearest(z, crowd, goes_on)
    odd, channel, dead = _oddest(properties)
    return Looks(
        *(z, crowd, near, _robust(distance), _robust(left.numpy()), odd, channel, dead),
        _same(flat),
    )


def crowded(n: int) -> int:
    """Among how many of n samples neighbours are looked for."""
    return min(CROWD, n, max(ENOUGH, n - ENOUGH))


def _properties(signals: torch.Tensor) -> torch.Tensor:
    """(n, channels, 6): logarithms of a channel's deviation, of its roughness and of its largest value, its mean, and
    how much of it lies at its own top and bottom."""
    centred = signals - signals.mean(2, keepdim=True)
    spread = (
        torch.linalg.vecdot(centred, centred, dim=2) / signals.shape[2]
    ).sqrt()  # a twentieth of std's time
    steps = signals.diff(dim=2).abs().mean(2) if signals.shape[2] > 1 else torch.zeros_like(spread)
    mean = signals.mean(2)
    scale = float(spread.median()) * 1e-4 + 1e-12
    low, high = signals.amin(2, keepdim=True), signals.amax(2, keepdim=True)
    top = torch.maximum(-low, high)[:, :, 0]
    edge = 1e-3 * (high - low)
    at = [_share(signals >= high - edge), _share(signals <= low + edge)]
    logs = [(v + scale).log() / LOGARITHM for v in (spread, steps, top)]
    return torch.stack([*logs, mean / (MEAN * spread.median() + TINY), *(v / EDGE for v in at)], 2)


def _share(true: torch.Tensor) -> torch.Tensor:
    """(n, channels, places) -> (n, channels): how many of them are; torch takes twice as long to count."""
    return torch.from_numpy(true.numpy().sum(2, dtype=np.int32)) / true.shape[2]


def _described(properties: torch.Tensor, signals: torch.Tensor) -> torch.Tensor:
    """(n, d) signals by what is the same wherever they start: each channel's properties and eight bands, and how
    channels go together, at once and one after the other."""
    centred = signals - signals.mean(2, keepdim=True)
    power = torch.from_numpy(np.abs(torch.fft.rfft(centred, dim=2).numpy()))  # a tenth of torch's time
    edges = np.unique(np.geomspace(1, power.shape[2], 9).astype(int))
    bands = [(power[:, :, a:b].mean(2) + 1e-3).log() for a, b in pairwise(edges)]
    parts = [properties[:, :, :4].flatten(1), *bands]
    if 1 < signals.shape[1] <= MOST_TOGETHER:
        unit = centred / centred.square().mean(2, keepdim=True).sqrt().clamp(min=TINY)
        later = max(1, signals.shape[2] // LAG)
        rows, columns = np.triu_indices(signals.shape[1], 1)
        at_once = unit @ unit.transpose(1, 2) / signals.shape[2]
        after = unit[:, :, :-later] @ unit[:, :, later:].transpose(1, 2) / signals.shape[2]
        parts += [at_once[:, rows, columns], (after - after.transpose(1, 2))[:, rows, columns]]
    return standard(torch.cat(parts, 1))


def standard(z: torch.Tensor) -> torch.Tensor:
    """Columns of mean 0 and deviation 1; a tenth of the time of torch's std."""
    centred = z - z.mean(0)
    return centred / centred.square().mean(0).sqrt().clamp(min=TINY)


def _axes(x: torch.Tensor) -> torch.Tensor:
    """(d, axes) the principal ones; the same whatever else has drawn numbers."""
    if x.shape[1] <= AXES:
        return torch.linalg.svd(x, full_matrices=False)[2][: max(1, x.shape[1] // 2)].T
    if x.shape[1] <= min(EXACT, len(x)):
        return torch.linalg.eigh(x.T @ x)[1][:, -AXES:].flip(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return torch.pca_lowrank(x, min(AXES, len(x)), center=False, niter=1)[2]


def _nearest(
    z: torch.Tensor, crowd: np.ndarray, goes_on: Callable[[], object]
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of the crowd (n, k), and the mean distance of the nearest three (n,)."""
    others = z[crowd]
    k = min(NEIGHBOURS, len(crowd) - 1)
    near, distance = [], []
    own = torch.full((len(z),), -1)
    own[crowd] = torch.arange(len(crowd))
    for begin in range(0, len(z), ROWS):
        goes_on()
        part = z[begin : begin + ROWS]
        apart = torch.cdist(part, others)
        mine = own[begin : begin + ROWS]
        rows = (mine >= 0).nonzero()[:, 0]
        apart[rows, mine[rows]] = torch.inf
        columns, values = _least(apart, max(1, k))
        near.append(crowd[columns.numpy()])
        distance.append(values[:, : min(3, max(1, k))].mean(1).numpy())
    return np.concatenate(near), np.concatenate(distance)


def _least(x: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The columns of the k least of each row, and these. Half of the time of topk on all of them: the k least lie in
    the k groups of columns whose least are the least."""
    n, m = x.shape
    wide = -(-m // TOGETHER)
    if wide <= 2 * k:
        found = x.topk(k, largest=False)
        return found.indices, found.values
    groups = torch.nn.functional.pad(x, (0, wide * TOGETHER - m), value=torch.inf).view(n, TOGETHER, wide)
    group = groups.amin(1).topk(k, largest=False, sorted=False).indices
    inside = groups.gather(2, group[:, None].expand(n, TOGETHER, k)).flatten(1).topk(k, largest=False)
    return inside.indices // k * wide + group.gather(1, inside.indices % k), inside.values


def _robust(values: np.ndarray) -> np.ndarray:
    """How far above the middle, in deviations of the logarithm."""
    return _apart(np.log(np.maximum(values, TINY)) / LOGARITHM)


def _apart(values: np.ndarray) -> np.ndarray:
    """How far from the middle, in deviations of that side as its outer quantile has them: tails are seldom alike, and
    a few broken samples do not change it. `values` (n, ...) come in the least unit that counts as a deviation."""
    low, middle, high = np.quantile(values, (OUTER, 0.5, 1 - OUTER), axis=0)
    above, below = np.maximum((high - middle) / NORMAL, 1), np.maximum((middle - low) / NORMAL, 1)
    return (values - middle) / np.where(values > middle, above, below)


def _oddest(properties: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How odd the oddest property of a channel is, which channel that is, and whether it stands still."""
    values = properties.numpy()
    apart = abs(_apart(values))
    worst = apart.reshape(len(values), -1).argmax(1)
    n, properties_each = np.arange(len(values)), values.shape[2]
    channel = worst // properties_each
    still = values[n, channel, 0] < np.median(values[:, :, 0]) - STILL
    return apart.reshape(len(values), -1)[n, worst], channel, still


def _same(x: torch.Tensor) -> np.ndarray:
    """(n,) a sample with the very same input, else -1: only those of one weighted sum are compared."""
    weights = torch.linspace(1, 2, x.shape[1]).sqrt()
    key = (x * weights).sum(1).numpy()
    order = np.argsort(key, kind="stable")
    before, after = order[:-1], order[1:]
    alike = key[before] == key[after]
    before, after = before[alike], after[alike]
    same = (x[before] == x[after]).all(1).numpy()
    found = np.full(len(x), -1)
    found[after[same]] = before[same]
    first = before[same][::-1]
    found[first] = np.where(found[first] < 0, after[same][::-1], found[first])
    return found
