"""Record: an append-only line at each change of a proposal's state, kept in the session's proposals.jsonl."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..edits.journal import TakenOver
from ..energy.joules import Joules
from ..energy.names import count
from ..suggestions.proposal import Proposal

FORMAT = 1


class Proposals:
    """What was proposed and what came of it. A journal replays without it; it holds no input, path or name of a user.

    `place` gives the file for each line, or None for none; it raises where others go on in its session. `failed`
    hears, once, that lines cannot be written any more: they are kept in memory then.
    """

    def __init__(
        self, place: Callable[[], Path | None], failed: Callable[[Exception], object], begun: Path | None
    ):
        self._place, self._failed = place, failed
        self._lines: list[dict[str, Any]] = []
        self._damaged, self._broken = b"", False
        if begun is not None and begun.exists():
            self._lines, self._damaged = _read(begun.read_bytes())

    def note(self, proposal: Proposal, about: dict[str, Any], *, step: int) -> None:
        """Write down that a proposal came into its state."""
        saves = proposal.saves
        line = {
            "v": FORMAT,
            "id": proposal.id,
            "time": time.time(),
            "step": step,
            "state": proposal.state,
            "kind": proposal.kind,
            "samples": len(proposal.ids),
            "edit": {"label": proposal.label, "weight": proposal.weight},
            "reason": about.get("why") or proposal.reason,
            "numbers": about.get("numbers"),
            "by": proposal.by,
            "remark": proposal.remark,
            "said_by": proposal.said_by,
            "joules": told(about.get("joules")),
            "saves": told(saves),
            "decided_by": about.get("decided_by"),
            "seconds_to_decide": about.get("seconds"),
            "journal": about.get("lines", []),
            "gone": about.get("gone", 0),
            "outcome": about.get("outcome"),
        }
        self._lines.append(line)
        if not self._broken:
            try:
                self._write(line)
            except (OSError, TakenOver) as error:
                self._broken = True
                self._failed(error)

    def _write(self, line: dict[str, Any]) -> None:
        path = self._place()
        if path is None:
            return
        if self._damaged:  # lines are written after whole ones
            with path.with_name(path.name + ".damaged").open("ab") as aside:
                aside.write(self._damaged)
            os.truncate(path, path.stat().st_size - len(self._damaged))
            self._damaged = b""
        with path.open("ab") as file:
            file.write(_text(line))

    def text(self) -> bytes:
        """All lines, as a file holds them."""
        return b"".join(map(_text, self._lines))

    def to_frame(self) -> Any:
        """All lines as a pandas table."""
        import pandas

        return pandas.DataFrame(self._lines)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(list(self._lines))

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return f"Proposals({count(len(self), 'line')})"


def told(joules: Joules | None) -> dict[str, Any] | None:
    """An amount as plain data; None where nobody read it."""
    if joules is None or not joules.known:
        return None
    return {"value": joules.value, "low": joules.low, "high": joules.high, "badges": dict(joules.badges)}


def _text(line: dict[str, Any]) -> bytes:
    return (json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n").encode()


def _read(raw: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """Whole lines, and the rest of it from the first that is none."""
    lines, start = [], 0
    while start < len(raw):
        end = raw.find(b"\n", start)
        try:
            line = json.loads(raw[start:end]) if end >= 0 else None
        except ValueError:
            line = None
        if not isinstance(line, dict):
            break
        lines.append(line)
        start = end + 1
    return lines, raw[start:]
