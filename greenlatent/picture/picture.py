"""Picture: frames of a training run for a view, for no more than a small share of its time."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..data.strata import strata
from ..model.tap import Tap
from ..training.trainer import Trainer
from .carry import carry
from .projection import PCA, Projection
from .trust import doubt, trustworthiness

LANDMARKS = 64, 256  # the fewest and the most that are computed exactly for a frame that is carried along
PATIENCE = 1.0  # seconds that a person waits for the next frame rather than see it less exact
TRUST_SAMPLE = 400
TRUST_EVERY = 3.0  # seconds at least, while training runs
DOUBTFUL = 0.75  # share of false neighbours in the picture from which a place is marked as doubtful


@dataclass(frozen=True)
class Frame:
    """One picture of the latent space: points (n, 2) of the samples `ids`, exact or carried along."""

    points: np.ndarray
    ids: np.ndarray
    step: int
    exact: bool
    trust: float | None
    stale: np.ndarray  # (n,) bool: carried along from too long ago
    doubtful: np.ndarray  # (n,) bool: most neighbours in the picture are none in the latent space
    latents: torch.Tensor  # (n, d) what the picture was made of


class Picture:
    """Builds frames on the thread that owns the model; reads `seen` but never writes what training reads.

    While training runs, a frame may cost what `share` of the time since it started has saved up: then all
    shown samples are computed anew if that fits, otherwise those that training has seen lately ride along,
    carried to the present by one affine map per age, fitted on landmarks that are computed exactly: as many as fit.
    """

    def __init__(
        self,
        trainer: Trainer,
        projection: Projection | None = None,
        *,
        shown: int = 10_000,
        share: float = 0.02,
    ):
        if shown < 1:
            raise ValueError(f"shown is a number of samples from 1 up, got {shown}")
        self.trainer, self.projection, self.share = trainer, projection or PCA(), share
        self.layer = trainer.layer  # the one shown; another than the tapped one is always computed anew
        train = trainer.train
        self.shown = strata(
            np.zeros(len(train)) if train.regression else train.y.numpy(), shown, trainer.seed
        )
        self._at = torch.as_tensor(self.shown)
        self._frames = 0
        self._trust: float | None = None
        self._doubtful = np.zeros(len(self.shown), dtype=bool)
        self._trust_cost: float | None = None
        self._trusted = -np.inf
        self._judged: tuple[object, ...] = ()  # which picture that was said of
        self._begun: float | None = None  # when this stretch of training began
        self._spent = 0.0
        self._cost: float | None = None  # seconds of an exact frame
        self._carry_cost = 0.0  # seconds of a carried frame beside its landmarks
        # latents of the shown samples when they were computed last, and in which step
        self._last = torch.zeros(0)
        self._last_step = -1

    def look_at(self, layer: str) -> None:
        """Show another layer from the next frame on; what a person does acts on the tapped one all the same."""
        Tap(self.trainer.model, layer).remove()  # says what is wrong with the name
        self.layer, self._cost, self._frames = layer, None, 1  # what a frame costs has to be learned again

    def again(self) -> Frame:
        """The latents of the last exact frame, in the projection as it is now."""
        if not len(self._last):
            return self.frame(exact=True)
        stale = np.zeros(len(self.shown), dtype=bool)
        return self._trusting(self._framed(self._last, self._last_step, True, stale))

    @property
    def outdated(self) -> bool:
        """Whether the projection has made a picture that no frame has shown yet."""
        return self._judged != self._which()

    def _which(self) -> tuple[object, ...]:
        return self.layer, self.projection, getattr(self.projection, "made", 0)

    def training(self, running: bool) -> None:
        """Tell whether training runs: the budget is a share of that time, counted from its start."""
        if running and self._begun is None:
            self._begun, self._spent = time.perf_counter(), 0.0
        elif not running:
            self._begun = None

    @property
    def saved(self) -> float:
        """Seconds that may be spent on a frame now; without end while training pauses."""
        if self._begun is None:
            return float("inf")
        return self.share * (time.perf_counter() - self._begun) - self._spent

    def charge(self, seconds: float) -> None:
        """What showing the last frame took beside building it comes out of the same budget."""
        self._spent += seconds

    def affordable(self) -> bool:
        """Whether the next frame fits into what is saved: an exact one if that does not take long to save up, else
        one that is carried along, and of a slow net by the fewest landmarks."""
        if self._cost is None:
            return True
        soon = self.share * PATIENCE
        if self._cost <= soon or self.layer != self.trainer.layer:
            return self.saved >= self._cost
        fewest, most = LANDMARKS
        count = min(most, max(fewest, int((soon - self._carry_cost) / self._each)))
        return self.saved >= min(self._cost, self._carry_cost + count * self._each)

    @property
    def _each(self) -> float:
        """Seconds of one sample of an exact frame."""
        return 0.0 if self._cost is None else self._cost / max(1, len(self.shown))

    def frame(self, *, exact: bool = False) -> Frame:
        """The picture as it stands now; `exact` forces every shown sample through the network."""
        begun = time.perf_counter()
        foreign = self.layer != self.trainer.layer
        whole = exact or foreign or self._cost is None or self.saved >= self._cost
        stale = np.zeros(len(self.shown), dtype=bool)
        if whole:
            z = self._last = self._exact(foreign)
            self._last_step = self.trainer.steps
        else:
            fewest, most = LANDMARKS
            fit = most if not self._each else int(min(most, (self.saved - self._carry_cost) / self._each))
            count = min(len(self.shown), max(fewest, fit))
            z, behind = self._carry(count)
            stale = behind.cpu().numpy()
        self.projection.fit(z)
        framed = self._framed(z, self.trainer.steps, whole, stale)
        cost = time.perf_counter() - begun
        if self._frames == 1 and whole:
            self._cost = cost  # the very first frame also loads what torch loads late, and says nothing
        elif whole and self._cost is not None:
            self._cost = min(cost, (self._cost + cost) / 2)
        elif not whole:
            self._carry_cost = max(0.0, (self._carry_cost + cost - count * self._each) / 2)
        self._frames += 1
        framed = self._trusting(framed)
        self._spent += time.perf_counter() - begun
        return framed

    def _exact(self, foreign: bool) -> torch.Tensor:
        if not foreign:
            return self.trainer.exact(self._at)
        tap = Tap(self.trainer.model, self.layer)  # only now: a hook that stays would cost every step
        try:
            return self.trainer.exact(self._at, tap=tap)
        finally:
            tap.remove()

    def _framed(self, z: torch.Tensor, step: int, exact: bool, stale: np.ndarray) -> Frame:
        points = self.projection.transform(z).cpu().numpy()
        return Frame(points, self.shown, step, exact, self._trust, stale, self._doubtful, z)

    def _trusting(self, frame: Frame) -> Frame:
        """The frame with how far it can be trusted: judged at every pause and when another picture is shown, and in
        between where the budget allows."""
        if (
            self._begun is None
            or self.outdated
            or (
                time.perf_counter() - self._trusted > TRUST_EVERY
                and (self._trust_cost is None or self.saved >= self._trust_cost)
            )
        ):
            self._judge(frame.latents, torch.from_numpy(frame.points).to(frame.latents.device))
        return replace(frame, trust=self._trust, doubtful=self._doubtful)

    def _judge(self, z: torch.Tensor, picture: torch.Tensor) -> None:
        some = torch.linspace(0, len(z) - 1, min(TRUST_SAMPLE, len(z))).long()
        begun = time.perf_counter()
        self._trust = trustworthiness(z[some], picture[some])
        judged = doubt(z[some], picture[some]) >= DOUBTFUL
        # a sample that is not judged itself is as doubtful as the judged one nearest to it in the picture
        nearest = torch.cdist(picture, picture[some]).argmin(1)
        self._doubtful = judged[nearest.to(judged.device)].cpu().numpy()
        self._trusted = time.perf_counter()
        self._trust_cost = self._trusted - begun
        self._judged = self._which()

    def _carry(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents of the shown samples as training saw them last, mapped to the present by so many landmarks; and
        which are too old."""
        seen = self.trainer.seen
        landmarks = torch.linspace(0, len(self.shown) - 1, count).long()
        at = self._at.to(self.trainer.device)
        step = seen.step[at]
        fresher = step > self._last_step
        old = torch.where(fresher[:, None], seen.latents[at], self._last)
        age = self.trainer.steps - torch.where(fresher, step, self._last_step).float()
        true = self.trainer.exact(self._at[landmarks])
        return carry(old, age, landmarks.to(self.trainer.device), true), ~fresher
