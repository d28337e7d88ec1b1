"""From counters to kinds of work: a regression of counted joules on the seconds of each kind.

A counter that moves every 100 ms cannot be read per 2 ms step: nearly all of the differences are 0, and the mean
of the rest stays wrong by 5 % and more however long one runs, because joules are booked after the work that
caused them. What can be known is the watts of each kind, from many counter intervals in which the kinds have
different shares.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..intervals import student
from .accounts import Account, Tally
from .regression import MEMORIES

MAX_CONDITION = 30.0  # kinds whose seconds rise and fall together beyond this cannot be told apart


@dataclass(frozen=True)
class Share:
    """What one channel says about the kinds in a span: arrays over kinds, in joules."""

    joules: np.ndarray
    down: np.ndarray  # own error, 95 %
    up: np.ndarray
    merged: list[tuple[int, ...]]  # per kind, the others that it cannot be told from
    group: np.ndarray  # own error, 95 %, of a kind together with those
    total: float
    gap: float  # what the seconds without a reading would have cost at the same watts; not in the total
    edge: float  # own error of the total, 95 %
    coverage: float


def attribute(
    span: Tally, run: Tally, seconds: np.ndarray, cpu: np.ndarray, account: Account
) -> Share | None:
    """Split what a channel counted in `span` over its kinds; None where it has never counted anything.

    The watts come from the span itself when it has rows enough, else from the whole `run`. The lines are
    scaled so that they add up to what was counted. `seconds` and `cpu` are per kind within the span.
    """
    width = len(seconds)
    if run.joules <= 0:
        return None
    enough = 20 + 3 * int((seconds > 1e-9).sum())
    tally = span if span.rows.count >= enough else run
    rows = tally.rows
    lag, variant, rivals = rows.best()
    used = np.flatnonzero(np.maximum(seconds, tally.counted[lag]) > 1e-9)
    watts = np.full(width, run.joules / run.counted[lag].sum())
    cover, groups, others = np.zeros((width, width)), [used], []
    counted, present = span.counted[lag], span.present(seconds)
    if rows.count >= enough:
        # Merging is for the lines, not for the regression: what two kinds draw together is known where each
        # alone is not, and a third kind must not pay for their differences.
        groups = _groups(rows.xx[lag * len(MEMORIES), 1:, 1:], used)
        square = np.ix_(used, used)
        xx, xy, yy = rows.fit()
        watts[used] = nonnegative(xx[variant][square], xy[variant][used])
        cover[square] = _cover(xx[variant][square], xy[variant][used], yy[variant], rows.count, counted[used])
        for rival in rivals:
            if rival != variant:
                others.append(np.zeros(width))
                others[-1][used] = nonnegative(xx[rival][square], xy[rival][used])
        for members in groups:  # what is too new for any row draws what its group draws
            new = tally.counted[lag][members] <= 1e-9
            if new.any() and not new.all():
                old = members[~new]
                watts[members[new]] = np.average(watts[old], weights=tally.counted[lag][old])
    modelled = float(watts @ counted)
    if span.joules > 0 and modelled > 0:
        watts, cover = watts * (span.joules / modelled), cover * (span.joules / modelled) ** 2
        others = [rival * (span.joules / max(float(rival @ counted), 1e-12)) for rival in others]
    total = float(watts @ present)
    # Both edges of a span fall somewhere between two changes of the count: rms = watts * period / sqrt(6).
    cut = abs(float((present - counted).sum())) > 1e-3 and not account.channel.continuous
    mean_watts = total / max(float(present.sum()), 1e-9)
    edge = 1.96 * mean_watts * account.period / math.sqrt(6) if cut or span.joules <= 0 else 0.0

    joules, down, up, whole = np.zeros(width), np.zeros(width), np.zeros(width), np.zeros(width)
    merged: list[tuple[int, ...]] = [()] * width
    for members in groups:
        part = np.zeros(width)
        part[members] = present[members]
        value = float(watts @ part)
        own = student(max(rows.count - len(used), 1.0)) * math.sqrt(max(float(part @ cover @ part), 0.0))
        choice = max((abs(float(rival @ part) - value) for rival in others), default=0.0)
        own = math.hypot(own, choice, edge * value / total if total > 0 else 0.0)
        whole[members] = own
        _split(members, value, own, seconds, cpu, account.channel, (joules, down, up), merged)
    covered = float(present.sum()) / max(float(seconds.sum()), 1e-9)
    gap = max(float(watts @ seconds) - total, 0.0)
    return Share(joules, down, up, merged, whole, total, gap, edge, min(max(covered, 0.0), 1.0))


def _split(members, value, own, seconds, cpu, channel, out, merged) -> None:
    """The joules of a group over its members: by time, or by processor time where that is counted."""
    joules, down, up = out
    if len(members) == 1:
        i = members[0]
        joules[i], down[i], up[i] = value, own, own
        return
    by = cpu if channel.part in ("cpu", "machine") and cpu[members].sum() > 0 else seconds
    shares = np.clip(by[members], 0.0, None)
    shares = shares / max(shares.sum(), 1e-12)
    most = channel.peak_watts * seconds[members] if channel.peak_watts else np.full(len(members), np.inf)
    for i, part, top in zip(members, shares, most, strict=True):
        joules[i] = value * part
        high = min(value + own, max(float(top), joules[i]))
        low = max(0.0, value - own - float(most.sum() - top)) if np.isfinite(most).all() else 0.0
        up[i], down[i] = high - joules[i], joules[i] - min(low, joules[i])
        merged[i] = tuple(int(j) for j in members if j != i and seconds[j] > 1e-9)


def _groups(gram: np.ndarray, used: np.ndarray) -> list[np.ndarray]:
    """The kinds in `used`, those together that rise and fall together."""
    size = gram.shape[0]
    seen = [np.array([i]) for i in used if gram[i, i] > 1e-12]
    unseen = [i for i in used if gram[i, i] <= 1e-12]
    while len(seen) > 1:
        select = np.zeros((len(seen), size))
        for g, members in enumerate(seen):
            select[g, members] = 1.0
        merged = select @ gram @ select.T
        scale = np.sqrt(np.diag(merged))
        values, vectors = np.linalg.eigh(merged / np.outer(scale, scale))
        if values[0] > 0 and math.sqrt(values[-1] / values[0]) <= MAX_CONDITION:
            break
        # The combination that all but vanishes: its largest part, and the largest that cancels it.
        weak = vectors[:, 0]
        first = int(np.argmax(np.abs(weak)))
        opposite = np.where(weak * np.sign(weak[first]) < 0, np.abs(weak), 0.0)
        second = int(np.argmax(opposite)) if opposite.any() else int(np.argsort(np.abs(weak))[-2])
        seen[first] = np.concatenate([seen[first], seen[second]])
        del seen[second]
    if unseen:  # too new for any row: nothing is known about them but their time
        if not seen:
            return [np.array(unseen)]
        largest = max(range(len(seen)), key=lambda g: gram[np.ix_(seen[g], seen[g])].sum())
        seen[largest] = np.concatenate([seen[largest], unseen])
    return seen


def nonnegative(gram: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """The x >= 0 with the least ||Ax - b||, given A'A and A'b (Lawson and Hanson, 1974)."""
    size = len(moment)
    x, free = np.zeros(size), np.zeros(size, bool)
    tolerance = 1e-10 * (np.abs(moment).max() if size else 0.0)
    for _ in range(3 * size + 1):
        slope = moment - gram @ x
        slope[free] = -np.inf
        if not size or slope.max() <= tolerance:
            break
        free[int(np.argmax(slope))] = True
        while True:
            trial = np.zeros(size)
            trial[free] = np.linalg.lstsq(gram[np.ix_(free, free)], moment[free], rcond=None)[0]
            bad = free & (trial <= 0)
            if not bad.any():
                break
            step = min(x[i] / (x[i] - trial[i]) for i in np.flatnonzero(bad))
            x = x + step * (trial - x)
            free &= x > 1e-15
            x[~free] = 0.0
        x = trial
    return x


def _cover(
    gram: np.ndarray, moment: np.ndarray, square: float, rows: float, counted: np.ndarray
) -> np.ndarray:
    """The covariance of the watts, given that their joules add up to what was counted."""
    left = max(square - float(moment @ np.linalg.lstsq(gram, moment, rcond=None)[0]), 0.0)
    # With few rows the variant was chosen on the rows it is judged by; simulated, that asks for half again at
    # 50.
    left *= 1 + 60 / rows
    cover = np.linalg.pinv(gram, hermitian=True) * (left / max(rows - len(moment), 1.0))
    direction = cover @ counted
    held = float(counted @ direction)
    return cover - np.outer(direction, direction) / held if held > 0 else cover
