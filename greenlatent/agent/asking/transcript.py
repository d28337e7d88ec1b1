"""Transcript: what was asked and answered, kept in a file, and played again without a model."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ...energy.joules import Joules
from .wire import Failed, Stop

FORMAT = 1
PATH = re.compile(r"(/|[A-Za-z]:[\\/])[^\n]*\.gguf")


class Scribe:
    """Writes each exchange as a line, after those that are there; no key is in it, as no header is. A line that cannot
    be written ends it, with the reason in `failed`."""

    def __init__(self, path: str | Path):
        self.path, self.failed = Path(path), ""
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise ValueError(f"record={str(path)!r} cannot be written: give a file in a folder that is there")
        self._begun = self.path.exists() and self.path.stat().st_size > 0
        if self._begun:
            read(self.path)  # nothing is written into a file that is something else

    def note(self, about: str, content: Any, answer: Any, failed: str, joules: Joules | None) -> None:
        if self.failed:
            return
        took = None if joules is None or not joules.known else round(joules.value, 3)
        told = {"about": about, "asked": content, "answer": answer, "failed": failed, "joules": took}
        line = _without_folders(told)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                if not self._begun:
                    file.write(json.dumps({"greenlatent": "transcript", "v": FORMAT}) + "\n")
                file.write(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n")
            self._begun = True
        except OSError as error:
            self.failed = f"the transcript {self.path.name} could not be written: {error.strerror}"


class Player:
    """Answers as it was answered before: for each kind of question the next answer, whatever the run looks like."""

    requests, loopback = 0, True  # nothing leaves this machine

    def __init__(self, lines: list[dict[str, Any]]):
        self._lines = list(lines)

    def reach(self, stop: Stop) -> bool:
        stop.check()
        return True

    def ask(self, about: str, path: str, content: Any, stop: Stop) -> Any:
        stop.check()
        for place, line in enumerate(self._lines):
            if line["about"] == about:
                del self._lines[place]
                if line["failed"]:
                    raise Failed(line["failed"])
                return line["answer"]
        if about == "models" and (name := next(filter(None, map(_model, self._lines)), "")):
            return {"data": [{"id": name}]}  # it was given when this was recorded, so nobody asked
        raise Failed(f"the transcript holds no more answers about {about}; record a longer one")


def read(path: str | Path) -> list[dict[str, Any]]:
    """The exchanges of such a file."""
    like = "give one that gl.Llm(url, record=path) wrote"
    try:
        lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line]
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{Path(path).name} is no transcript ({error}); {like}") from None
    head = lines[0] if lines else None
    if not isinstance(head, dict) or head.get("greenlatent") != "transcript" or head.get("v") != FORMAT:
        raise ValueError(f"{Path(path).name} is no transcript of version {FORMAT}; {like}")
    whole = {"about", "asked", "answer", "failed", "joules"}
    if any(not isinstance(line, dict) or set(line) != whole for line in lines[1:]):
        raise ValueError(f"{Path(path).name} has lines that are no exchange; {like}")
    return lines[1:]


def _model(line: dict[str, Any]) -> str:
    asked = line["asked"]
    return str(asked.get("model", "")) if isinstance(asked, dict) else ""


def _without_folders(value: Any) -> Any:
    """Servers name a model by the path of its file, which may hold the name of a person."""
    if isinstance(value, dict):
        return {name: _without_folders(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_without_folders(held) for held in value]
    if isinstance(value, str) and PATH.fullmatch(value):
        return value.replace("\\", "/").rsplit("/", 1)[-1]
    return value
