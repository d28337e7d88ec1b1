"""Part: one of the three, as a notebook holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..facts.knowledge import Knowledge
from ..project.book import PlanBook
from .changes import Change
from .field import Field

if TYPE_CHECKING:
    from ..cases.suggestion import Suggested
    from .situation import Situation


class Holder(Protocol):
    """What a plan has to offer its parts."""

    @property
    def knowledge(self) -> Knowledge: ...
    @property
    def situation(self) -> Situation: ...
    def field(self, part: str, name: str) -> Field: ...
    def say(self, fields: Mapping[str, Any], source: str = "you") -> None: ...
    def suggestions(self, part: str) -> dict[str, Suggested]: ...
    def alternatives(self, part: str) -> list[Change]: ...
    def refresh(self) -> None: ...
    @property
    def book(self) -> PlanBook: ...


class Part:
    """Fields to set and to read. What is not known is None, and widens the interval.

    >>> plan.problem.set(task="classify", target=0.9)
    >>> plan.problem.target
    0.9
    """

    def __init__(self, plan: Holder, name: str) -> None:
        self._plan = plan
        self._name = name

    def set(self, **fields: Any) -> None:
        """Say what is known, in one step. A wrong name or value raises, and then nothing of it is set."""
        known = self._plan.knowledge
        for name in fields:
            known.about(self._name, name)
        checked = {name: known.checked(self._name, name, value) for name, value in fields.items()}
        self._plan.say(checked)

    def unknown(self, *fields: str) -> None:
        """Say that nobody knows."""
        for name in fields:
            self._plan.knowledge.about(self._name, name)
        self._plan.say(dict.fromkeys(fields))

    def field(self, name: str) -> Field:
        """A field with who said it and its range."""
        return self._plan.field(self._name, name)

    @property
    def fields(self) -> dict[str, Field]:
        """All of them, known or not."""
        return {about.name: self.field(about.name) for about in self._plan.knowledge.of(self._name)}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._plan.field(self._name, name).value
        except TypeError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        """Python would keep it, and the plan would know nothing of it."""
        if name.startswith("_"):
            return super().__setattr__(name, value)
        try:
            self._plan.knowledge.about(self._name, name)
        except TypeError as error:
            raise AttributeError(str(error)) from None
        raise AttributeError(
            f"plan.{self._name}.{name} = ... says nothing of the plan; use plan.{self._name}.set({name}={value!r})"
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(about.name for about in self._plan.knowledge.of(self._name))]

    @property
    def suggestions(self) -> dict[str, Suggested]:
        """For fields that nobody knows, what similar cases had: median, range, which. `accept()` takes it as "case"."""
        return self._plan.suggestions(self._name)

    def alternatives(self) -> list[Change]:
        """What else there is: changes of this part that take less and break no limit. None is chosen."""
        return self._plan.alternatives(self._name)

    def __repr__(self) -> str:
        known = [str(each) for each in self.fields.values() if each.known]
        return f"{self._name}: {'; '.join(known) or 'nothing known'}"
