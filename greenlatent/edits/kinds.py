"""The kinds of edit: what a person meant, validated and frozen, never what the pixels were."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

Ids = tuple[int, ...]
Vector = tuple[float, ...]
LONGEST_NAME = 40  # characters of a class that somebody found
FARTHEST = 100.0  # pooled deviations between two sides that anybody may ask for


@dataclass(frozen=True)
class Near:
    """The place of a drop, told by 1 to 10 samples that lie together there."""

    ids: Ids

    def __post_init__(self) -> None:
        _put(self, ids=_ids(self.ids, "Near.ids"))
        if len(self.ids) > 10:
            raise ValueError(f"Near takes 1 to 10 neighbours, got {len(self.ids)}; pass the nearest ten")


@dataclass(frozen=True)
class Plane:
    """Where each moved sample was put in a linear picture: `(z - mean) @ basis = at`."""

    basis: tuple[Vector, ...]  # (d, 2)
    mean: Vector  # (d,)
    at: tuple[Vector, ...]  # (k, 2)

    def __post_init__(self) -> None:
        basis, at = _rows(self.basis, "Plane.basis"), _rows(self.at, "Plane.at")
        mean = _vector(self.mean, "Plane.mean")
        if len(basis) != len(mean):
            raise ValueError(f"Plane.basis has {len(basis)} rows for a mean of {len(mean)}; they must agree")
        for name, rows in (("basis", basis), ("at", at)):
            if any(len(row) != 2 for row in rows):
                raise ValueError(
                    f"Plane.{name} must have 2 columns, got rows of {sorted({len(r) for r in rows})}"
                )
        _put(self, basis=basis, mean=mean, at=at)


@dataclass(frozen=True)
class Relabel:
    """These samples have this label: a class name, a class index, or a number for regression."""

    ids: Ids
    label: str | int | float

    def __post_init__(self) -> None:
        _put(self, ids=_ids(self.ids, "Relabel.ids"), label=_label(self.label, "Relabel.label"))


@dataclass(frozen=True)
class Move:
    """These samples belong over there: to a class, whose label they get; or their latents among neighbours, or at a
    spot of a linear picture."""

    ids: Ids
    to: str | Near | Plane

    def __post_init__(self) -> None:
        _put(self, ids=_ids(self.ids, "Move.ids"))
        if not isinstance(self.to, str | Near | Plane):
            raise TypeError(
                f"Move.to takes a class name, Near(ids) or Plane(basis, mean, at), got {self.to!r}"
            )
        if isinstance(self.to, Plane) and len(self.to.at) != len(self.ids):
            raise ValueError(
                f"Plane.at has {len(self.to.at)} places for {len(self.ids)} ids; pass one place per id"
            )


@dataclass(frozen=True)
class Pulled(Move):
    """What a Move to a class was until version 0.1: a pull alone, with the old label out of the task. For replays."""


@dataclass(frozen=True)
class Choice:
    """Whether dragged samples pull, too; `right` and `without`: what halves of them told right, of how many."""

    on: bool
    right: int = 0
    without: int = 0
    of: int = 0

    def __post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("right", "without", "of")}
        for name, value in counts.items():
            if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < 0:
                raise ValueError(f"Choice.{name} is a count from 0 up, got {value!r}")
        _put(self, on=bool(self.on), **{name: value.__index__() for name, value in counts.items()})


@dataclass(frozen=True)
class Separate:
    """Two classes, or two lists of samples, belong `margin` pooled standard deviations apart."""

    a: str | Ids
    b: str | Ids
    margin: float = 1.0

    def __post_init__(self) -> None:
        a, b = _side(self.a, "Separate.a"), _side(self.b, "Separate.b")
        if a == b:
            raise ValueError(f"Separate got the same side twice: {a!r}; name two different ones")
        if not isinstance(a, str) and not isinstance(b, str) and set(a) & set(b):
            raise ValueError(f"Separate.a and Separate.b share samples {sorted(set(a) & set(b))[:5]}")
        _put(self, a=a, b=b, margin=_deviations(self.margin, "Separate.margin", above=0))


@dataclass(frozen=True)
class Shift:
    """A class belongs `amount` pooled standard deviations along an axis from another (default: from all)."""

    label: str
    axis: int | Vector
    amount: float
    against: str | None = None

    def __post_init__(self) -> None:
        axis: int | Vector
        if isinstance(self.axis, bool) or not hasattr(self.axis, "__iter__"):
            axis = _ids([self.axis], "Shift.axis")[0]  # type: ignore[list-item]
        else:
            vector = _vector(self.axis, "Shift.axis")
            length = math.hypot(*vector)
            if length == 0 or not math.isfinite(length):
                raise ValueError(
                    f"Shift.axis is a vector of length {length:g}; pass an axis index or a direction"
                )
            axis = tuple(v / length for v in vector)
        if not isinstance(self.label, str) or not (self.against is None or isinstance(self.against, str)):
            raise TypeError(f"Shift takes class names, got {self.label!r} against {self.against!r}")
        if self.label == self.against:
            raise ValueError(f"Shift moves {self.label!r} against itself; name another class")
        _put(self, axis=axis, amount=_deviations(self.amount, "Shift.amount"))


@dataclass(frozen=True)
class Link:
    """These two lists of samples are one kind (`alike`), so that the name of one is the other's; or belong apart."""

    a: Ids
    b: Ids
    alike: bool = True

    def __post_init__(self) -> None:
        a, b = _ids(self.a, "Link.a"), _ids(self.b, "Link.b")
        if set(a) & set(b):
            raise ValueError(f"Link.a and Link.b share samples {sorted(set(a) & set(b))[:5]}")
        _put(self, a=a, b=b, alike=bool(self.alike))


