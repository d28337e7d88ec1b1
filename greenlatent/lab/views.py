"""Views: plots of a Lab beside its dashboard, each a widget of its own that shares the dashboard's selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from ..edits.kinds import Edit, RankFeatures
from ..picture.picture import Frame
from ..plots.parallel import along
from ..plots.radar import SPOKES
from ..run.progress import Cancelled
from ..statistics.relevance import Relevance, f_ratio, mutual_information, permutation
from ..training.trainer import Trainer
from ..widgets.widget import DOUBTFUL, Widget

AXES = 256  # drawn at most
REPEATS = 5  # shuffles of each feature
VALUES = 2_000_000  # sent at most in a frame: 4 MB


class View:
    """The scatter of the dashboard, once more; `within` the dashboard it has no widget of its own."""

    def __init__(
        self,
        trainer: Trainer,
        dashboard: Widget,
        frame: Frame,
        kind: str = "scatter",
        *,
        within: bool = False,
    ) -> None:
        self.trainer = trainer
        if within:
            self.rows, self.widget = np.arange(len(frame.ids)), dashboard
            return
        self.rows = self._rows(frame)
        names = {"scatter": dashboard.title, "parallel": "Parallel coordinates", "radar": "Radar"}
        self.widget = Widget(
            kind,
            classes=dashboard.classes,
            link=dashboard.link,
            samples=len(trainer.train),
            title=dashboard.title or names[kind],
            height=420 if kind == "scatter" else 460,
        )
        self.widget.share_selection(dashboard)
        self.widget.selection = dashboard.selection
        self.widget.set_ids(frame.ids[self.rows])

    def _rows(self, frame: Frame) -> np.ndarray:
        """Which rows of a frame are shown."""
        return np.arange(len(frame.ids))

    def columns(self, columns: Mapping[str, tuple[str, Any]]) -> None:
        """What is known of the shown samples; values are those of a whole frame."""
        self.widget.set_columns({name: (kind, values[self.rows]) for name, (kind, values) in columns.items()})

    def show(self, frame: Frame) -> None:
        self.widget.publish(frame.points, step=frame.step, exact=frame.exact, trust=frame.trust)

    def meant(self, edit: Edit) -> Edit:
        """An edit of this picture as an edit of the data."""
        return edit

    def score(self, statistic: str, progress: Callable[[float], bool]) -> None:
        """Score the axes by a statistic; what takes long is cancelled by `progress(share)` being False."""
        raise ValueError("a scatter has no axes to score")


class Axes(View):
    """What latent and input axes have in common: names, a statistic, and scores that follow the labels."""

    space: str
    kind = "parallel"
    statistics: dict[str, Callable[[np.ndarray, np.ndarray], Relevance]]

    def __init__(self, trainer: Trainer, dashboard: Widget, frame: Frame, *, within: bool = False) -> None:
        super().__init__(trainer, dashboard, frame, self.kind, within=within)
        self.statistic = "f_ratio"
        scored = len(dashboard.classes) > 1
        self.statistics = {"f_ratio": f_ratio, "mutual_information": mutual_information} if scored else {}
        self._begin(self._values(frame))

    def _begin(self, values: np.ndarray) -> None:
        """Axes for values (n, dims), now or when another layer is shown."""
        self.dims = values.shape[1]
        spread = np.nan_to_num(values).var(0)
        most = min(AXES, max(2, VALUES // max(1, len(self.rows))))
        self.shown = np.sort(np.argsort(-spread, kind="stable")[:most])  # of more, those that vary most
        self._offer()

    def _offer(self) -> None:
        names = self._names()
        self.widget.set_axes(
            [names[k] for k in self.shown], space=self.space, statistics=list(self.statistics)
        )

    def _rows(self, frame: Frame) -> np.ndarray:
        most = max(1, VALUES // min(self._values(frame).shape[1], AXES))
        n = len(frame.ids)
        return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(int)

    def _values(self, frame: Frame) -> np.ndarray:
        raise NotImplementedError

    def _names(self) -> list[str]:
        raise NotImplementedError

    def columns(self, columns: Mapping[str, tuple[str, Any]]) -> None:
        """Doubt is about places in a plane: axes leave nothing out."""
        flags = {"state": ("flags", columns["state"][1] & ~DOUBTFUL)} if "state" in columns else {}
        super().columns({**columns, **flags})

    def show(self, frame: Frame) -> None:
        if self._values(frame).shape[1] != self.dims:
            self._begin(self._values(frame))
        values = self._values(frame)[np.ix_(self.rows, self.shown)]
        self.widget.publish(values, step=frame.step, exact=frame.exact, space="axes")
        if frame.exact and self.statistic in self.statistics and self.statistic != "permutation":
            self._tell(self.statistics[self.statistic](values, self._labels(frame)), frame.step)

    def _labels(self, frame: Frame) -> np.ndarray:
        return self.trainer.mending.y[torch.as_tensor(frame.ids[self.rows])].numpy()

    def _tell(self, found: Relevance, step: int) -> None:
        self.widget.set_scores(found.statistic, found.text, found.scores, step=step)

    def score(self, statistic: str, progress: Callable[[float], bool]) -> None:
        if statistic not in self.statistics:
            raise ValueError(
                f"there is no statistic {statistic!r} here; there are {', '.join(self.statistics) or 'none'}"
            )
        self.statistic = statistic


class LatentAxes(Axes):
    """Every latent dimension as an axis; a class dragged along one is a Shift along that dimension."""

    space = "latent"

    def _values(self, frame: Frame) -> np.ndarray:
        return frame.latents.cpu().numpy()

    def _names(self) -> list[str]:
        return [f"z{k + 1}" for k in range(self.dims)]

    def meant(self, edit: Edit) -> Edit:
        return along(edit, self.dims, self.shown.tolist())


class RadarAxes(LatentAxes):
    """The latent dimensions as spokes, in the order of the dashboard's axes; of more than 16 the best by score."""

    kind = "radar"

    def __init__(self, trainer: Trainer, dashboard: Widget, frame: Frame) -> None:
        if frame.latents.shape[1] < SPOKES[0]:
            raise ValueError(
                f"a radar takes {SPOKES[0]} axes or more, and the layer has {frame.latents.shape[1]}; "
                'lab.view("parallel") shows them'
            )
        super().__init__(trainer, dashboard, frame)
        self.widget.arrangement = dashboard.arrangement
        self.widget.share_arrangement(dashboard)
        if self.dims > SPOKES[1] and not dashboard.arrangement.get("order"):
            best = f_ratio(self._values(frame)[np.ix_(self.rows, self.shown)], self._labels(frame)).order
            self.widget.arrangement = {"order": best.tolist()}


