"""A film as one file that plays by itself: the page's own bundle, a small host, and the messages."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np

from ..energy.names import count
from .moments import MISSING, Moment, axes_of
from .sprite import Sprite
from .tape import Message

STATIC = Path(__file__).parent.parent / "static"
# Bits of a place, of one along an axis and of a number in the file: no screen shows more.
POSITIONS, HEIGHTS, COLOURED = 12, 8, 7
STILL = 2000  # points at most of the picture that stands in for the film
# As the page paints classes (js/src/paint/colours.ts), for the one picture that is drawn without it.
COLOURS = (
    "#332288",
    "#ee7733",
    "#44aa99",
    "#cc6677",
    "#88ccee",
    "#117733",
    "#ddcc77",
    "#aa4499",
    "#0077bb",
    "#999933",
)
MOST_OF_AXES = 10  # frames of axes in a file: each has as many bytes as eight pictures
OWN = ("given", "predicted", "confidence", "loss", "state")  # columns that name nobody


def page_of(
    films: Sequence[Any],
    sprites: Sequence[Sprite | None],
    *,
    anonymous: bool = False,
    title: str | None = None,
    theme: str | None = None,
) -> str:
    """The text of a file that plays these films, each with the previews of its sprite; nothing in it leads anywhere
    else. `theme` is light or dark whatever the system says."""
    named = [film.title for film in films] if title is None else [title]
    title = "A run" if anonymous else (" beside ".join(dict.fromkeys(filter(None, named))) or "A run")
    data = json.dumps(base64.b64encode(_packed(films, sprites, anonymous)).decode())
    scripts = [_inline(_widget()), _inline((STATIC / "film.js").read_text(encoding="utf-8"))]
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts
    )
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
    style = (STATIC / "widget.css").read_text(encoding="utf-8") + (STATIC / "film.css").read_text(
        encoding="utf-8"
    )
    if theme is not None:
        style += f":root,.greenlatent{{color-scheme:{theme}!important}}"
    foot = f"Recorded by greenlatent {version('greenlatent')}. The picture is drawn by this file alone."
    foot += "".join(f" It holds {sprite}." for sprite in dict.fromkeys(map(str, filter(None, sprites))))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{style}</style></head>
<body><main class="film"><h1>{escape(title)}</h1>
<div id="film"><figure id="still">{_still(films[0].frame(-1))}<figcaption>The last picture of the film, which needs
JavaScript to play.</figcaption></figure></div>
<footer>{escape(foot)}</footer></main>
<script type="application/json" id="data">{data}</script>
<script>{scripts[0]}</script>
<script>{scripts[1]}</script>
</body></html>
"""


def _widget() -> str:
    """The bundle as a plain script: what it exports is a global of the page's host."""
    text = (STATIC / "widget.js").read_text(encoding="utf-8")
    made, n = re.subn(r"export\s*\{\s*(\w+) as default\s*\};?\s*$", r"globalThis.greenlatent=\1;", text)
    if n != 1:
        raise RuntimeError("the page's bundle does not end in one default export")
    return f"(()=>{{{made}}})()"