@dataclass(frozen=True)
class Weigh:
    """These samples count `weight` times in every epoch; 0 leaves them out."""

    ids: Ids
    weight: float

    def __post_init__(self) -> None:
        weight = _number(self.weight, "Weigh.weight")
        if weight < 0:
            raise ValueError(
                f"Weigh.weight is {weight:g}; pass a finite number from 0 up; 0 leaves the samples out"
            )
        if weight > 100:
            raise ValueError(f"Weigh.weight is {weight:g}; more than 100 repeats of a sample drown the rest")
        _put(self, ids=_ids(self.ids, "Weigh.ids"), weight=abs(weight))


@dataclass(frozen=True)
class Rate:
    """How good somebody finds these samples, from 1 star to 5: the mean over all who rate a sample is how often an
    epoch meets it, 0, 1/2, 1, 1 1/2 or 2 times."""

    ids: Ids
    stars: int

    def __post_init__(self) -> None:
        if isinstance(self.stars, bool) or not hasattr(self.stars, "__index__"):
            raise TypeError(f"Rate.stars takes a whole number from 1 to 5, got {self.stars!r}")
        stars = self.stars.__index__()
        if not 1 <= stars <= 5:
            raise ValueError(f"Rate.stars is {stars}; pass 1 (leave out) to 5 (counts twice), 3 for as usual")
        _put(self, ids=_ids(self.ids, "Rate.ids"), stars=stars)


def weight_of(stars: float) -> float:
    """How often an epoch meets a sample of so many stars."""
    return (stars - 1) / 2


@dataclass(frozen=True)
class Drop:
    """These samples leave the training data: they cost nothing from the next step on."""

    ids: Ids

    def __post_init__(self) -> None:
        _put(self, ids=_ids(self.ids, "Drop.ids"))


@dataclass(frozen=True)
class Affirm:
    """Somebody looked at these samples, and their labels are right: what was left out comes back."""

    ids: Ids

    def __post_init__(self) -> None:
        _put(self, ids=_ids(self.ids, "Affirm.ids"))


@dataclass(frozen=True)
class Found:
    """These samples are of a class that the data did not have; a second one of that name adds samples to it."""

    ids: Ids
    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"Found.name takes the name of a new class, got {self.name!r}")
        name = self.name.strip()
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise ValueError(
                f"Found.name is {self.name!r:.60}; a class has a name of 1 to {LONGEST_NAME} characters on one line"
            )
        _put(self, ids=_ids(self.ids, "Found.ids"), name=name)


@dataclass(frozen=True)
class Spread:
    """The machine's labels for samples that have none, one each, as `lab.spread()` makes them; never a person's."""

    ids: Ids
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        ids, labels = _ids(self.ids, "Spread.ids"), tuple(self.labels)
        if len(labels) != len(ids) or not all(isinstance(label, str) for label in labels):
            raise ValueError(
                f"Spread.labels has {len(labels)} entries for {len(ids)} ids; pass one class name per id"
            )
        _put(self, ids=ids, labels=labels)


@dataclass(frozen=True)
class RankFeatures:
    """Input features by importance; those after the first `keep` are zeroed from the next step on."""

    order: Ids
    keep: int

    def __post_init__(self) -> None:
        order = _ids(self.order, "RankFeatures.order")
        keep = _ids([self.keep], "RankFeatures.keep")[0]
        if not 1 <= keep <= len(order):
            raise ValueError(f"RankFeatures.keep is {keep} of {len(order)} features; keep at least 1")
        _put(self, order=order, keep=keep)


