"""Names: what a kind of work is called, on every page, in print and in the documents; plain numbers, and so many of a
thing."""

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


def plural(n: float, one: str) -> str:
    """The word for so many: "class" is one, "classes" are two.

    >>> plural(2, "copy")
    'copies'
    """
    if n == 1:
        return one
    if one.endswith("y") and one[-2] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}es" if one.endswith(("s", "ch", "x")) else f"{one}s"


def count(n: int, one: str) -> str:
    """So many of a thing: "1 sample", "1,024 samples".

    >>> count(1024, "sample")
    '1,024 samples'
    """
    return f"{n:,} {plural(n, one)}"
