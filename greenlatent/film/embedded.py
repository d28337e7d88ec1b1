"""Embedded: a film in a frame of its own, as an output of a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from .html import page_of
from .moments import axes_of
from .sprite import Sprite

THEMES = (None, "light", "dark")
# A frame cannot be asked how high its page is, and the page may not tell: so it is known here. Pixels of width of the
# output below which a page of one view, and one of two, is so many pixels high; a further view adds so many.
ONE = ((None, 700), (645, 960))
SEVERAL = ((None, 740, 260), (1290, 900, 325), (910, 1250, 570), (645, 1700, 750))


class Embedded:
    """Shows itself as HTML, in a notebook and in what is exported of it."""

    def __init__(self, data: str):
        self.data = data

    def _repr_html_(self) -> str:
        return self.data


def frame_of(
    films: Sequence[Any], sprites: Sequence[Sprite | None], height: int | None, theme: str | None
) -> Embedded:
    """The page in a frame of its own, which may run scripts and reaches nothing of the notebook."""
    if theme not in THEMES:
        raise ValueError(f'theme is "light", "dark" or None for that of the system, got {theme!r}')
    source = escape(page_of(films, sprites, theme=theme), quote=True)
    views = sum(1 + bool(axes_of(film.messages)) for film in films)
    high = f"{int(height)}px" if height is not None else fitting(views)
    style = f"width: 100%; height: {high}; border: 0"
    frame = f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{source}"></iframe>'
    return Embedded(f'<div style="container-type: inline-size; width: 100%">{frame}</div>')


def fitting(views: int) -> str:
    """The height of a page of so many views, by the width that there is for it."""
    steps = ONE if views == 1 else [(below, px + (views - 2) * more) for below, px, more in SEVERAL]
    parts = [
        f"{px}px" if below is None else f"min((({below}px - 100cqw) * 99), {px}px)" for below, px in steps
    ]
    return f"max({', '.join(parts)})"