Edit = (
    Relabel
    | Move
    | Pulled
    | Choice
    | Separate
    | Shift
    | Link
    | Weigh
    | Rate
    | Drop
    | Affirm
    | Found
    | Spread
    | RankFeatures
)
_KINDS: dict[str, type] = {kind.__name__: kind for kind in Edit.__args__}  # type: ignore[attr-defined]


def touched(edit: Edit) -> Ids:
    """The samples that an edit names as its own: those it moves, relabels or weighs."""
    if isinstance(edit, Link):
        return edit.a + edit.b
    if isinstance(edit, Separate):
        return tuple(i for side in (edit.a, edit.b) if not isinstance(side, str) for i in side)
    return getattr(edit, "ids", ())


def to_json(edit: Edit) -> dict[str, Any]:
    """An edit as plain data, the form that the journal and the page use."""
    out: dict[str, Any] = {"kind": type(edit).__name__}
    for field in fields(edit):
        value = getattr(edit, field.name)
        if isinstance(value, Near):
            value = {"near": list(value.ids)}
        elif isinstance(value, Plane):
            value = {"plane": {f.name: _plain(getattr(value, f.name)) for f in fields(value)}}
        out[field.name] = _plain(value)
    return out


def from_json(data: dict[str, Any]) -> Edit:
    """The edit that `to_json` wrote; anything else raises and says what is wrong."""
    if not isinstance(data, dict):
        raise TypeError(f"an edit is an object with a kind, got {type(data).__name__}")
    kind = _KINDS.get(data.get("kind", ""))
    if kind is None:
        raise ValueError(f"there is no edit of kind {data.get('kind')!r}; there are {', '.join(_KINDS)}")
    values = {name: value for name, value in data.items() if name != "kind"}
    known = {field.name for field in fields(kind)}
    if set(values) - known:
        raise ValueError(
            f"{kind.__name__} has no field {sorted(set(values) - known)}; it has {sorted(known)}"
        )
    to = values.get("to")
    if isinstance(to, dict):
        if set(to) == {"near"}:
            values["to"] = Near(to["near"])
        elif set(to) == {"plane"} and isinstance(to["plane"], dict):
            values["to"] = Plane(**to["plane"])
        else:
            raise ValueError(f"Move.to takes a class name, near or plane, got {sorted(to)}")
    return kind(**values)


def _put(edit: Any, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(edit, name, value)


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _ids(values: Iterable[Any], name: str) -> Ids:
    """Distinct whole numbers from 0 up, as plain ints (numpy and torch scalars have `__index__`)."""
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} takes a list of whole numbers, got {values!r}")
    ids = []
    for value in values:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{name} takes whole numbers, got {value!r}")
        ids.append(value.__index__())
    if not ids:
        raise ValueError(f"{name} is empty; name at least one")
    if min(ids) < 0:
        raise ValueError(f"{name} holds {min(ids)}; ids count from 0")
    return tuple(dict.fromkeys(ids))


def _number(value: Any, name: str, above: float | None = None) -> float:
    if isinstance(value, bool | str) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} takes a number, got {value!r}")
    number = float(value)
    if not math.isfinite(number) or (above is not None and number <= above):
        raise ValueError(f"{name} is {number:g}; pass a finite number" + (" above 0" if above == 0 else ""))
    return number


def _deviations(value: Any, name: str, above: float | None = None) -> float:
    """What is farther would drown the task, and in single precision make all weights NaN."""
    number = _number(value, name, above)
    if abs(number) > FARTHEST:
        raise ValueError(f"{name} is {number:g} pooled deviations; pass at most {FARTHEST:g}")
    return number


def _vector(values: Any, name: str) -> Vector:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} takes a list of numbers, got {values!r}")
    return tuple(_number(v, name) for v in values)


def _rows(values: Any, name: str) -> tuple[Vector, ...]:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} takes rows of numbers, got {values!r}")
    return tuple(_vector(row, name) for row in values)


def _side(value: str | Sequence[int], name: str) -> str | Ids:
    return value if isinstance(value, str) else _ids(value, name)


def _label(value: Any, name: str) -> str | int | float:
    if isinstance(value, str):
        return value
    if not isinstance(value, bool) and hasattr(value, "__index__"):
        return value.__index__()
    return _number(value, name)
