"""Answer: of an HTTP server that need not mean well, in a time that nothing it sends can draw out."""

import http.client
import io
import socket
import time
from typing import Any

INTERIM = 5  # answers like "100 Continue" before the one that counts


class Answer(http.client.HTTPResponse):
    """An answer that has come by `end` (of `time.monotonic`), or raises TimeoutError.

    A time-out of the socket alone counts from each byte: a header line, or the size of a chunk, may drip for ever.
    """

    def __init__(self, sock: socket.socket, *args: Any, end: float, **options: Any):
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Until(sock, self.fp.detach(), end))  # type: ignore[attr-defined]
        self._heads = 0

    def _read_status(self):
        self._heads += 1
        if self._heads > INTERIM + 1:
            raise http.client.HTTPException(f"more than {INTERIM} interim answers")
        return super()._read_status()  # type: ignore[misc]


class _Until(io.RawIOBase):
    def __init__(self, sock: socket.socket, raw: io.RawIOBase, end: float):
        self._sock, self._raw, self._end = sock, raw, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
