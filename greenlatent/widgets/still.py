"""The still: the picture beside a live view that stays in the saved notebook, when the kernel is gone."""

from __future__ import annotations

import base64
import threading
import uuid
from typing import Any

from IPython.display import publish_display_data

from .preview import chunk

LARGEST = 100 * 1024  # bytes of a picture with its description
NAME = "greenlatent"  # how a page knows the still beside its view: see js/src/still.ts
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = 33  # signature, length, IHDR, 13 bytes, checksum


class Still:
    """One picture, shown under one display id wherever its widget is shown, and replaced in place."""

    def __init__(self, title: str) -> None:
        self._id = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._shown = False
        self._data: dict[str, Any] = {
            "text/plain": f"{NAME}: {title or 'a live view'}. Run the cell to see it; its picture stays here."
        }
        self._metadata: dict[str, Any] = {}

    def show(self) -> None:
        with self._lock:
            self._shown = True
            publish_display_data(self._data, self._metadata, transient={"display_id": self._id})

    def replace(self, png: bytes, alt: str, width: int, height: int) -> None:
        """Put a page's picture in place of the former one; JupyterLab shows it at `width` x `height`."""
        if not png.startswith(_SIGNATURE) or png[12:16] != b"IHDR" or len(png) > LARGEST - 2048:
            raise ValueError(f"a picture must be a PNG of at most {LARGEST - 2048} bytes, got {len(png)}")
        if not (0 < width <= 4096 and 0 < height <= 4096):
            raise ValueError(f"a picture of {width} x {height} pixels cannot be shown; send 1 to 4096")
        alt = f"{NAME}: {alt[:500]}"
        size = {"width": width, "height": height}
        with self._lock:
            self._data = {"image/png": base64.b64encode(_described(png, alt)).decode(), "text/plain": alt}
            self._metadata = {"image/png": {"alt": alt, **size}}
            if self._shown:
                publish_display_data(
                    self._data, self._metadata, transient={"display_id": self._id}, update=True
                )


def _described(png: bytes, alt: str) -> bytes:
    """The PNG with its description inside: JupyterLab drops `alt` from metadata, but a file keeps it."""
    chunks = chunk(b"tEXt", b"Software\0" + NAME.encode())
    chunks += chunk(b"iTXt", b"Description\0\0\0\0\0" + alt.encode())
    return png[:_HEADER_END] + chunks + png[_HEADER_END:]
