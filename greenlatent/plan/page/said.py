"""Said: what the page says of a plan, as HTML in which every text from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from ...energy.names import plain, plural
from ..conflicts.conflict import Conflict
from ..facts.knowledge import About
from ..facts.reasons import many
from ..front.front import AXES, Front, Placed
from ..parts.situation import Situation

VERSIONS = 8  # that are shown; all are in plan.versions
SHOWN = 3  # contradictions that are shown; the rest are counted
# A stage's fill, and letters that can be read on it.
FILLS = {
    "collect": ("#555555", "#ffffff"),
    "store": ("#e69f00", "#000000"),
    "search": ("#cc79a7", "#000000"),
    "train": ("#0072b2", "#ffffff"),
    "train again": ("#56b4e9", "#000000"),
    "answer": ("#008a64", "#ffffff"),
    "move": ("#8a6d00", "#ffffff"),
    "cooling": ("#d9d9d9", "#000000"),
}
FIRST = {
    "data": ("kind", "rows", "features", "classes"),
    "problem": ("task", "metric", "target", "answers", "per", "years", "retrain", "model", "size"),
    "environment": ("device", "place", "region", "pue", "memory_gb"),
}
TITLES = {"data": "Data", "problem": "Problem", "environment": "Environment"}
# What of the level each part's fields are about, for its share.
SHARES = {"data": ("collect", "store", "move"), "environment": ("cooling",)}


def label(about: About, words: str) -> str:
    """A field's name for either reader; `words` is plain or expert."""
    name = about.plain if words == "plain" else about.expert
    return f"{name} ({about.unit})" if about.unit and words == "expert" and about.unit not in name else name


def level(s: Situation) -> str:
    """The joules of a year with their interval, how they are known, and every term behind them."""
    found = s.estimate
    if found is None:
        return f"<p class='gl-level'><b>No estimate</b> <span class='gl-quiet'>{escape(str(s.priced))}</span></p>"
    years = found.life.years
    joules = found.joules / years
    grams = ""
    if found.grams is not None:
        region = found.grams.grid
        per_year = found.grams.value / years
        ends = f"{plain(found.grams.low / years)}-{plain(found.grams.high / years)}"
        grams = f" · {plain(per_year)} g CO2e ({ends}) in {escape(region.country)}, {region.year}"
    as_if = "" if s["model"] else ", as if: no model is named"
    little = joules.value < 0.1
    value = "less than 0.1 J" if little else f"{plain(joules.value)} J"
    ends = "" if little else f"{plain(joules.low)}-{plain(joules.high)}, estimated; "
    widest = f" · widest for not knowing {escape(found.widest)}" if found.widest else ""
    quiet = f"({ends}{escape(found.known_by)}) a year with {escape(found.name)}{as_if}{grams}{widest}"
    why = "".join(f"<li>{escape(line)}</li>" for line in found.why().splitlines()[1:])
    return (
        f"<p class='gl-level'><b>{value}</b> <span class='gl-quiet'>{quiet}</span></p>"
        f"<details class='gl-why'><summary>Why {value}</summary><ul>{why}</ul></details>"
    )


def bar(s: Situation) -> str:
    """Where the joules go, stage by stage, with the text in the bar where it fits and all of it under it."""
    found = s.estimate
    if found is None or not found.joules.value:
        return ""
    whole = found.joules.value
    shares = [(name, stage.value / whole) for name, stage in found.stages.items()]
    parts, told = [], []
    for name, share in shares:
        fill, letters = FILLS[name]
        text = f"{name} {_percent(share)}"
        inside = text if share > 0.16 else ""
        parts.append(
            f"<span style='flex:{max(share, 0.004):.4f} 1 0;background:{fill};color:{letters}'>{inside}</span>"
        )
        told.append(text)
    three = found.life.three
    hardware = f" · hardware {plain(three['hardware'].value)} g CO2e" if "hardware" in three else ""
    cooling = "" if "cooling" in found.stages else " · cooling not in it"
    words = f"{' · '.join(told)}{cooling}{hardware}"
    return f"<div class='gl-bar' aria-hidden='true'>{''.join(parts)}</div><p class='gl-quiet'>{words}</p>"


def stages(s: Situation) -> str:
    """The same as a table, with intervals."""
    found = s.estimate
    if found is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(str(stage))}</td></tr>"
        for name, stage in found.stages.items()
    )
    years = f"{found.life.years:g} {plural(found.life.years, 'year')}"
    head = f"<caption>All stages over {years}</caption>"
    return f"<table class='gl-table'>{head}<tbody>{rows}</tbody></table>"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "under 1 %"


def progress(s: Situation) -> tuple[int, int, list[str]]:
    """How many fields that this task needs are known, of how many, and which are not."""
    task = s.task
    names = ["task", *(task.needs if task else ("kind", "rows", "features")), "answers", "model", "region"]
    missing = [name for name in names if s[name] is None]
    return len(names) - len(missing), len(names), missing


def shown(s: Situation, part: str, more: Iterable[str] = ()) -> list[str]:
    """Fields of a part that the form has: the first ones, those that the task needs, those that are known."""
    task = s.task
    needed = task.needs if task else ()
    names = [*FIRST[part], *needed, *more]
    known = [about.name for about in s.knowledge.of(part) if s[about.name] is not None]
    there = dict.fromkeys(name for name in [*names, *known] if s.knowledge.fields[name].part == part)
    if s["task"] not in (None, "classify") and s["classes"] is None:
        there.pop("classes", None)
    return list(there)


