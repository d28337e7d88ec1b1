"""Names: what a kind of work is called, on every page, in print and in the documents."""

NAMES = {
    "train": "training",
    "feedback": "your edits",
    "view": "picture",
    "suggest": "suggestions",
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
