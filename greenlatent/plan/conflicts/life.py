"""Rules about what a whole life takes: time, budget, answers, search, and how old the facts are."""

from __future__ import annotations

from ..parts.situation import Situation
from .data import half_of_the_rows
from .finding import SECONDS_A_YEAR, Proposal, Remark, by_number, half, keep, smaller

TIMES = 10  # answers over all else, from which a cheaper answer is asked for
WORTH = 50.0  # joules under which no search and no answers are too dear


def less(s: Situation) -> list[Proposal]:
    """Changes that take less time and less joules."""
    found: list[Proposal] = list(smaller(s))
    if s["trials"]:
        found.append(("Search no settings", {"trials": 0}))
    if s["retrain"]:
        found.append(("Train it once", {"retrain": 0.0}))
    if s["epochs"] and s["epochs"] >= 2:
        found.append((f"{s['epochs'] / 2:g} epochs", {"epochs": s["epochs"] / 2}))
    if s["rows"] and s["rows"] >= 200:
        found.append(("Half of the rows", half_of_the_rows(s)))
    return found


def too_slow(s: Situation) -> Remark | None:
    if s["minutes"] is None or s.estimate is None:
        return None
    needed = s.estimate.seconds.value * (1 + (s["trials"] or 0)) / 60
    if needed <= s["minutes"]:
        return None
    fixes = [*less(s), (f"Give it {needed:.3g} minutes", {"minutes": float(f"{needed * 1.1:.3g}")})]
    words = f"Training takes {by_number(needed)} minutes, and there are {s['minutes']:g}."
    return Remark(words, s.stage("search", "train"), tuple(fixes))


def over_the_budget(s: Situation) -> Remark | None:
    if s.estimate is None:
        return None
    over = []
    limits: dict = {}
    grams = s.estimate.grams
    for name, needed in (("joules", s.joules), ("grams", None if grams is None else grams.value)):
        if s[name] is not None and needed is not None and needed > s[name]:
            unit = "J" if name == "joules" else "g CO2e"
            over.append(f"it takes {by_number(needed)} {unit}, and {by_number(s[name])} are allowed")
            limits[name] = float(f"{needed * 1.1:.3g}")
    if not over:
        return None
    told = " and ".join(f"{value:g} {name}" for name, value in limits.items())
    fixes = [*less(s)]
    if s["answers"]:
        fixes.append(("Half as many answers", {"answers": s["answers"] / 2}))
    fixes.append((f"Allow {told}", limits))
    words = " and ".join(over)
    return Remark(f"{words[0].upper()}{words[1:]}.", s.joules, tuple(fixes))


def cannot_keep_up(s: Situation) -> Remark | None:
    if s.estimate is None:
        return None
    one, at_once = s.estimate.answer_seconds.value, s["processes"] or 1
    busy = s.a_year * one / SECONDS_A_YEAR / at_once
    late = s["latency"] is not None and one > s["latency"]
    if busy <= 1 and not late:
        return None
    fixes: list[Proposal] = list(smaller(s))
    words = f"An answer takes {one:.3g} s, and may take {s['latency']:g}." if late else ""
    if busy > 1:
        need = int(busy * at_once) + 1
        fixes.append((f"{need:,} at once", {"processes": need}))
        fixes.append(("As many answers as it can give", {"answers": 0.95 * s["answers"] / busy}))
        words = f"It has to answer {busy:.3g} times as often as it can."
    if late:
        allowed = {"latency": float(f"{one * 1.1:.2g}")}
        fixes.append((f"Allow {allowed['latency']:g} s", allowed))
    return Remark(words, s.stage("answer"), tuple(fixes))


def answers_cost_more(s: Situation) -> Remark | None:
    answers = s.stage("answer")
    rest = s.stage("search", "train", "train again")
    if answers <= max(TIMES * rest, WORTH) or s.kept.get("answers_cost_more") == [s["model"], s["answers"]]:
        return None
    if s.estimate is None or not s["model"]:
        return None
    cheaper = [
        (words, change)
        for words, change in smaller(s)
        if (then := s.having(change).estimate) is not None
        and then.answer.value < 0.9 * s.estimate.answer.value
    ]
    if not cheaper:
        return None
    mended = [(words, change) for words, change in cheaper if answers_cost_more(s.having(change)) is None]
    fixes = (*mended, keep("answers_cost_more", [s["model"], s["answers"]]))
    words = (
        f"Answers take {by_number(answers)} J, {answers / max(rest, 1e-9):.0f} times all training, "
        "and there are cheaper ones."
    )
    return Remark(words, answers - rest, fixes)


def searching_costs_more(s: Situation) -> Remark | None:
    search, using = s.stage("search"), s.stage("train", "train again", "answer")
    about = [s["trials"], s["retrain"]]
    if not s["trials"] or search <= max(using, WORTH) or s.kept.get("searching_costs_more") == about:
        return None
    one = search / s["trials"]
    fewer = int(using / one)
    fixes: list[Proposal] = [(f"{fewer} trials", {"trials": fewer})]
    if half(s, "trials") > fewer:
        fixes.append(("Search no settings", {"trials": 0}))
    words = f"{s['trials']:g} trials take {by_number(search)} J; training and all answers take {by_number(using)}."
    return Remark(words, search - using, (*fixes, keep("searching_costs_more", about)))


def facts_too_old(s: Situation) -> Remark | None:
    if s.estimate is None:
        return None
    old = sorted(f"{fact.table}: {fact.name} ({fact.year})" for fact in s.estimate.life.facts if fact.old)
    if s.device is not None and s.device.old:
        old.append(f"devices: {s.device.name} ({s.device.year})")
    if not old or s.kept.get("facts_too_old") == old:
        return None
    fixes: list[Proposal] = [keep("facts_too_old", old)]
    if isinstance(s["pue"], str):
        fixes.append(("Leave cooling unknown", {"pue": None, "place": None}))
    return Remark(f"This rests on facts older than three years: {'; '.join(old)}.", 0.0, tuple(fixes))
