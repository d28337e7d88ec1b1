"""Wire: one request to a model's server and its answer, in a time that nobody can draw out; no proxy, no redirect."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ...energy.sources.answer import Answer
from .names import plain

LARGEST = 2**20  # bytes of an answer
PATIENCE = 30.0  # seconds at most that a server may ask to wait before the one other try
SAID = 160  # letters of what a server said that are told


class Failed(Exception):
    """A request brought nothing; its text says what did not work, and what would."""


class CalledOff(Failed):
    """Somebody called it off."""


class Held(Failed):
    """It would leave this machine, and nobody has said yet that it may."""

    def __init__(self, host: str):
        super().__init__(f"nothing was sent to {host} yet: look at agent.payload, then agent.allow()")
        self.host = host


class Refused(Failed):
    """A server answered with a status that is no success."""

    def __init__(self, text: str, status: int):
        super().__init__(text)
        self.status = status


class TooLong(Refused):
    """The prompt does not fit into what the model reads at once."""


@dataclass(frozen=True)
class Address:
    """Where a server listens: of a url without user, password, query and fragment."""

    secure: bool
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: Any) -> Address:
        """Of such a url as http://127.0.0.1:8080/v1."""
        like = "give one such as http://127.0.0.1:8080/v1"
        if not isinstance(url, str):
            raise TypeError(f"url={url!r} is no text; {like}")
        if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
            raise ValueError(f"a url holds no spaces and no control characters; {like}")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"the url cannot be read ({error}); {like}") from None
        if "@" in parts.netloc:  # not printed: it may be a password
            raise ValueError(
                f"a url holds no user and no password; name a variable: key='MY_KEY', and {like}"
            )
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url={url!r} names no http server; {like}")
        if parts.query or parts.fragment:
            raise ValueError(f"url={url!r} has a query or a fragment; {like}")
        secure = parts.scheme == "https"
        return cls(secure, parts.hostname, port or (443 if secure else 80), parts.path.rstrip("/") or "/v1")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.path}"


class Stop:
    """Ends a request from another thread, wherever it waits."""

    def __init__(self) -> None:
        self._called = threading.Event()
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None

    @property
    def called(self) -> bool:
        return self._called.is_set()

    def call(self) -> None:
        self._called.set()
        with self._lock:
            if self._sock is not None:
                try:
                    self._sock.shutdown(socket.SHUT_RDWR)
                except OSError:  # it is not connected, or ended by itself
                    pass

    def watch(self, sock: socket.socket | None) -> None:
        """The socket that is waited at from now on."""
        with self._lock:
            self._sock = sock
        if sock is not None:
            self.check()

    def check(self) -> None:
        if self.called:
            raise CalledOff("the request was cancelled")

    def wait(self, seconds: float) -> None:
        self._called.wait(seconds)
        self.check()


