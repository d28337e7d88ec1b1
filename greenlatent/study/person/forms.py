"""Forms: what people say of working with a Lab: ten SUS items and six scales of the NASA-TLX, as scores."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ...files import cell, whole_or_nothing

ITEMS = 10
SCALES = ("mental", "physical", "temporal", "performance", "effort", "frustration")
PAIRS = 15
RATINGS, PROPOSALS = "ratings.jsonl", "proposals.jsonl"
COLUMNS = (
    *("session", "step", "sus", *SCALES, "tlx", "tlx_weighted", "text"),
    *("accepted", "changed", "rejected"),
)


def sus(answers: Sequence[int]) -> float:
    """The System Usability Scale, 0 to 100, of ten answers from 1 (disagree) to 5 (agree), in the order of its items.

    >>> sus([5, 1, 5, 1, 5, 1, 5, 1, 5, 1])
    100.0
    """
    like = "SUS has ten answers, whole numbers from 1 (disagree) to 5 (agree)"
    if isinstance(answers, str | bytes | Mapping) or not isinstance(answers, Iterable):
        raise TypeError(f"{like}; got {type(answers).__name__}")
    given = list(answers)
    if len(given) != ITEMS:
        raise ValueError(f"{like}; got {len(given)}")
    if any(isinstance(a, bool) or not isinstance(a, Integral) or not 1 <= a <= 5 for a in given):
        raise ValueError(f"{like}; got {given}")
    return 2.5 * sum(a - 1 if k % 2 == 0 else 5 - a for k, a in enumerate(given))


def tlx(scales: Mapping[str, float], pairs: Mapping[str, int] | None = None) -> float:
    """The NASA-TLX, 0 to 100: the mean of six scales, each 0 to 100, or weighted by how often each was chosen in the 15
    pairs of them.

    >>> tlx({"mental": 60, "physical": 10, "temporal": 30, "performance": 20, "effort": 50, "frustration": 10})
    30.0
    """
    like = f"the TLX has a number from 0 to 100 for each of {', '.join(SCALES)}"
    if not isinstance(scales, Mapping):
        raise TypeError(f"{like}; got {type(scales).__name__}")
    if set(scales) != set(SCALES):
        raise ValueError(f"{like}; got {', '.join(map(str, scales)) or 'none'}")
    for name, value in scales.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 100:
            raise ValueError(f"{like}; {name} is {value!r}")
    if pairs is None:
        return sum(float(scales[name]) for name in SCALES) / len(SCALES)
    if not isinstance(pairs, Mapping):
        raise TypeError(f"pairs tell how often each of {', '.join(SCALES)} was chosen; got {pairs!r}")
    counts = [pairs.get(name, 0) for name in SCALES]
    whole = all(isinstance(c, Integral) and not isinstance(c, bool) and 0 <= c <= 5 for c in counts)
    if set(pairs) - set(SCALES) or not whole or sum(counts) != PAIRS:
        raise ValueError(
            f"pairs tell how often each scale was chosen, 0 to 5 times and {PAIRS} in all; got {dict(pairs)}"
        )
    return sum(int(c) * float(scales[name]) for c, name in zip(counts, SCALES, strict=True)) / PAIRS


def rated(folder: str | Path = "greenlatent-sessions", to: str | Path | None = None) -> list[dict[str, Any]]:
    """What people said in all sessions of a folder, a row each, with how many cards were accepted, changed and rejected
    there; written as a CSV where `to` names one.

    >>> rows = study.rated("greenlatent-sessions", to="rated.csv")
    """
    found = []
    for path in sorted(Path(folder).glob(f"*/{RATINGS}")):
        counts = _answers(path.parent / PROPOSALS)
        for line in _lines(path):
            told = line.get("tlx")
            scales = told if isinstance(told, dict) else {}
            row = {
                "session": path.parent.name,
                "step": line.get("step"),
                "sus": line.get("sus_score"),
                **{name: scales.get(name) for name in SCALES},
                "tlx": line.get("tlx_score"),
                "tlx_weighted": line.get("tlx_weighted"),
                "text": line.get("text", ""),
                **counts,
            }
            found.append(row)
    if to is not None:
        with whole_or_nothing(to) as part, part.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows({name: cell(value) for name, value in row.items()} for row in found)
    return found


def rating(
    sus_answers: Sequence[int] | None,
    scales: Mapping[str, float] | None,
    pairs: Mapping[str, int] | None,
    text: str,
) -> dict[str, Any]:
    """What somebody said, checked, with its scores, as a line of a session."""
    if not isinstance(text, str):
        raise TypeError(f"text={text!r} is no text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text holds half of a character, which no file can keep; type it anew") from None
    if sus_answers is None and scales is None and not text.strip():
        raise ValueError("nothing was said: give sus=[ten answers], tlx={six scales} or text='...'")
    if pairs is not None and scales is None:
        raise ValueError("pairs weigh the six scales: give tlx={...}, too")
    usable = None if sus_answers is None else sus(sus_answers)
    load = None if scales is None else tlx(scales)
    return {
        "sus": None if sus_answers is None else [int(a) for a in sus_answers],
        "sus_score": usable,
        "tlx": None if scales is None else {name: float(scales[name]) for name in scales},
        "tlx_score": load,
        "tlx_weighted": None if scales is None or pairs is None else tlx(scales, pairs),
        "text": text,
    }


def _answers(path: Path) -> dict[str, int]:
    """How many cards of an agent's record were answered so."""
    seen = {(line.get("id"), line.get("state")) for line in _lines(path)}
    return {word: sum(state == word for _, state in seen) for word in ("accepted", "changed", "rejected")}


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines of a file; what is none is left out, as a disk may have been full."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict) and not any(isinstance(v, float) and math.isnan(v) for v in told.values()):
            found.append(told)
    return found
