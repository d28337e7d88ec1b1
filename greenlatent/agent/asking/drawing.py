"""Drawing: the latent space as a PNG, with no page: two main axes, the page's colours, a numbered ring a group."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
import torch

from ...widgets.preview import chunk
from .likeness import WIDE, in_a_row

SIDE, EDGE = 512, 24  # pixels, and what stays free around
RINGS = 8  # at most
MOST = 10_000  # samples, evenly taken
# As js/src/paint/colours.ts has them: eight for few classes, eleven for more.
EIGHT = ("0072b2", "e69f00", "009e73", "cc79a7", "56b4e9", "d55e00", "f0e442", "000000")
ELEVEN = (
    *("332288", "ee7733", "44aa99", "cc6677", "88ccee", "117733"),
    *("ddcc77", "aa4499", "0077bb", "999933", "882255"),
)
GREY, PAPER, INK = (148, 148, 148), (255, 255, 255), (0, 0, 0)
# Five rows of three bits, for the names of rings.
LETTERS = {
    "G": (7, 4, 5, 5, 7), "S": (7, 4, 7, 1, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7),
    "3": (7, 1, 7, 1, 7), "4": (5, 5, 7, 1, 1),
    "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 2, 2, 2), "8": (7, 5, 7, 5, 7),
}  # fmt: skip


def draw(
    latents: torch.Tensor,
    given: np.ndarray | None,
    rings: Sequence[Sequence[int]],
    looks: Sequence[np.ndarray] = (),
) -> bytes:
    """Samples (n, d) in the colours of their labels (n,), below 0 grey; a ring around the middle of each group, and
    below them what single samples look like, if that is to be shown."""
    rings = rings[:RINGS]
    given = np.full(len(latents), -1) if given is None else given
    seen = np.flatnonzero(np.isfinite(latents.sum(1).cpu().numpy()))
    if len(seen) > MOST:
        seen = seen[np.linspace(0, len(seen) - 1, MOST).astype(int)]
    needed = np.unique(
        np.concatenate([seen, *(np.asarray(ids, dtype=np.int64) for ids in rings)]).astype(int)
    )
    image = np.zeros((SIDE, SIDE), dtype=np.uint8)
    colours = palette(int(given.max(initial=-1)) + 1)
    if len(needed):
        places = _places(latents[torch.from_numpy(needed).to(latents.device)].cpu())
        at = np.searchsorted(needed, seen)
        _dots(image, places[at], _paint(given[seen], len(colours)))
        for k, ids in enumerate(rings):
            theirs = places[np.searchsorted(needed, np.asarray(ids, dtype=np.int64))]
            _ring(image, np.median(theirs, axis=0), _reach(theirs), k + 1)
    if looks:
        image, colours = in_a_row(image, colours, looks)
        for k in range(len(looks[: SIDE // WIDE])):
            _say(image, f"S{k + 1}", k * WIDE + 3, SIDE + 4)
    return _png(image, colours)


def palette(classes: int) -> np.ndarray:
    """Paper, grey, ink, then a colour a class, all (k, 3)."""
    names = EIGHT if classes <= len(EIGHT) else ELEVEN
    return np.array([PAPER, GREY, INK, *(tuple(bytes.fromhex(name)) for name in names)], dtype=np.uint8)


def _paint(given: np.ndarray, colours: int) -> np.ndarray:
    return np.where(given < 0, 1, 3 + np.maximum(given, 0) % (colours - 3)).astype(np.uint8)


def _places(z: torch.Tensor) -> np.ndarray:
    """(n, 2) pixels: the two main axes, filled into the picture but for the farthest of a thousand."""
    z = z.float() - z.float().mean(0)
    if z.shape[1] > 2:
        some = z[:: max(1, len(z) // 2000)].double()
        _, axes = torch.linalg.eigh(some.T @ some)
        z = z @ axes[:, -2:].flip(1).float()
    flat = np.zeros((len(z), 2))
    flat[:, : z.shape[1]] = z.numpy()
    low, high = np.quantile(flat, 0.001, axis=0), np.quantile(flat, 0.999, axis=0)
    scale = np.maximum(high - low, 1e-12)
    share = np.clip((flat - low) / scale, 0, 1)
    share[:, 1] = 1 - share[:, 1]
    return (EDGE + share * (SIDE - 2 * EDGE)).astype(int)


def _dots(image: np.ndarray, places: np.ndarray, paint: np.ndarray) -> None:
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            image[places[:, 1] + dy, places[:, 0] + dx] = paint


def _reach(places: np.ndarray) -> float:
    """A radius that most of the group lies within."""
    apart = np.hypot(*(places - np.median(places, axis=0)).T)
    return float(np.clip(np.quantile(apart, 0.75) + 6, 10, SIDE / 6))


def _ring(image: np.ndarray, middle: np.ndarray, reach: float, number: int) -> None:
    turn = np.linspace(0, 2 * np.pi, 720)
    for radius in (reach, reach + 1):
        x = np.clip(middle[0] + radius * np.cos(turn), 0, SIDE - 1).astype(int)
        y = np.clip(middle[1] + radius * np.sin(turn), 0, SIDE - 1).astype(int)
        image[y, x] = 2
    _say(image, f"G{number}", int(middle[0] - 6), int(middle[1] - reach - 14))


def _say(image: np.ndarray, text: str, x: int, y: int) -> None:
    x, y = int(np.clip(x, 2, SIDE - 32)), int(np.clip(y, 2, len(image) - 14))
    image[y - 2 : y + 12, x - 2 : x + 8 * len(text)] = 0
    for place, letter in enumerate(text):
        for row, bits in enumerate(LETTERS[letter]):
            for column in range(3):
                if bits >> (2 - column) & 1:
                    top, left = y + 2 * row, x + 8 * place + 2 * column
                    image[top : top + 2, left : left + 2] = 2


def picture_of(image: np.ndarray) -> bytes:
    """A PNG of an image (h, w, 3) of few colours."""
    colours, places = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
    return _png(places.reshape(image.shape[:2]).astype(np.uint8), colours)


def _png(image: np.ndarray, colours: np.ndarray) -> bytes:
    """Of places in a palette: a third of the bytes of three channels."""
    height, width = image.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image], 1)  # filter 0 a row
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        *((b"IHDR", header), (b"PLTE", colours.tobytes())),
        *((b"IDAT", zlib.compress(rows.tobytes(), 4)), (b"IEND", b"")),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)
