"""A server of the tests' own: it answers each request as it is told to, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

FIELDS = ("action", "about", "label", "weight", "reason")


class Served:
    """What came in, and what goes out: bytes for each request in turn, the last for all that follow."""

    def __init__(self, answers: list[bytes | Callable[[socket.socket], None]]):
        self.answers, self.requests = answers, []
        self.came = threading.Condition()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.over = threading.Event()  # for those that stall or drip until the test ends
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            try:
                request = _whole(connection)
                if not request:
                    return
                with self.came:
                    self.requests.append(request)
                    answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                    self.came.notify_all()
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)
            except OSError:  # whoever asked has gone
                pass

    def wait_for(self, count: int, seconds: float = 30) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.requests) >= count, seconds), "nobody asked"

    def close(self) -> None:
        self.over.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        self._thread.join(10)


def _whole(connection: socket.socket) -> bytes:
    """A request with its body."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        if not (more := connection.recv(65536)):
            return raw
        raw += more
    head, _, body = raw.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        if not (more := connection.recv(65536)):
            break
        body += more
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(*answers):
    served = Served(list(answers))
    try:
        yield served
    finally:
        served.close()


def http(body: bytes | str, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def completion(content: Any, finish: str = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion with this text."""
    message = {"role": "assistant", "content": content, **more}
    return {"choices": [{"index": 0, "finish_reason": finish, "message": message}]}


def said(content: Any, **options: Any) -> bytes:
    return http(json.dumps(completion(content, **options)))


def choice(
    action: str = "hold", about: str = "run", label: str = "", weight: str = "", reason: str = "so"
) -> str:
    return json.dumps(dict(zip(FIELDS, (action, about, label, weight, reason), strict=True)))
