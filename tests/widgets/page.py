"""A page without a browser: what a widget sends, decoded, and messages as a page sends them."""

from __future__ import annotations

from typing import Any

import numpy as np

from greenlatent.widgets import Widget, protocol


class Page:
    """Listens to a widget on the wire, and speaks to it as js/src/wire.ts does."""

    def __init__(self, widget: Widget, client: str = "tab", view: str = "view") -> None:
        self.client, self.view, self._widget = client, view, widget
        self.heard: list[tuple[dict[str, Any], list[bytes]]] = []
        self._seq = 0
        before = widget.send

        def send(content: dict[str, Any], buffers: Any = None) -> None:
            self.heard.append((content, [bytes(b) for b in buffers or []]))
            before(content, buffers)

        widget.send = send  # type: ignore[method-assign]

    def say(self, kind: str, *buffers: bytes, **header: Any) -> None:
        self._seq += 1
        content = {"v": protocol.VERSION, "type": kind, "seq": self._seq, **header}
        self._widget._handle_custom_msg(content, [memoryview(b) for b in buffers])

    def open(self) -> None:
        self.say("hello", view=self.view, open=True)

    def edit(self, number: int, edit: dict[str, Any], *ids: list[int], **header: Any) -> None:
        header = {"client": self.client, "seconds": 1.5, "frame": 3, **header}
        self.say("edit", *(np.array(i, "<u4").tobytes() for i in ids), number=number, edit=edit, **header)

    def look(self, *ids: int) -> None:
        """Asks what samples look like."""
        self.say("preview", np.array(ids, "<u4").tobytes())

    def looks(self) -> list[tuple[int, str, str, bytes]]:
        """The newest answer: id, type, name and bytes of each sample."""
        header, (ids, *data) = next(m for m in reversed(self.heard) if m[0]["type"] == "preview")
        samples = header["samples"]
        return [
            (id, sample["mime"], sample["name"], each)
            for id, sample, each in zip(np.frombuffer(ids, "<u4").tolist(), samples, data, strict=True)
        ]

    def draw(self) -> None:
        """Acknowledges the newest frame."""
        self.say("ack", frame=self.all("frame")[-1]["seq"])

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [header for header, _ in self.heard if header["type"] == kind]

    def last(self, kind: str) -> dict[str, Any]:
        return self.all(kind)[-1]

    def buffers(self, kind: str) -> list[bytes]:
        """The buffers of the last message of a kind."""
        return [buffers for header, buffers in self.heard if header["type"] == kind][-1]

    def points(self) -> np.ndarray:
        """The newest frame's positions, as a page decodes them."""
        header, (data,) = next(m for m in reversed(self.heard) if m[0]["type"] == "frame")
        n, dims = header["n"], header["dims"]
        words = np.frombuffer(data, "<u2")
        codes = words.reshape(dims, n).T if header["space"] == "axes" else words.reshape(n, dims)
        lo, hi = np.array(header["lo"]), np.array(header["hi"])
        points = lo + codes / protocol.STEPS * (hi - lo)
        points[codes == protocol.MISSING] = np.nan
        return points


RELABEL = {"kind": "Relabel", "ids": {"buffer": 0}, "label": "busy"}
