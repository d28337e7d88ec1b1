"""Wall plugs that answer over plain HTTP: Shelly of every generation, and Tasmota."""

import json
import time
from functools import partial

from ..arguments import whole
from .sampled import Watts

TIMEOUT = 2.0  # seconds for a whole answer
LIMIT = 65536  # bytes of it


class Late(ValueError):
    """A plug that takes too long; asking it otherwise would take as long again."""


class Shelly(Watts):
    """A Shelly plug, meter or clamp: Gen2 and later over RPC, Gen1 by its status page.

    >>> Shelly("192.168.1.20").url
    'http://192.168.1.20'
    """

    name = "Shelly"
    lags = (0.0, 0.5, 1.0, 1.5, 2.0)

    def __init__(
        self,
        host: str,
        *,
        channel: int = 0,
        every: float = 1.0,
        part: str = "machine",
        name: str | None = None,
    ):
        self.url, self.channel = (
            address(host),
            whole("channel", channel, "the number of an outlet, from 0 on"),
        )
        self._paths = [
            (f"/rpc/Switch.GetStatus?id={channel}", "apower"),
            (f"/rpc/PM1.GetStatus?id={channel}", "apower"),
            (f"/rpc/EM1.GetStatus?id={channel}", "act_power"),
            ("/status", "meters"),
        ]
        self._path: tuple[str, str] | None = None
        super().__init__(self._watts, part=part, every=every, name=name)

    def _watts(self) -> float:
        if self._path is not None:
            return self._ask(*self._path)
        reasons = []
        for path in self._paths:
            try:
                watts = self._ask(*path)
            except Late:
                raise
            except ValueError as error:
                reasons.append(str(error))
                continue
            self._path = path
            return watts
        raise ValueError(f"{self.url} does not answer like a Shelly: {reasons[0]}; {reasons[-1]}")

    def _ask(self, path: str, key: str) -> float:
        told = fetch(self.url + path)
        if key == "meters":  # Gen1 lists its meters, a 3EM its phases
            meters = _dict(told).get("meters") or _dict(told).get("emeters") or []
            meter = _dict(_nth(meters, self.channel, f"{self.url}{path}"))
            if meter.get("is_valid") is False:
                raise ValueError("the meter says that its reading is not valid")
            return watts(meter.get("power"), "power")
        return watts(_dict(told).get(key), key)


class Tasmota(Watts):
    """A plug with Tasmota. Its count of kWh moves in steps of 3.6 kJ, so its watts are summed up."""

    name = "Tasmota"
    lags = (0.0, 0.5, 1.0, 1.5, 2.0)

    def __init__(
        self,
        host: str,
        *,
        channel: int = 0,
        every: float = 1.0,
        part: str = "machine",
        name: str | None = None,
    ):
        self.url, self.channel = (
            address(host),
            whole("channel", channel, "the number of an outlet, from 0 on"),
        )
        super().__init__(self._watts, part=part, every=every, name=name)

    def _watts(self) -> float:
        told = _dict(fetch(f"{self.url}/cm?cmnd=Status%2010"))
        power = _dict(_dict(told.get("StatusSNS")).get("ENERGY")).get("Power")
        return watts(_nth(power, self.channel, "Power") if isinstance(power, list) else power, "Power")


def address(host: str) -> str:
    """The base address of a plug, checked before anything is sent."""
    if not isinstance(host, str) or not host.strip():
        raise TypeError(f'host={host!r}; give an address like "192.168.1.20" or "http://plug.local"')
    from urllib.parse import urlsplit, urlunsplit

    try:
        parts = urlsplit(host if "://" in host else f"http://{host}")
        port = parts.port
    except ValueError as error:
        raise ValueError(f'host={host!r}; give an address like "192.168.1.20" ({error})') from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(f"host={host!r}; plugs are asked over http or https")
    if not host.isprintable() or " " in host:
        raise ValueError(f'host={host!r}; give an address like "192.168.1.20", without blanks')
    if parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"host={host!r}; give the address alone, without user, path or query")
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def fetch(url: str):
    """The JSON at `url`: no proxies, no redirects, 64 KB and two seconds at most, however the answer drips in."""
    import http.client
    from urllib.parse import urlsplit

    from .answer import Answer

    parts, end = urlsplit(url), time.monotonic() + TIMEOUT
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    connection.response_class = partial(Answer, end=end)  # type: ignore[assignment]
    try:
        connection.request(
            "GET", url.removeprefix(f"{parts.scheme}://{parts.netloc}"), headers={"Connection": "close"}
        )
        answer = connection.getresponse()
        if not 200 <= answer.status < 300:
            raise ValueError(f"{url} answers {answer.status}")
        body = answer.read(LIMIT + 1)
    except TimeoutError:
        raise Late(f"{url} takes longer than {TIMEOUT:g} s to answer") from None
    except (OSError, http.client.HTTPException) as error:
        raise ValueError(f"{url} cannot be reached ({error})") from None
    finally:
        connection.close()
    if len(body) > LIMIT:
        raise ValueError(f"{url} answers with more than {LIMIT} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError(f"{url} answers {body[:40]!r}, which is no JSON") from None


def watts(value, name: str) -> float:
    """A number, or a text that is one: some firmware writes it so. Whether it can be, its channel says."""
    try:
        if not isinstance(value, bool):
            return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(f"{name} is {str(value)[:40]!r}, no number")


def _nth(values, number: int, where: str):
    if not isinstance(values, list) or number >= len(values):
        count = len(values) if isinstance(values, list) else "no"
        raise ValueError(f"{where} has {count} channels, none with number {number}")
    return values[number]


def _dict(value) -> dict:
    return value if isinstance(value, dict) else {}
