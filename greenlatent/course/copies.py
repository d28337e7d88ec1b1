"""Copies: hand-ins whose journals share edits: moments, steps, or most of what was meant in the same order."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import combinations

from ..edits.journal import Journal
from ..edits.kinds import Edit, to_json
from ..energy.names import count as some

LIKE = 0.8  # the share of the shorter journal's edits from which on it is said that two are alike
ENOUGH = 5  # and how many edits at least


def shared(files: Sequence[str], journals: Mapping[int, Journal]) -> dict[int, list[str]]:
    """Remarks on hand-ins that share edits, by the place of each in `files`.

    Two people may well accept the same suggestion; never in the same millisecond.
    """
    remarks: dict[int, list[str]] = {}
    moments: dict[float, set[int]] = {}
    series: dict[str, set[int]] = {}
    for k, journal in journals.items():
        made = [event for event in journal if event.edit is not None]
        for event in made:
            moments.setdefault(event.t, set()).add(k)
        if made:
            edits = [(event.step, to_json(event.edit)) for event in made if event.edit is not None]
            series.setdefault(json.dumps(edits), set()).add(k)
    said: set[tuple[int, int]] = set()
    copies: dict[int, dict[int, int]] = {}  # of each: in which others, and how many edits
    for group in moments.values():
        for a in group:
            for b in group - {a}:
                said.add((a, b))
                found = copies.setdefault(a, {})
                found[b] = found.get(b, 0) + 1
    for a, found in copies.items():
        for number in sorted(set(found.values()), reverse=True):
            others = ", ".join(files[b] for b in sorted(found) if found[b] == number)
            remarks.setdefault(a, []).append(
                f"copied: {some(number, 'edit')} made at the same moment as in {others}"
            )
    for group in series.values():
        for a in sorted(group):
            rest = sorted(files[b] for b in group - {a} if b not in copies.get(a, {}))
            said |= {(a, b) for b in group}
            if rest:
                remarks.setdefault(a, []).append(f"the same edits at the same steps as in {', '.join(rest)}")
    meant = {
        k: [_meant(e.edit) for e in journal if e.edit is not None and e.by != "machine"]
        for k, journal in journals.items()
    }
    for a, b in combinations(meant, 2):
        shorter = min(len(meant[a]), len(meant[b]))
        common = in_order(meant[a], meant[b]) if shorter >= ENOUGH and (a, b) not in said else 0
        if common >= max(ENOUGH, LIKE * shorter):
            for mine, theirs in ((a, b), (b, a)):
                remarks.setdefault(mine, []).append(
                    f"{some(common, 'edit')} as in {files[theirs]} and in the same order,"
                    f" {common / shorter:.0%} of those of the shorter one"
                )
    return remarks


def _meant(edit: Edit) -> str:
    """An edit without the order of its samples."""
    said = to_json(edit)
    return json.dumps({**said, "ids": sorted(said["ids"])} if "ids" in said else said, sort_keys=True)


def in_order(a: Sequence[str], b: Sequence[str]) -> int:
    """How many elements two sequences share in order, as Hunt and Szymanski count them.

    Of what repeats, eight places count: who repeats one edit ten thousand times shall not hold up a whole stack.
    """
    places: dict[str, list[int]] = {}
    for k, element in enumerate(b):
        if len(found := places.setdefault(element, [])) < 8:
            found.append(k)
    ends: list[int] = []  # of the sequences found so far, by length, where the earliest ends in b
    for element in a:
        for k in reversed(places.get(element, ())):
            at = bisect_left(ends, k)
            ends[at : at + 1] = [k]
    return len(ends)
