"""Theme: the colours of the page that last showed a widget of this kernel, for what cannot ask that page itself."""

from __future__ import annotations

from typing import ClassVar


class Theme:
    #: Whether it is dark; None before a page said so, and on pages that follow the system's setting.
    dark: ClassVar[bool | None] = None

    @classmethod
    def name(cls) -> str | None:
        return None if cls.dark is None else "dark" if cls.dark else "light"
