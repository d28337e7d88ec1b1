"""Confusions are counted of training and of validation, and a table stays one that can be read."""

import numpy as np
import torch

from greenlatent.suggestions.confusion import confusion

from ..parts import clusters, trainer


def test_mistakes_are_counted_where_they_happen():
    train, valid = clusters(seed=0), clusters(seed=1)
    made = trainer(train, valid=valid)
    made.step(60)
    found = confusion(made)
    label, guess = train.y.numpy(), made.seen.predicted.numpy().astype(int)
    for a in range(len(train.classes)):
        for b in range(len(train.classes)):
            assert found.training[a, b] == ((label == a) & (guess == b)).sum()
    right = made.evaluate()["accuracy"]
    assert np.isclose(np.trace(found.validation) / found.validation.sum(), right)
    made.close()


def test_of_many_classes_those_with_most_mistakes_are_shown():
    train = clusters()
    made = trainer(train)
    made.step(5)
    wrong = (made.seen.predicted.long() != train.y) & (made.seen.predicted >= 0)
    mistakes = torch.bincount(train.y[wrong], minlength=3) + torch.bincount(
        made.seen.predicted.long()[wrong], minlength=3
    )
    found = confusion(made, most=2)
    assert found.classes == tuple(
        train.classes[k] for k in sorted(np.argsort(-mistakes.numpy(), kind="stable")[:2])
    )
    assert found.training.shape == (2, 2) and found.validation is None
    made.close()
