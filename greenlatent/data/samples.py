"""Samples: inputs and labels with the groups, weights, names and previews that people need to judge them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch

from . import strata
from .inputs import PACK, DatasetItems, TensorRows, as_inputs, item_input, label_of
from .labels import UNLABELLED, Several, read_labels

Preview = Literal["image", "signal", "text"] | Callable[[int], Any] | None


class Samples:
    """What a trainer trains on. Ids are positions; `origin` remembers the row in the data it was split from.

    `y` holds class indices (-1: no label), texts, pandas categories, one-hot rows or, for regression, floats; None and
    NaN are no label, and `y=None` is none at all. Of several labels a sample, rows of 0 and 1, `label` names the one
    that is shown and edited. `groups` maps a name such as "subject" to one value per sample. `names` are stable keys
    of rows, kept in journals.

    >>> data = Samples(x, y, classes=["walking", "running"], groups={"subject": subject})
    >>> train, valid = data.split(valid=0.3, by="subject", seed=0)
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        *,
        classes: Sequence[str] | None = None,
        label: str | int | None = None,
        groups: Mapping[str, Any] | None = None,
        features: Sequence[str] | None = None,
        weights: Any = None,
        preview: Preview = None,
        names: Sequence[str] | None = None,
    ):
        inputs = as_inputs(x)
        if inputs.is_floating_point() and not inputs.isfinite().all():
            row = int((~inputs.isfinite()).nonzero()[0, 0])
            raise ValueError(f"x holds NaN or infinity in row {row}; drop such rows or fill the gaps first")
        found = read_labels(y, len(inputs), classes=classes, label=label)
        self._fill(
            TensorRows(inputs),
            found.y,
            found.several,
            found.classes,
            groups,
            features,
            weights,
            preview,
            names,
        )

    def _fill(
        self,
        rows: TensorRows | DatasetItems,
        y: torch.Tensor,
        several: Several | None,
        classes: Sequence[str] | None,
        groups: Mapping[str, Any] | None,
        features: Sequence[str] | None,
        weights: Any,
        preview: Preview,
        names: Sequence[str] | None,
    ) -> None:
        n = len(rows)
        self.rows, self.y, self.several = rows, y, several
        self._same_length("y", len(y))
        if y.is_floating_point() and y.isinf().any():
            raise ValueError(f"y is infinite in row {int(y.isinf().nonzero()[0, 0])}; use NaN for no label")
        self.regression = y.is_floating_point()
        self.classes = self._classes(classes)
        self.groups = {str(name): np.asarray(values) for name, values in (groups or {}).items()}
        for name, values in self.groups.items():
            self._same_length(f"groups[{name!r}]", len(values))
        self.features = None if features is None else tuple(str(f) for f in features)
        self.weights = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
        self._same_length("weights", len(self.weights))
        if not np.isfinite(self.weights).all() or (self.weights < 0).any():
            raise ValueError("weights must be finite and not negative")
        if not (preview in (None, "image", "signal", "text") or callable(preview)):
            raise ValueError(f'preview is "image", "signal", "text" or a function of the id, got {preview!r}')
        self.preview = preview
        self.origin = np.arange(n)
        self.names = None if names is None else tuple(str(name) for name in names)
        if self.names is not None:
            self._same_length("names", len(self.names))
            if len(set(self.names)) != n:
                raise ValueError("names must differ from each other: they are the keys of rows in journals")

    @classmethod
    def from_dataset(
        cls,
        dataset: Any,
        *,
        x: str | None = None,
        y: Any = None,
        view: Any = None,
        progress: Any = None,
        **options: Any,
    ) -> Samples:
        """Wrap any map-style Dataset whose items are `(input, label)` or inputs, without copying it.

        Of items that are dicts, `x` is the key of the input and `y` that of the label. Labels come from `y`, else from
        `dataset.targets`, else from one pass over the items, counted by `progress(done, of)`. `view` is the same data
        without augmentation, for pictures and evaluation.
        """
        if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
            raise TypeError(
                f"from_dataset takes a dataset with a length and items, got {type(dataset).__name__}"
            )
        if view is not None and len(view) != len(dataset):
            raise ValueError(
                f"view has {len(view)} items for a dataset of {len(dataset)}; they must be the same"
            )
        if not (x is None or isinstance(x, str)):
            raise TypeError(f"x is the key of one input, a text, got {x!r}; {PACK}")
        keys = ("classes", "groups", "features", "weights", "preview", "names")
        unknown = set(options) - {*keys, "label"}
        if unknown:
            known = ", ".join([*keys, "label"])
            raise TypeError(f"from_dataset got unknown options {sorted(unknown)}; it takes {known}")
        key = y if isinstance(y, str) else None
        if y is None:
            y = getattr(dataset, "targets", None)
        n = len(dataset)
        if y is None or key is not None:
            y = []
            for i in range(n):
                item = dataset[i]
                y.append(label_of(item, i, key))
                if i == 0:
                    item_input(item, x)  # what cannot be an input is told of now, and not in a step
                if progress is not None:
                    progress(i + 1, n)
        samples = cls.__new__(cls)
        rows = DatasetItems(dataset, dataset if view is None else view, np.arange(n), x)
        if x is not None or key is not None:
            rows.check()
        found = read_labels(y, n, classes=options.get("classes"), label=options.get("label"))
        rest = (options.get(name) for name in keys[1:])
        samples._fill(rows, found.y, found.several, found.classes, *rest)
        return samples

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        kind = "regression" if self.regression else f"{len(self.classes)} classes"
        kind = "no labels" if self.unlabelled else kind
        if self.several is not None:
            kind = f"{len(self.several.names)} labels each, shown: {self.classes[1]}"
        groups = f", groups: {', '.join(self.groups)}" if self.groups else ""
        return f"Samples({len(self)} of shape {tuple(self.shape)}, {kind}{groups})"

    @property
    def x(self) -> torch.Tensor:
        """All inputs in one tensor; raises for a dataset that is read item by item."""
        if isinstance(self.rows, DatasetItems):
            raise TypeError(
                "these Samples wrap a Dataset, which has no tensor of all inputs; use inputs(ids)"
            )
        return self.rows.x

    @property
    def lazy(self) -> bool:
        """Whether inputs are read item by item."""
        return isinstance(self.rows, DatasetItems)

    @property
    def shape(self) -> torch.Size:
        """The shape of one input."""
        return self.rows.view(torch.tensor([0]))[0].shape if len(self) else torch.Size()

    def inputs(self, ids: torch.Tensor) -> torch.Tensor:
        """Inputs for training, augmented where the dataset does so."""
        return self.rows.train(ids)

    def view(self, ids: torch.Tensor) -> torch.Tensor:
        """The same inputs as they are: for pictures and evaluation."""
        return self.rows.view(ids)

    @property
    def unlabelled(self) -> bool:
        """Whether there is no label and no class at all, as for an autoencoder."""
        return not self.regression and not self.classes

    def check_classes(self, what: str) -> None:
        """Raise, and say why, where `what` has no classes to work with."""
        if self.regression:
            raise ValueError(f"{what} classes; this data has float labels (regression)")
        if self.unlabelled:
            raise ValueError(
                f"{what} classes; this data has no labels (y=None): the picture, selection, links, weights and leaving"
                " out work without; for the rest pass labels as y="
            )

    def class_index(self, label: str | int) -> int:
        """The index of a class given by name or index; raises and lists the classes otherwise."""
        if self.regression:
            raise ValueError("this data has float labels (regression); class edits do not apply to it")
        self.check_classes("a label needs")
        if isinstance(label, str):
            if label not in self.classes:
                raise ValueError(f"there is no class {label!r}; the classes are {', '.join(self.classes)}")
            return self.classes.index(label)
        if not 0 <= label < len(self.classes):
            raise ValueError(f"class {label} is out of range; there are {len(self.classes)} classes")
        return int(label)

    def key(self, i: int) -> str:
        """The stable key of a row: its name, else the row it came from."""
        return self.names[i] if self.names else str(self.origin[i])

    def take(
        self,
        ids: Any,
        *,
        y: torch.Tensor | None = None,
        weights: Any = None,
        classes: Sequence[str] | None = None,
    ) -> Samples:
        """These rows as Samples of their own, with `origin` kept; optionally with other labels, weights or classes."""
        ids = np.asarray(ids, dtype=np.int64)
        at, part = torch.as_tensor(ids), Samples.__new__(Samples)
        part._fill(
            self.rows.take(ids),
            (self.y if y is None else y)[at],
            None if self.several is None else self.several.take(at, None if y is None else y[at]),
            classes or self.classes or None,
            {name: values[ids] for name, values in self.groups.items()},
            self.features,
            (self.weights if weights is None else np.asarray(weights))[ids],
            self._preview_of(ids),
            None if self.names is None else [self.names[i] for i in ids],
        )
        part.origin = self.origin[ids]
        return part

    def kept(self) -> Samples:
        """The same data, of a Dataset, with each item read once, now, and held in memory: a run on it is the same bit
        for bit. Raises where training draws items anew, or where they would take over a quarter of the memory."""
        if not isinstance(self.rows, DatasetItems):
            return self
        part = self.take(np.arange(len(self)))
        part.rows = self.rows.kept()
        return part

    def split(self, valid: float = 0.3, *, by: str | None = None, seed: int = 0) -> tuple[Samples, Samples]:
        """Two parts; `by` keeps whole groups on one side, otherwise classes are spread evenly."""
        if not 0 < valid < 1:
            raise ValueError(f"valid is the share of the validation part, between 0 and 1, got {valid}")
        if by is None:
            out = self._spread(valid, seed)
        else:
            if by not in self.groups:
                known = ", ".join(self.groups) or "none"
                raise ValueError(f"there is no group {by!r} to split by; groups: {known}")
            values, counts = np.unique(self.groups[by], return_counts=True)
            if len(values) < 2:
                raise ValueError(f"group {by!r} has one value only; a split needs two")
            order = np.random.default_rng(seed).permutation(len(values))
            total = np.cumsum(counts[order])
            # the number of groups whose size comes nearest to the share asked for, never none and never all
            k = int(np.clip(np.argmin(abs(total - valid * len(self))) + 1, 1, len(values) - 1))
            out = np.isin(self.groups[by], values[order[:k]])
        return self.take(np.flatnonzero(~out)), self.take(np.flatnonzero(out))

    @property
    def fingerprint(self) -> str:
        """A hash of length, types, labels, groups, origin and 64 spread items: the same data or not?"""
        digest = hashlib.sha256()
        n = len(self)
        digest.update(f"{n} {tuple(self.shape)} {self.y.dtype} {self.classes}".encode())
        digest.update(np.ascontiguousarray(self.y.numpy()).tobytes())
        if self.several is not None:
            digest.update(self.several.table.numpy().tobytes())
        digest.update(self.origin.astype(np.int64).tobytes())
        for name in sorted(self.groups):
            digest.update(f"{name}={self.groups[name].tolist()}".encode())
        spread = torch.linspace(0, n - 1, min(n, 64)).long().unique()
        items = self.view(spread).contiguous()
        digest.update(str(items.dtype).encode())
        digest.update(items.view(torch.uint8).numpy().tobytes() if items.numel() else b"")
        return digest.hexdigest()[:16]

    def _spread(self, valid: float, seed: int) -> np.ndarray:
        """Which rows validate: the same share of every class, at random within it."""
        out = strata.split(np.zeros(len(self)) if self.regression else self.y.numpy(), valid, seed)
        if out.all() or not out.any():
            raise ValueError(f"{len(self)} samples cannot be split with valid={valid}; use more samples")
        return out

    def _preview_of(self, ids: np.ndarray) -> Preview:
        preview = self.preview
        return (lambda i: preview(int(ids[i]))) if callable(preview) else preview

    def _classes(self, classes: Sequence[str] | None) -> tuple[str, ...]:
        if self.regression:
            if classes is not None:
                raise ValueError(
                    "y holds floats, so this is regression: classes do not apply; pass whole numbers in y"
                )
            return ()
        known = self.y[self.y != UNLABELLED]
        if len(known) and int(known.min()) < 0:
            raise ValueError(f"y holds {int(known.min())}; class indices count from 0, and -1 means no label")
        top = int(known.max()) if len(known) else -1
        if classes is None:
            return tuple(str(i) for i in range(top + 1))
        names = tuple(str(c) for c in classes)
        if len(set(names)) != len(names):
            raise ValueError(f"classes must differ from each other, got {names}")
        if top >= len(names):
            raise ValueError(f"y holds class {top}, but classes names only {len(names)}")
        return names

    def _same_length(self, name: str, length: int) -> None:
        if length != len(self):
            raise ValueError(f"{name} has {length} entries for {len(self)} samples; pass one per sample")