class InputAxes(Axes):
    """Every input feature as an axis, or every sensor channel by its deviation over time: to be ranked."""

    space = "input"

    def __init__(self, trainer: Trainer, dashboard: Widget, frame: Frame) -> None:
        self._known: np.ndarray | None = None
        super().__init__(trainer, dashboard, frame)
        self.statistics["permutation"] = lambda *_: self._permute(lambda share: True)
        self._offer()

    def _values(self, frame: Frame) -> np.ndarray:
        """Inputs stay as they are: computed once."""
        if self._known is None:
            parts = [_features(self.trainer.train.view(ids)) for ids in torch.as_tensor(frame.ids).split(512)]
            self._known = torch.cat(parts).numpy()
        return self._known

    def _names(self) -> list[str]:
        train = self.trainer.train
        one = "feature" if len(train.shape) < 2 else "channel"
        return list(train.features or [f"{one} {k + 1}" for k in range(self.dims)])

    def _permute(self, progress: Callable[[float], bool]) -> Relevance:
        """On the validation data, with the model as it is; only the features shown are of interest, all are tried."""
        done = 0

        def loss(change: Callable[[Any], Any] | None) -> float:
            nonlocal done

            def part(x: torch.Tensor) -> torch.Tensor:
                if not progress(done / (1 + self.dims * REPEATS)):
                    raise Cancelled("the ranking was cancelled")
                return x if change is None else change(x)

            found = self.trainer.evaluate(change=part)["loss"]
            done += 1
            return found

        found = permutation(loss, self.dims, REPEATS)
        return Relevance(found.statistic, found.scores[self.shown], found.text)

    def score(self, statistic: str, progress: Callable[[float], bool]) -> None:
        before = self.statistic
        super().score(statistic, progress)
        if statistic == "permutation":
            try:
                self._tell(self._permute(progress), self.trainer.steps)
            except Cancelled:
                self.statistic = before

    def meant(self, edit: Edit) -> Edit:
        """A ranking of the axes as one of all features: those that are not shown come last."""
        if not isinstance(edit, RankFeatures):
            return edit
        if max(edit.order) >= len(self.shown):
            raise ValueError(f"there is no axis {max(edit.order)}; axes run from 0 to {len(self.shown) - 1}")
        order = self.shown[list(edit.order)].tolist()
        return RankFeatures((*order, *sorted(set(range(self.dims)) - set(order))), edit.keep)


KINDS: dict[tuple[str, str], Callable[..., View]] = {
    ("scatter", "latent"): View,
    ("parallel", "latent"): LatentAxes,
    ("parallel", "input"): InputAxes,
    ("radar", "latent"): RadarAxes,
}


def _features(x: torch.Tensor) -> torch.Tensor:
    """One number a feature: itself, or the standard deviation of a channel; (b, features)."""
    x = x.float()
    return x.reshape(len(x), -1) if x.ndim < 3 else x.flatten(2).std(2, correction=0)
