"""Rows: features and outputs of the rows of a part, computed once while the weights stay."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from ..data.samples import Samples
from .network import Network
from .reads import Reads

ROWS = 1024  # of one pass


class KnownRows:
    """What the layers read, and what the model says, of the rows of a part that were asked for so far."""

    def __init__(self, network: Network, reads: Reads, samples: Samples):
        self.samples, self._network, self._reads = samples, network, reads
        self._place = np.full(len(samples), -1)
        self._count = 0  # rows that are known
        self._features: list[torch.Tensor] = []  # one tensor (count, d), or none yet
        self._outputs: list[torch.Tensor] = []

    def features(self, ids: np.ndarray) -> torch.Tensor:
        """(k, d)"""
        self._compute(ids)
        return self._features[0][self._place[ids]]

    def guesses(self, ids: np.ndarray, classes: int) -> torch.Tensor:
        """(k,) which of so many classes the model would name."""
        self._compute(ids)
        return self._outputs[0][self._place[ids]][:, :classes].argmax(1)

    def values(self, ids: np.ndarray) -> torch.Tensor:
        """(k,) what the model gives in a regression."""
        self._compute(ids)
        return self._outputs[0][self._place[ids]][:, 0]

    def _compute(self, ids: np.ndarray) -> None:
        missing = np.unique(ids[self._place[ids] < 0])
        if self._features and not len(missing):
            return
        if not len(missing):
            missing = np.zeros(1, np.int64)  # so that the widths are known
        with self._network.looking():
            for some in torch.as_tensor(missing).split(ROWS):
                self._network.goes_on()
                features, output = self._reads.beside(partial(self._network.forward, self.samples.view(some)))
                self._features.append(features)
                self._outputs.append(output.reshape(len(some), -1).float().cpu())
        self._place[missing] = np.arange(self._count, self._count + len(missing))
        self._count += len(missing)
        if len(self._features) > 1:
            self._features, self._outputs = [torch.cat(self._features)], [torch.cat(self._outputs)]
