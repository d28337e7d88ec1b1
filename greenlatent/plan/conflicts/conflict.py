"""Conflict: all rules asked of a situation, those with most at stake first, and fixes that were seen to clear them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from ..parts.changes import Change
from ..parts.situation import Situation
from ..project.book import Clash
from . import data, environment, life, problem
from .finding import Remark, Rule

FIXES = 4  # that are offered
RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        data.labels_missing,
        data.class_too_rare,
        data.one_class,
        data.accuracy_hides_rare,
        problem.target_below_chance,
        problem.target_above_others,
        problem.metric_of_another_task,
        data.too_few_rows,
        data.model_for_other_data,
        data.same_people,
        data.copies,
        environment.memory_too_small,
        life.too_slow,
        life.over_the_budget,
        life.cannot_keep_up,
        environment.device_not_known,
        environment.region_not_known,
        environment.no_cooling_said,
        environment.cooling_where_there_is_none,
        environment.many_processes,
        problem.safety_without_a_person,
        data.may_not_leave,
        data.do_not_fit,
        data.nothing_new,
        life.answers_cost_more,
        life.searching_costs_more,
        life.facts_too_old,
    )
}
ASKS: dict[str, Rule] = {
    rule.__name__: rule for rule in (problem.too_unsure_to_choose, problem.accuracy_not_known)
}
Do = Callable[[Mapping[str, Any]], Any]


class Conflict:
    """What contradicts: its rule, in words, the joules at stake, and fixes.

    A fix is offered only if the rule, asked again of the plan with the fix, has nothing more to say.
    """

    def __init__(self, rule: str, found: Remark, situation: Situation, do: Do) -> None:
        self.rule = rule
        self.words = found.words
        self.joules = found.stake
        self.asks = found.asks
        """Whether it is a question that a rehearsal answers."""
        self._found, self._situation, self._do = found, situation, do

    @cached_property
    def fixes(self) -> list[Change]:
        """Each of them one step, and one undo."""
        if self.asks:
            return []
        good: list[Change] = []
        for words, fields in self._found.proposals:
            if len(good) == FIXES:
                break
            if RULES[self.rule](self._situation.having(fields)) is None:
                good.append(Change(words, fields, do=self._do))
        return good

    @property
    def what_to_do(self) -> str:
        """In words, where no field would mend it."""
        return self._found.proposals[0][0] if self.asks else ""

    def __str__(self) -> str:
        told = [each.words for each in self.fixes] or [self.what_to_do]
        return f"{self.words} [{'] ['.join(told)}]"

    def __repr__(self) -> str:
        return f"Conflict({self.rule!r}: {self.words})"


class ClashConflict(Conflict):
    """Two people said something else of a field; either can be taken."""

    def __init__(self, clash: Clash, situation: Situation, do: Do) -> None:
        others = ", ".join(f"{other.by} {other.value!r}" for other in clash.others)
        words = f"Of {clash.field} {clash.mine.by} said {clash.mine.value!r}, and {others}."
        super().__init__("clash", Remark(words, situation.joules), situation, do)
        self._values = [clash.mine.value, *(other.value for other in clash.others)]
        self._field = clash.field

    @cached_property
    def fixes(self) -> list[Change]:
        once = {str(value): value for value in self._values}
        return [
            Change(f"{self._field}: {text}", {self._field: value}, do=self._do)
            for text, value in once.items()
        ]


def conflicts(situation: Situation, do: Do, clashes: Iterable[Clash] = ()) -> list[Conflict]:
    """All that contradict, those with most at stake first; then what a rehearsal would tell."""
    found = [
        Conflict(name, said, situation, do)
        for name, rule in (RULES | ASKS).items()
        if (said := rule(situation)) is not None
    ]
    found += [
        ClashConflict(clash, situation, do) for clash in clashes if clash.field in situation.knowledge.fields
    ]
    return sorted(found, key=lambda each: (each.asks, -each.joules))
