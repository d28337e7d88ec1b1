"""Names: what a kind of work is called, on every page, in print and in the documents; and plain numbers."""

import math

NAMES = {
    "train": "training",
    "feedback": "your edits",
    "view": "picture",
    "suggest": "suggestions",
    "agent": "the agent",
    "advise": "looking for advice",
    "rehearse": "rehearsals",
    "relevance": "scores of axes",
    "evaluate": "evaluation",
    "save": "saving",
    "waiting": "waiting for you",
    "control": "comparison",
    "other": "everything else",
    "meter": "the meter itself",
}


def called(kind: str) -> str:
    """The name of a kind; one that somebody made up is its own.

    >>> called("view")
    'picture'
    """
    return NAMES.get(kind, kind)


def plain(value: float) -> str:
    """Three digits that count, as people write them: 9.63, 0.0016, 100,000.

    >>> plain(1e5)
    '100,000'
    """
    if not value or not math.isfinite(value):
        return f"{value:g}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    rounded = float(f"{value:.3g}")
    text = f"{rounded:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text
