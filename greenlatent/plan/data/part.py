"""Part: the data of a plan, with rows if there are any, what they hold, and what can be done to them."""

from __future__ import annotations

import math
from typing import Any

from ..cases.cases import Case, corpus, words_of
from ..facts.amount import Amount
from ..parts.changes import Change
from ..parts.part import Holder, Part
from . import actions
from .profile import Profile, profile
from .read import Cells, read

NOTHING = "there are no rows; plan.data.use(samples), a data frame or a path, or plan with numbers alone"

COUNTED = (
    "classes",
    "smallest_class",
    "largest_class",
    "labelled",
    "groups",
)  # of labels and groups, if there are any


class DataPart(Part):
    """What there is to learn from: numbers that are said, or rows that are counted.

    >>> plan.data.use(train)
    >>> plan.data.profile.rows == len(train)
    True
    """

    def __init__(self, plan: Holder) -> None:
        super().__init__(plan, "data")
        self._read: Cells | None = None
        self._seen: tuple[Any, Cells, Profile] | None = None

    def use(self, source: Any, *, label: str | None = None, group: str | None = None) -> None:
        """Rows from Samples, a pair of arrays, a data frame, or a path to CSV, JSON or NPZ; they are counted, not kept.

        `label` and `group` name a column. The file itself is never changed. After a restart use it again.
        """
        self._read = read(source, label, group)
        self._seen = None
        self._tell([*self.done])

    @property
    def done(self) -> list[tuple[str, Any]]:
        """Actions, one after another."""
        told = self._plan.book.value("actions", "done") or []
        return [(str(name), how) for name, how in told]

    @property
    def there(self) -> bool:
        """Whether there are rows, and not numbers alone."""
        return self._read is not None

    @property
    def rows_used(self) -> Cells:
        """What is left of the rows."""
        return self._now()[1]

    @property
    def profile(self) -> Profile:
        """What the rows hold that are left."""
        return self._now()[2]

    def _now(self) -> tuple[Any, Cells, Profile]:
        if self._read is None:
            raise ValueError(NOTHING)
        done = self.done
        if self._seen is None or self._seen[0] != done:
            left = actions.taken(self._read, actions.chosen(self._read, done))
            self._seen = done, left, profile(left)
        return self._seen

    def act(self, name: str, how: Any = None) -> None:
        """Do one of "half the rows", "best features", "no copies", "no gaps", "float32", "one row a group", or
        "keep", "drop" and "add" rows by hand; one step, and one undo."""
        if self._read is None:
            raise ValueError(NOTHING)
        how = actions.checked(self._read, actions.chosen(self._read, self.done), name, how)
        self._tell([*self.done, (name, how)])

    def _tell(self, done: list[tuple[str, Any]]) -> None:
        """What is counted, as fields, with the actions in the same step."""
        assert self._read is not None
        left = actions.taken(self._read, actions.chosen(self._read, done))
        found = profile(left)
        self._seen = done, left, found
        shape = list(left.shape) if len(left.shape) > 1 else int(math.prod(left.shape))
        fields: dict[str, Any] = {"kind": left.kind, "rows": found.rows, "features": shape}
        fields |= {"missing": found.missing, "duplicates": found.duplicates, "gigabytes": left.bytes / 1e9}
        if found.classes:
            counts = found.classes.values()
            fields |= {"classes": len(counts), "smallest_class": min(counts), "largest_class": max(counts)}
        if left.y is not None:
            fields["labelled"] = found.labelled
        if found.groups is not None:
            fields["groups"] = found.groups
        for name in COUNTED:  # what was counted of other rows holds of these no more; what was said stays
            before = self._plan.field("data", name)
            if name not in fields and before.known and before.source == "data":
                fields[name] = None
        kept = {("data", name): value for name, value in fields.items()}
        self._plan.book.say_all({("actions", "done"): [list(each) for each in done], **kept}, "data")
        self._plan.refresh()

    def actions(self) -> list[Change]:
        """What could be done to the rows, by joules saved a point of accuracy; where no point is known, by joules."""
        if self._read is None:
            raise ValueError(NOTHING)
        s = self._plan.situation
        if s.estimate is None:
            return []
        found = []
        now = self.profile
        ideas: list[tuple[str, Any, dict[str, Any]]] = [
            ("half the rows", None, {"rows": max(1, now.rows // 2)})
        ]
        if self.rows_used.y is not None and now.features >= 4:
            ideas.append(("best features", now.features // 2, {"features": now.features // 2}))
        if now.duplicates:
            ideas.append(("no copies", None, {"rows": now.rows - now.duplicates}))
        if now.missing:
            ideas.append(("no gaps", None, {}))
        if now.groups is not None and now.groups < now.rows:
            ideas.append(("one row a group", None, {"rows": now.groups}))
        ideas.append(("float32", None, {"gigabytes": (s["gigabytes"] or 0.0) / 2}))
        before = s.accuracy(s.name)
        for name, how, fields in ideas:
            then = s.having(fields)
            if then.estimate is None:
                continue
            after = then.accuracy(s.name) if fields else None
            saved = s.joules - then.joules
            lost = _points(before, after) if name != "float32" else None
            price = "points not known" if lost is None else f"{lost:+.1f} points"
            words = f"{name}: {saved:.3g} J saved" if saved else name
            worth = saved / max(-lost, 0.01) if lost is not None else saved
            change = Change(words, {name: how}, then.estimate.joules / s.estimate.joules, price, (), self._do)
            found.append((lost is None, -worth, change))
        return [change for *_, change in sorted(found, key=lambda each: each[:2])]

    def _do(self, fields: Any) -> None:
        for name, how in fields.items():
            self.act(name, how)

    def samples(self) -> Any:
        """What is left, as Samples; gaps must have been filled."""
        from ...data.samples import Samples

        left = self.rows_used
        x = left.x.reshape(len(left.x), *left.shape).astype("float32")
        y = None if left.y is None else list(left.y)
        groups = {name: values for name, values in left.groups.items()}
        preview: Any = left.kind if left.kind in ("image", "signal") and len(left.shape) > 1 else None
        return Samples(x, y, groups=groups, preview=preview)

    def find(self, words: str) -> list[Case]:
        """Data sets of the corpus, and those that ship with the package, by words; nothing is fetched.

        >>> [case.data["name"] for case in plan.data.find("handwriting")][:1]
        ['digits']
        """
        asked = words_of(words)
        if not asked:
            raise ValueError(f"find({words!r}); give a word of three letters or more, such as 'activity'")
        once: dict[str, Case] = {}
        for case in corpus():
            told = " ".join(str(case.data.get(name) or "") for name in ("name", "domain", "kind"))
            if asked & words_of(f"{told} {case.task}"):
                once.setdefault(str(case.data.get("name")), case)
        return list(once.values())


def _points(before: Amount | None, after: Amount | None) -> float | None:
    return None if before is None or after is None else 100 * (after.value - before.value)