def share_of(s: Situation, part: str) -> str:
    """What part of the level stands under it, in words."""
    found = s.estimate
    if found is None or not found.joules.value:
        return ""
    own = s.stage(*SHARES.get(part, ()))
    if part == "problem":
        own = found.joules.value - s.stage("collect", "store", "move", "cooling")
    words = {
        "data": "keeping and moving the data",
        "problem": "training and answering",
        "environment": "cooling",
    }[part]
    return f"{words}: {_percent(own / found.joules.value)} of all"


def conflict(found: Conflict) -> str:
    """One contradiction."""
    stake = (
        f" <span class='gl-quiet'>({plain(found.joules)} J at stake)</span>" if found.joules >= 0.1 else ""
    )
    ask = f" <span class='gl-quiet'>{escape(found.what_to_do)}.</span>" if found.asks else ""
    return f"<p class='gl-conflict'><strong>{escape(found.words)}</strong>{stake}{ask}</p>"


def candidate(each: Placed) -> str:
    """One line of the list, in which it can be chosen; the list of a browser shows text alone."""
    right = (
        "accuracy not known" if each.y is None else f"{each.y.value:.3f} ({each.y.low:.3f}-{each.y.high:.3f})"
    )
    notes = [words for words in ("breaks a limit" if each.breaks else "", each.misses) if words]
    return " · ".join([each.name, right, str(each.x), *notes])


def about(each: Placed, cases: Iterable[Any]) -> str:
    """What is known of a candidate."""
    found = each.estimate
    formula = "".join(f"<li>{escape(str(reason))}</li>" for reason in found.reasons)
    near = [case for case in cases if case.model.get("family") == found.workload.family][:3]
    told = (
        "".join(f"<li>{escape(str(case))}</li>" for case in near) or "<li>no similar case has this model</li>"
    )
    knowing = ""
    if each.y is None:
        knowing = f"<p>Accuracy is not known; to know it takes about {escape(str(each.knowing))}.</p>"
    limits = "".join(f"<p><strong>{escape(words)}</strong></p>" for words in each.breaks)
    larger = (
        f"<p class='gl-quiet'>smaller than {escape(', '.join(each.smaller_than))}</p>"
        if each.smaller_than
        else ""
    )
    return (
        f"<p><strong>{escape(candidate(each))}</strong></p>{limits}{knowing}{larger}"
        f"<details class='gl-why'><summary>Why {escape(str(each.x))}</summary><ul>{formula}</ul></details>"
        f"<details class='gl-why'><summary>Similar cases with {escape(found.workload.family)}</summary>"
        f"<ul>{told}</ul></details>"
    )


def pipeline(s: Situation) -> str:
    """What the task's answer is, as a formula, and the steps from rows to it, drawn."""
    if s.task is None:
        return ""
    steps = s.task.pipeline
    wide, high = 92, 30
    boxes = "".join(
        f"<rect x='{k * (wide + 22) + 1}' y='1' width='{wide - 2}' height='{high - 2}' rx='3' fill='none' "
        f"stroke='currentColor'/><text x='{k * (wide + 22) + wide / 2:g}' y='{high / 2 + 4:g}' text-anchor='middle' "
        f"font-size='12' fill='currentColor'>{escape(step)}</text>"
        for k, step in enumerate(steps)
    )
    arrows = "".join(
        f"<path d='M{k * (wide + 22) - 21} {high / 2:g}h16m-5 -4l5 4l-5 4' fill='none' stroke='currentColor'/>"
        for k in range(1, len(steps))
    )
    across = len(steps) * (wide + 22) - 22
    words = escape(", then ".join(steps))
    return (
        f"<details class='gl-why'><summary>How it goes</summary><svg role='img' aria-label='{words}' "
        f"viewBox='0 0 {across} {high}' style='width:{across}px;max-width:100%;height:auto'>{boxes}{arrows}</svg>"
        f"<p>{escape(s.task.formula)}</p></details>"
    )


def notes(told: Iterable[Any], versions: Iterable[Any]) -> str:
    """What people wrote, newest first, and who said what in the newest versions."""
    lines = []
    for each in reversed(list(told)):
        stars = f", {each['rating']} of 5" if each.get("rating") else ""
        lines.append(
            f"<li>{escape(str(each.get('words')))} <span class='gl-quiet'>"
            f"({escape(str(each.get('about')))}, by {escape(str(each.get('by')))}{escape(stars)})</span></li>"
        )
    last = [f"<li>{escape(str(each))}</li>" for each in list(versions)[: -VERSIONS - 1 : -1]]
    count = f"<details class='gl-why'><summary>Newest versions</summary><ul>{''.join(last)}</ul></details>"
    return f"<ul>{''.join(lines)}</ul>{count}" if lines else count


def unknown(front: Front) -> str:
    """The strip: what nobody has tried, with the price of knowing."""
    if not front.unknown:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(each.name)}</th><td>{plain(each.x.value)} {each.x.unit}</td>"
        f"<td>{plain(each.knowing.value)} J</td></tr>"
        for each in front.unknown
    )
    heads = "".join(f"<th scope='col'>{head}</th>" for head in ("candidate", AXES[front.x][0], "to know it"))
    return (
        f"<details class='gl-why'><summary>To know how right {many(len(front.unknown), 'candidate')}"
        f" would be</summary><table class='gl-table'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )
