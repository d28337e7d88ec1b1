"""What can be done about wrong labels without a person: the rivals, none of them weak."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from ... import Drop, Relabel, Review, Samples, Trainer
from .trial import Trial

NEIGHBOURS = 10
KEEP, PULL = 0.7, 3.0  # early-learning regularisation: memory of its targets, and weight
AFFIRMED = 300


def smoothed(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with a tenth of each label spread over all classes."""
    return F.cross_entropy(output, y, label_smoothing=0.1, reduction="none")


def neighbours_vote(trial: Trial) -> Samples:
    """Every training label replaced by that of most of its ten nearest neighbours in the input, itself included."""
    train = trial.train
    x = train.view(torch.arange(len(train))).flatten(1)
    x = (x - x.mean(0)) / (x.std() if x.shape[1] > 48 else x.std(0).clamp(min=1e-6))
    near = torch.cdist(x, x).topk(NEIGHBOURS, largest=False).indices  # (n, k)
    votes = F.one_hot(train.y[near], len(train.classes)).sum(1)
    return train.take(np.arange(len(train)), y=votes.argmax(1))


def with_validation(trial: Trial) -> Samples:
    """The training part and the clean validation part together: what else those right labels could be used for."""
    parts = trial.train, trial.valid
    x = torch.cat([part.view(torch.arange(len(part))) for part in parts])
    return Samples(x, torch.cat([part.y for part in parts]), classes=trial.train.classes)


def relabel(trainer: Trainer, suggester: Any) -> Iterator[Any]:
    """Believe every suggestion."""
    for suggestion in suggester.suggest(len(trainer.train)):
        suggester.answer(suggestion, True)
        yield Relabel(suggestion.ids, suggestion.proposed)


def drop(trainer: Trainer, suggester: Any) -> Iterator[Any]:
    """Leave out whatever is suggested."""
    for suggestion in suggester.suggest(len(trainer.train)):
        suggester.answer(suggestion, True)
        yield Drop(suggestion.ids)


def revise(trainer: Trainer, suggester: Any) -> Iterator[Any]:
    """Leave out whatever is suggested and what lies among it; take back what the net guesses by itself by now."""
    review = Review(trainer)
    found = review.revise()  # before the next ones are left out: the net was still trained on them
    yield from drop(trainer, suggester)
    yield from review.edits(found)


def confident(trainer: Trainer, suggester: Any) -> Iterator[Any]:
    """Confident learning: a guess that is as sure as its class usually is replaces the label."""
    seen = trainer.seen
    y, guess = trainer.mending.y, seen.predicted.cpu().long()
    confidence, certainty = seen.confidence.cpu(), seen.certainty.cpu()
    classes = trainer.train.classes
    for label in range(len(classes)):
        usual = confidence[(y == label) & ~confidence.isnan()]
        if len(usual):
            rows = (guess == label) & (y != label) & (certainty >= usual.mean())
            if rows.any():
                yield Relabel(tuple(rows.nonzero()[:, 0].tolist()), classes[label])


def affirm(trainer: Trainer, suggester: Any) -> Iterator[Any]:
    """Say of some samples what their labels say already: the feedback's loss, with nothing that a person knows."""
    rng = np.random.default_rng(trainer.seed)
    some = rng.permutation(len(trainer.train))[:AFFIRMED]
    y = trainer.mending.y.numpy()
    for label, name in enumerate(trainer.train.classes):
        ids = some[y[some] == label]
        if len(ids):
            yield Relabel(tuple(ids.tolist()), name)


def early_learning(trainer: Trainer, rate: float) -> Callable[[int], None]:
    """Early-learning regularisation in a loop of its own: training is held to what the net believed early on.

    The loss is CE + 3 log(1 - <t, p>), where t is a running mean of the net's own probabilities p.
    """
    n, size = len(trainer.train), trainer.batch_size
    targets = torch.zeros(n, len(trainer.train.classes))
    optimizer = torch.optim.Adam(trainer.model.parameters(), lr=rate, fused=True)
    generator = torch.Generator().manual_seed(trainer.seed)
    waiting: list[torch.Tensor] = []

    def step(count: int) -> None:
        for _ in range(count):
            if not waiting:
                batches = list(torch.randperm(n, generator=generator).split(size))
                if len(batches) > 1 and len(batches[-1]) == 1:  # batch norm cannot train on a single sample
                    batches[-2:] = [torch.cat(batches[-2:])]
                waiting.extend(batches)
            ids = waiting.pop()
            with trainer.around(ids) as s:
                output = trainer.model(trainer.train.inputs(ids))
                p = output.softmax(1).clamp(1e-4, 1 - 1e-4)
                own = p.detach() / p.detach().sum(1, keepdim=True)
                targets[ids] = held = KEEP * targets[ids] + (1 - KEEP) * own
                agreement = (held * p).sum(1)
                loss = F.cross_entropy(output, s.y) + PULL * (1 - agreement).log().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                s.done(loss)

    return step
