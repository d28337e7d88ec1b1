"""Powers: what a model and its server can do, found out by asking for what only a true answer has, and kept."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...energy.calibration import home
from ...files import whole_or_nothing
from . import reply
from .drawing import picture_of
from .wire import Refused

TOKENS = 240  # an answer takes at most
CODE = "7q4f"  # what nobody says by chance
COLOURS = {"red": (213, 60, 40), "green": (0, 158, 115), "blue": (0, 90, 178), "yellow": (240, 228, 66)}
SHOWN = ("blue", "yellow", "red")
FILE = "models.json"


@dataclass(frozen=True)
class Powers:
    """Of one model at one address. `score` is of its trial, None where it has not taken one."""

    tools: bool
    schema: bool
    image: bool
    context: int | None  # tokens, where the server tells
    date: str
    score: int | None = None

    @property
    def lane(self) -> str:
        """How it is asked: "A" by a tool, "B" by a schema, "C" in plain text, which is good for remarks alone."""
        return "A" if self.tools else "B" if self.schema else "C"

    def __str__(self) -> str:
        told = [f"{name} {'yes' if getattr(self, name) else 'no'}" for name in ("tools", "schema", "image")]
        return ", ".join([*told, f"context {self.context or 'unknown'}"])


def request(name: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """A chat completion, greedy and short."""
    return {"model": name, "messages": messages, "temperature": 0, "max_tokens": TOKENS}


def with_schema(content: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    form = {"name": reply.TOOL, "strict": True, "schema": schema}
    return {**content, "response_format": {"type": "json_schema", "json_schema": form}}


def with_tool(content: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Never with a schema of the answer, too: servers fail at both together."""
    function = {"name": reply.TOOL, "description": "Gives your answer.", "parameters": schema}
    return {**content, "tools": [{"type": "function", "function": function}], "tool_choice": "required"}


def ask(text: str, picture: bytes = b"") -> list[dict[str, Any]]:
    """A user's message, with a picture where one goes along."""
    if not picture:
        return [{"role": "user", "content": text}]
    import base64

    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


def probe(exchange: Any, name: str, models: Any) -> Powers:
    """Three questions; what a server refuses it cannot do. `exchange(about, content)` sends one.

    Servers say 500 of what they cannot do, and of being broken: where nothing was answered, a plain question tells."""
    tools = _has(exchange, "tools", with_tool(request(name, ask("Say hello.")), _coded()), reply.call_of)
    schema = _has(exchange, "schema", with_schema(request(name, ask("Say hello.")), _coded()), reply.text_of)
    image = _sees(exchange, name)
    if not (tools or schema or image):
        exchange("powers: plain", request(name, ask("Say hello.")))
    return Powers(tools, schema, image, _context(models, name), time.strftime("%Y-%m-%d"))


def _coded() -> dict[str, Any]:
    code = {"type": "string", "enum": [CODE]}
    return {
        "type": "object",
        "properties": {"code": code},
        "required": ["code"],
        "additionalProperties": False,
    }


def _has(exchange: Any, what: str, content: dict[str, Any], read: Any) -> bool:
    try:
        return json.loads(read(exchange(f"powers: {what}", content))) == {"code": CODE}
    except (reply.Unfit, ValueError, RecursionError):
        return False
    except Refused as error:
        return _cannot(error)


def _cannot(error: Refused) -> bool:
    """False where a server says that it does not do this; a server that is closed to us says nothing of the kind."""
    if error.status in (400, 415, 422, 500, 501):
        return False
    raise error


def _sees(exchange: Any, name: str) -> bool:
    stripes = np.zeros((96, 96, 3), dtype=np.uint8)
    for place, colour in enumerate(SHOWN):
        stripes[:, 32 * place : 32 * (place + 1)] = COLOURS[colour]
    text = f"Three stripes, from left to right. Answer with their colours, of {', '.join(COLOURS)}, and nothing else."
    try:
        told = reply.text_of(exchange("powers: image", request(name, ask(text, picture_of(stripes)))))
    except reply.Unfit:
        return False
    except Refused as error:
        return _cannot(error)
    words = [
        word for word in "".join(c if c.isalpha() else " " for c in told.lower()).split() if word in COLOURS
    ]
    return words == list(SHOWN)


def _context(models: Any, name: str) -> int | None:
    """Tokens that it reads at once, as its server lists it; there is no other way to know that costs nothing."""
    for one in listed(models):
        if one.get("id") == name:
            told = one.get("meta")
            meta = told if isinstance(told, dict) else {}
            for value in (meta.get("n_ctx"), one.get("max_model_len"), one.get("context_length")):
                if isinstance(value, int) and 0 < value < 10**9:
                    return value
    return None


def listed(models: Any) -> list[dict[str, Any]]:
    """The models that a server says it has."""
    data = models.get("data") if isinstance(models, dict) else None
    return (
        [one for one in data if isinstance(one, dict) and isinstance(one.get("id"), str)]
        if isinstance(data, list)
        else []
    )


# Kept beside calibrations, outside of sessions: they say where somebody's model is.


def kept(address: str, name: str) -> Powers | None:
    told = _read().get(f"{address} {name}")
    try:
        return Powers(**told) if isinstance(told, dict) else None
    except TypeError:  # of another version
        return None


def all_kept() -> list[tuple[str, str, Powers]]:
    """Every model that was met: its address, its name as a person knows it, and what it can."""
    found = []
    for place in _read():
        address, _, name = place.partition(" ")
        if (powers := kept(address, name)) is not None:
            found.append((address, name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gguf"), powers))
    return found


def keep(address: str, name: str, powers: Powers) -> None:
    """What cannot be kept is found out again."""
    told = {**_read(), f"{address} {name}": asdict(powers)}
    try:
        _place().parent.mkdir(parents=True, exist_ok=True)
        with whole_or_nothing(_place()) as part:
            part.write_text(json.dumps(told, indent=1))
    except OSError:
        pass


def scored(powers: Powers, score: int) -> Powers:
    return replace(powers, score=score)


def _place() -> Path:
    return home() / FILE


def _read() -> dict[str, Any]:
    try:
        told = json.loads(_place().read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