@dataclass
class Wire:
    """Asks one server. `allowed(host)` says whether something may leave this machine for it; `key` gives the key."""

    address: Address
    seconds: float
    allowed: Callable[[str], bool]
    key: Callable[[], str | None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    requests: int = 0  # sent so far
    loopback: bool | None = None  # what the socket that was connected last says

    def reach(self, stop: Stop) -> bool:
        """Whether the server is on this machine: connects, and sends nothing."""
        sock = self._connected(self.clock() + self.seconds, stop)
        sock.close()
        return bool(self.loopback)

    def ask(self, about: str, path: str, content: dict[str, Any] | None, stop: Stop) -> Any:
        """The JSON that answers; where the server is busy and says for how long, it is asked once more.
        `about` is for who plays a transcript."""
        body = None if content is None else json.dumps(content, allow_nan=False).encode()
        status, answer, wait = self._once(path, body, stop)
        if status == 429 and wait is not None and wait <= PATIENCE:
            stop.wait(wait)
            status, answer, wait = self._once(path, body, stop)
        return _read(status, answer, self.address)

    def _once(self, path: str, body: bytes | None, stop: Stop) -> tuple[int, bytes, float | None]:
        end = self.clock() + self.seconds
        sock = self._connected(end, stop)
        try:
            if not self.loopback and not self.allowed(self.address.host):
                raise Held(self.address.host)
            sock = self._secured(sock, end, stop)
            answer = self._exchange(sock, path, body, end)
            stop.check()  # a call that came late cut it short, perhaps
            return answer
        except Failed:
            raise
        except TimeoutError:
            stop.check()
            raise Failed(
                f"{self.address} did not answer whole within {self.seconds:g} s; give Llm(seconds=) more, or a"
                " smaller model"
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            stop.check()
            raise Failed(f"{self.address} broke off ({_named(error)}); look at the server") from error
        finally:
            stop.watch(None)
            sock.close()

    def _connected(self, end: float, stop: Stop) -> socket.socket:
        stop.check()
        try:
            found = socket.getaddrinfo(self.address.host, self.address.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Failed(f"{self.address.host} has no address ({_named(error)}); look at the url") from None
        last: OSError | None = None
        for family, kind, protocol, _, place in found:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(0.001, end - self.clock()))
                stop.watch(sock)
                sock.connect(place)
                stop.watch(sock)
                self.loopback = _is_loopback(sock.getpeername()[0])
                return sock
            except OSError as error:
                sock.close()
                stop.check()
                last = error
            except CalledOff:
                sock.close()
                raise
        raise Failed(f"no server answers at {self.address} ({_named(last)}); start it, or look at the port")

    def _secured(self, sock: socket.socket, end: float, stop: Stop) -> socket.socket:
        if not self.address.secure:
            if self.key() is not None and not self.loopback:
                raise Failed("a key goes over https or to this machine only; give an https url")
            return sock
        sock.settimeout(max(0.001, end - self.clock()))
        try:
            safe = ssl.create_default_context().wrap_socket(sock, server_hostname=self.address.host)
        except ssl.SSLCertVerificationError as error:
            raise Failed(
                f"the certificate of {self.address.host} does not hold ({plain(error.verify_message, SAID)}): nothing"
                " was sent"
            ) from None
        stop.watch(safe)
        return safe

    def _exchange(
        self, sock: socket.socket, path: str, body: bytes | None, end: float
    ) -> tuple[int, bytes, float | None]:
        connection = http.client.HTTPConnection(self.address.host, self.address.port)
        connection.response_class = partial(Answer, end=end)  # type: ignore[assignment]
        connection.sock = sock
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if (key := self.key()) is not None:
            headers["Authorization"] = f"Bearer {key}"
        sock.settimeout(max(0.001, end - self.clock()))
        self.requests += 1
        connection.request("GET" if body is None else "POST", self.address.path + path, body, headers)
        answer = connection.getresponse()
        try:
            if answer.getheader("Content-Encoding", "identity").lower() != "identity":
                raise Failed(f"{self.address} compressed its answer unasked; switch that off at the server")
            whole = answer.read(LARGEST + 1)
            if len(whole) > LARGEST:
                raise Failed(
                    f"{self.address} answered more than {LARGEST:,} bytes; that is no answer of a model"
                )
            if answer.length:  # of what it announced
                raise http.client.IncompleteRead(whole, answer.length)
            return answer.status, whole, _seconds(answer.getheader("Retry-After"))
        finally:
            answer.close()


def _is_loopback(peer: str) -> bool:
    """Of what the connected socket says, not of a name."""
    found = ipaddress.ip_address(peer.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else None
    except ValueError:  # a date; its clock need not be ours
        return None
    return seconds if seconds is not None and 0 <= seconds < float("inf") else None


def _read(status: int, raw: bytes, address: Address) -> Any:
    if 300 <= status < 400:
        raise Failed(
            f"{address} points elsewhere ({status}), which is not followed; give the url that it means"
        )
    try:
        content = strict(raw.decode("utf-8"))
    except UnicodeDecodeError:
        content, why = None, "text that is no UTF-8"
    except (ValueError, RecursionError) as error:
        page = raw.lstrip()[:1] == b"<"
        content, why = (
            None,
            "a page, no model: look at the url's path" if page else f"no JSON ({_named(error)})",
        )
    else:
        why = ""
    said = _error(content)
    if status >= 400:
        raise _refusal(status, said or ("" if why.startswith("no JSON") else why), content, address)
    if why:
        raise Failed(f"{address} answered {why}")
    if said:
        raise Failed(f"{address} answered with an error: {said}")
    return content


def strict(text: str) -> Any:
    """JSON as it is defined: NaN and Infinity are none."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no number")

    return json.loads(text, parse_constant=refuse)


def _error(content: Any) -> str:
    """What went wrong, if an answer tells of that."""
    if not isinstance(content, dict):
        return ""
    told = content.get("error")
    if told is None and content.get("object") == "error":
        told = content.get("message") or "it does not say which"
    if isinstance(told, dict):
        told = told.get("message") or told.get("type") or "it does not say which"
    return plain(told, SAID) if told else ""


def _refusal(status: int, said: str, content: Any, address: Address) -> Refused:
    advice = {
        401: "look at the variable that Llm(key=) names",
        403: "look at the variable that Llm(key=) names",
        404: "look at the path of the url, and at the model's name",
        429: "wait, or ask less often",
    }.get(status, "look at the server's log" if status >= 500 else "look at the model's name and the server")
    text = f"{address} refused ({status}{': ' + said if said else ''}); {advice}"
    told = content.get("error") if isinstance(content, dict) else None
    kind = str(told.get("type") or told.get("code") or "") if isinstance(told, dict) else ""
    too_long = "exceed_context" in kind or "context_length" in f"{kind} {told}" or "context size" in said
    return (TooLong if status in (400, 413, 422) and too_long else Refused)(text, status)


def _named(error: BaseException | None) -> str:
    return plain(str(error) or type(error).__name__, SAID)