def _inline(script: str) -> str:
    """As text between script tags, which ends at the first closing tag whatever the language says."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _packed(films: Sequence[Any], sprites: Sequence[Sprite | None], anonymous: bool) -> bytes:
    """Deflated: how long the index is, the index as JSON, then all bytes."""
    blob: list[bytes] = []
    at = 0
    told = []
    for k, (film, sprite) in enumerate(zip(films, sprites, strict=True)):
        alone = "" if len(films) == 1 else f"Run {k + 1}"
        records: list[dict[str, Any]] = []
        before: dict[str, tuple[int, np.ndarray]] = {}  # by space: of which ids, and the codes
        sets = 0
        messages = _masked(_believed(film)) if anonymous else _believed(film)
        for message in [*messages, *([] if sprite is None else [sprite.message()])]:
            buffers = message.buffers
            sets += message.kind in ("ids", "axes")
            if message.kind == "frame":
                space = message.header["space"]
                codes = _rounded(np.frombuffer(buffers[0], "<u2"), HEIGHTS if space == "axes" else POSITIONS)
                last = before.get(space)
                same = last is not None and last[0] == sets and len(last[1]) == len(codes)
                buffers = (_planes(codes - last[1] if same and last is not None else codes),)
                before[space] = sets, codes
                message = Message(message.header | {"delta": same})
            elif message.kind == "labels":
                message, buffers = _shortened(message)
            records.append(message.header | {"at": at, "sizes": [len(buffer) for buffer in buffers]})
            blob += buffers
            at += sum(map(len, buffers))
        classes = [f"class {k + 1}" for k in range(len(film.classes))] if anonymous else list(film.classes)
        title = alone and (alone if anonymous or not film.title else film.title)
        told.append({"title": title, "classes": classes, "records": records})
    text = json.dumps(told, separators=(",", ":")).encode()
    return zlib.compress(pack("<I", len(text)) + text + b"".join(blob), 9)


def _believed(film: Any) -> list[Message]:
    """Without frames that do not fit their samples, as in a file that somebody spoilt."""
    moments = [film.frame(k) for k in range(len(film))]
    kept = {id(moment.frame) for moment in moments} | set(map(id, _fewer(axes_of(film.messages))))
    about = ("frame", "axes", "scores", "preview")
    return [message for message in film.messages if message.kind not in about or id(message) in kept]


def _fewer(axes: Sequence[Message]) -> list[Message]:
    """Frames of axes, evenly, with the first and the last, and all else that was told of them."""
    frames = [message for message in axes if message.kind == "frame"]
    few = np.linspace(0, len(frames) - 1, min(len(frames), MOST_OF_AXES)).round().astype(int)
    sent = {id(frames[k]) for k in few}
    return [message for message in axes if message.kind != "frame" or id(message) in sent]


def _shortened(message: Message) -> tuple[Message, tuple[bytes, ...]]:
    """Numbers in as many steps as a colour can show, low bytes before high ones."""
    heads, buffers = [], []
    for head, data in zip(message.header["columns"], message.buffers, strict=True):
        planes = head.get("kind") == "number" and head.get("dtype") == "uint16"
        heads.append(head | {"planes": planes})
        buffers.append(_planes(_rounded(np.frombuffer(data, "<u2"), COLOURED)) if planes else data)
    return Message(message.header | {"columns": heads}), tuple(buffers)


def _rounded(codes: np.ndarray, bits: int) -> np.ndarray:
    """To so many bits; the code for a missing value stays."""
    step = 1 << (16 - bits)
    near = np.minimum((codes.astype(np.uint32) + step // 2) // step * step, MISSING - 1)
    return np.where(codes == MISSING, MISSING, near).astype("<u2")


def _planes(codes: np.ndarray) -> bytes:
    """All low bytes, then all high ones: of small differences the high ones are alike, and pack to nothing."""
    pairs = codes.astype("<u2").view(np.uint8).reshape(-1, 2)
    return np.ascontiguousarray(pairs.T).tobytes()


def _masked(messages: Sequence[Message]) -> list[Message]:
    """Without anything that names a class, a group, a person or a time of day."""
    masked = []
    for message in messages:
        header, buffers = message.header, message.buffers
        if message.kind == "labels":
            kept = [k for k, head in enumerate(header["columns"]) if head.get("name") in OWN]
            header = header | {"columns": [header["columns"][k] for k in kept]}
            buffers = tuple(buffers[k] for k in kept)
        elif message.kind == "edits":
            rows = [
                {"n": row["n"], "step": row["step"], "state": row["state"], "samples": row["samples"]}
                | {"by": "somebody", "text": f"an edit of {count(row['samples'], 'sample')}"}
                for row in header["rows"]
            ]
            header = header | {"rows": rows}
        elif message.kind == "axes":
            names = [f"axis {k + 1}" for k in range(len(header["names"]))]
            header = {"type": "axes", "t": header["t"], "space": header["space"], "names": names}
        elif message.kind == "scores":
            header = header | {"text": ""}
        elif message.kind == "run":
            header = {"type": "run", "t": header["t"]}
        masked.append(Message(header, buffers))
    return masked


def _still(moment: Moment) -> str:
    """The last frame as a drawing, for a page that may run no script."""
    points = moment.points
    keep = np.flatnonzero(np.isfinite(points).all(1))[:: max(1, len(points) // STILL)]
    points = points[keep]
    if not len(points):
        return ""
    given = moment.column("given") if "given" in moment.columns else np.zeros(len(moment.points))
    given = np.nan_to_num(given, nan=-1).astype(int)[keep]
    low, high = points.min(0), points.max(0)
    places = (points - low) / np.where(high > low, high - low, 1) * (580, 380) + 10
    dots = [
        f'<path stroke="{COLOURS[k % len(COLOURS)]}" d="'
        + "".join(f"M{x:.0f} {400 - y:.0f}h0" for x, y in places[given == k])
        + '"/>'
        for k in np.unique(given)
    ]
    return (
        '<svg viewBox="0 0 600 400" role="img" aria-label="The last picture" fill="none" stroke-width="6"'
        f' stroke-linecap="round">{"".join(dots)}</svg>'
    )
