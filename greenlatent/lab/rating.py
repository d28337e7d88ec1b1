"""Rating: what somebody says of working with a Lab, from code or from the form on its page, kept in the session."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from ..run.run import Run
from ..run.session import RATINGS

# The ten statements of the System Usability Scale, in its order and sense, in words of ours.
USABILITY = (
    "I would use this often",
    "It is more complicated than it need be",
    "It is easy to use",
    "I would need somebody to help me with it",
    "Its parts go well together",
    "Too much of it is inconsistent",
    "Most people would learn it quickly",
    "It is cumbersome",
    "I felt sure of what I did",
    "I had to learn a lot before I could begin",
)
# The six scales of the NASA-TLX, in its order.
LOADS = {
    "mental": "How much was there to think about?",
    "physical": "How much was there to do with your hands?",
    "temporal": "How hurried was it?",
    "performance": "How far from success were you?",
    "effort": "How hard did you work?",
    "frustration": "How annoyed were you?",
}


def rate(run: Run, sus: Any, tlx: Any, pairs: Any, text: str) -> dict[str, Any]:
    """On the run's thread: a line in the session's ratings, with the run that it is about."""
    from ..study.person.forms import rating  # nothing of it is loaded before somebody asks

    said = rating(sus, tlx, pairs, text)
    session, journal = run.session, run.journal
    if session is None:
        raise ValueError(
            "this Lab keeps no session (session=False), so what you say would be lost; give it one"
        )
    journal.begin()
    journal.make_sure()
    if session.folder is None:
        raise ValueError("the journal of this run is kept elsewhere; save() first, then rate")
    line = {"v": 1, "run": session.folder.name, "step": run.trainer.steps, "time": time.time(), **said}
    with (session.folder / RATINGS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, allow_nan=False) + "\n")
    return said


def form() -> list[dict[str, Any]]:
    """The form of the page: parts and rows, each with what it asks and the ends of a number or a choice."""
    agree = [{"text": text, "low": 1, "high": 5} for text in USABILITY]
    loads = [{"text": text, "low": 0, "high": 100} for text in LOADS.values()]
    pairs = [{"text": "More of a load", "choice": list(pair)} for pair in combinations(LOADS, 2)]
    return [
        {"title": "From 1, not at all, to 5, very much so", "rows": agree},
        {"title": "From 0, little, to 100, much", "rows": loads},
        {"title": "If you like: which of two was more of a load?", "rows": pairs},
    ]


def answered(run: Run, answers: Sequence[str], text: str) -> str:
    """On the run's thread: what was filled in, each part whole or not at all; what was kept, in words."""
    agree, loads = answers[: len(USABILITY)], answers[len(USABILITY) : len(USABILITY) + len(LOADS)]
    chosen = answers[len(USABILITY) + len(LOADS) :]
    for what, part in (("ten statements", agree), ("six loads", loads), ("fifteen pairs", chosen)):
        if any(part) and not all(part):
            raise ValueError(
                f"{sum(map(bool, part))} of the {what} are answered: answer all of them, or none"
            )
    said = rate(
        run,
        [int(answer) for answer in agree] if any(agree) else None,
        dict(zip(LOADS, map(float, loads), strict=True)) if any(loads) else None,
        {name: list(chosen).count(name) for name in LOADS} if any(chosen) else None,
        str(text),
    )
    scores = {"SUS": said["sus_score"], "TLX": said["tlx_score"], "weighted": said["tlx_weighted"]}
    told = ", ".join(f"{name} {score:.1f}" for name, score in scores.items() if score is not None)
    return f"Kept{': ' if told else ''}{told}. Thank you."
