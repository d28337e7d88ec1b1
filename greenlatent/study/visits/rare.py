"""Rare classes: a person affirms the few samples that there are; solved, beside a net that meets all classes evenly."""

from __future__ import annotations

import numpy as np

import greenlatent as gl

from . import nets

LOOKS = (100, 200, 300, 400, 600, 800)  # steps after which a net that meets classes evenly is looked at
MOST = 100.0  # times that a sample can be met more often than others


def rare(
    data: gl.Samples, seed: int, each: int, net: nets.Net = nets.mlp, held: int = 2
) -> tuple[dict[str, float], dict[str, float]]:
    """Balanced accuracy, and recall of the rare classes, of which `each` samples are there; in per cent by arm.

    "evenly" has the same first weights and meets all classes equally often; its best look on validation data counts.
    """
    train, valid, test, few = _parts(data, seed, each, held)
    ids = np.flatnonzero(np.isin(train.y.numpy(), few)).tolist()
    run = nets.trainer(nets.made(net, train, len(data.classes), seed), train, seed)
    run.step(nets.START)
    found = {"as it is": _recalls(nets.guesses(run.model, test), test)}
    run.journal.add(gl.Affirm(ids), by="human")
    found["solved"] = _recalls(run.solve().predict(test.x), test)
    run.close()
    run = nets.trainer(nets.made(net, train, len(data.classes), seed), train, seed)
    y, best = train.y.numpy(), -1.0
    counts = np.bincount(y, minlength=len(data.classes))
    for c in np.flatnonzero(counts):
        run.journal.add(gl.Weigh(np.flatnonzero(y == c).tolist(), min(MOST, counts.max() / counts[c])))
    for steps in LOOKS:
        run.step(steps - run.steps)
        value = _recalls(nets.guesses(run.model, valid), valid).mean()
        if value > best:
            best, found["evenly"] = value, _recalls(nets.guesses(run.model, test), test)
    run.close()
    balanced = {arm: float(recalls.mean()) for arm, recalls in found.items()}
    return balanced, {arm: float(recalls[few].mean()) for arm, recalls in found.items()}


def _parts(
    data: gl.Samples, seed: int, each: int, held: int
) -> tuple[gl.Samples, gl.Samples, gl.Samples, np.ndarray]:
    """Train, validation, test and the rare classes; people, where there are any, are in one part each."""
    by = "subject" if "subject" in data.groups else None
    train, rest = data.split(0.6 if by else 0.5, seed=seed, by=by)
    valid, test = rest.split(0.5, seed=seed)
    rng, y = np.random.default_rng(seed), train.y.numpy()
    few = rng.choice(len(data.classes), held, replace=False)
    if each > (least := min(int((y == c).sum()) for c in few)):
        raise ValueError(
            f"a rare class has {least} samples to train on; ask for at most as many, not {each:,}"
        )
    some = [rng.choice(np.flatnonzero(y == c), each, replace=False) for c in few]
    kept = np.sort(np.concatenate([np.flatnonzero(~np.isin(y, few)), *some]))
    middle, spread = train.x.mean(0), (1.0 if by is None else train.x.std(0) + 1e-6)
    middle = 0.0 if by is None else middle

    def part(samples: gl.Samples) -> gl.Samples:
        return gl.Samples((samples.x - middle) / spread, samples.y, classes=data.classes)

    return part(train.take(kept)), part(valid), part(test), few


def _recalls(guess: np.ndarray, part: gl.Samples) -> np.ndarray:
    """(c,) per cent of each class told right."""
    y = part.y.numpy()
    return np.array([100 * (guess[y == c] == c).mean() for c in range(len(part.classes))])
