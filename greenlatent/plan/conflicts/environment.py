"""Rules about where it runs: device, memory, region, cooling, processes."""

from __future__ import annotations

import difflib

from ...energy.emissions.carbon import grids
from ..facts.tables import table
from ..models.workload import FITS
from ..parts.situation import Situation
from .data import half_of_the_rows
from .finding import SECONDS_A_YEAR, Proposal, Remark, half, smaller

LITTLE = 2.0  # seconds of a training under which a second process only waits
CENTRE = "data centre"


def memory_too_small(s: Situation) -> Remark | None:
    held = s["memory_gb"]
    if held is None and s.device is not None:
        held = s.device.numbers.get("memory_gb")
    if s.estimate is None or held is None or s.estimate.memory.value <= held * 1e9:
        return None
    needed = s.estimate.memory.value / 1e9
    fixes: list[Proposal] = []
    for batch in sorted({half(s, "batch"), 16, 4, 1}) if s["batch"] and s["batch"] > 1 else []:
        if batch < s["batch"]:
            fixes.append((f"Batches of {batch}", {"batch": batch}))
    fixes = fixes[::-1] + smaller(s)
    if s["model"] not in FITS:
        fixes.append(("Use linear, which needs no torch", {"model": "linear", "size": None}))
    elif s["rows"]:
        fixes.append(("Half of the rows", half_of_the_rows(s)))
    if s["memory_gb"] is not None:
        fixes.append((f"Give it {needed * 1.1:.2g} GB", {"memory_gb": float(f"{needed * 1.2:.3g}")}))
    return Remark(f"It needs about {needed:.2g} GB of memory, and has {held:g}.", s.joules, tuple(fixes))


def device_not_known(s: Situation) -> Remark | None:
    trouble = isinstance(s.priced, str) and s.device is not None
    if s.device_known and not trouble:
        return None
    names = [name for name, fact in table("devices").items() if fact.words["kind"] == "gpu"]
    near = [name for name in table("devices") if s["device"].casefold() in name.casefold()][:2]
    near = near or difflib.get_close_matches(s["device"], table("devices"), 2, 0.4) or names[:1]
    fixes: list[Proposal] = [(f"Run it on {name}", {"device": name}) for name in near if name != s["device"]]
    fixes.append(("Run it on this machine", {"device": "here"}))
    words = f"{s.priced}" if trouble else f"No table knows the device {s['device']!r}"
    return Remark(f"{words[0].upper()}{words[1:]}.", s.joules, tuple(fixes))


def region_not_known(s: Situation) -> Remark | None:
    if s.region_known:
        return None
    names = [name for grid in grids().values() for name in (grid.country, grid.iso3)]
    near = difflib.get_close_matches(s["region"], names, 2, 0.5)
    fixes: list[Proposal] = [(f"It is {name}", {"region": name}) for name in near]
    fixes.append(("Leave it unknown, without grams", {"region": None}))
    return Remark(f"No table knows the region {s['region']!r}, so there are no grams.", 0.0, tuple(fixes))


def no_cooling_said(s: Situation) -> Remark | None:
    if s["place"] != CENTRE or s["pue"] is not None:
        return None
    names = ("a data centre, world", "Google", "AWS")
    fixes = tuple((f"{name}: {table('pue')[name].value:g}", {"pue": name}) for name in names)
    words = "A data centre cools, and nobody said how much that adds: half again in the world's mean."
    return Remark(words, 0.54 * s.joules, fixes)


def cooling_where_there_is_none(s: Situation) -> Remark | None:
    pue = s["pue"]
    factor = table("pue")[pue].value if isinstance(pue, str) else pue
    if s["place"] in (None, CENTRE) or factor is None or factor <= 1:
        return None
    fixes = (("Nothing cools it", {"pue": 1.0}), ("It is a data centre", {"place": CENTRE}))
    where = "at " + s["place"] if s["place"] in ("home",) else s["place"]
    return Remark(
        f"Cooling adds {factor - 1:.0%} where nothing cools ({where}).".replace("%", " %"),
        s.stage("cooling"),
        fixes,
    )


def many_processes(s: Situation) -> Remark | None:
    if not s["processes"] or s["processes"] < 2 or s.estimate is None:
        return None
    if (
        s.estimate.processor_seconds.value >= LITTLE
        or s.a_year * s.estimate.answer_seconds.value > SECONDS_A_YEAR / 2
    ):
        return None
    words = f"{s['processes']} processes for {s.estimate.processor_seconds.value:.2g} s of work wait for each other."
    return Remark(words, s.joules, (("One process", {"processes": 1}),))
