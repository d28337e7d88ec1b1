"""Names: of classes and groups as a model is told them: they come from data, which may hold anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LETTERS = 24


def plain(text: object, most: int = LETTERS) -> str:
    """On one line, without control or direction characters and quotation marks, cut to so many letters."""
    head = str(text)[: 8 * most]  # of 100,000 letters the rest is not looked at
    kept = head
    if not head.isprintable():
        kept = "".join(" " if letter.isspace() else letter for letter in head if _says(letter))
    kept = " ".join(kept.replace('"', "'").split())
    return kept if len(kept) <= most and len(head) == len(str(text)) else kept[: most - 1] + "…"


def _says(letter: str) -> bool:
    return letter.isspace() or not unicodedata.category(letter).startswith("C")


def quoted(text: object) -> str:
    return f'"{plain(text)}"'


def distinct(names: Iterable[object]) -> list[str]:
    """The same, each told apart from those before it: what is cut, or says nothing, may look alike."""
    found: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(names):
        told = plain(name) or f"class {place}"
        if told in taken:
            ending = f"~{place}"
            told = told[: LETTERS - len(ending)] + ending
        taken.add(told)
        found.append(told)
    return found
