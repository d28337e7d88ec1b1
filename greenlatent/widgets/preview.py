"""What a sample looks like, as a MIME type and bytes: an image, a signal or a text."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import protocol

LARGEST = 512 * 1024  # bytes of a preview
PIXELS = 2**22  # of one: a page takes four bytes for each, however few the file has
SIGNAL = "application/x-float32"  # little-endian float32 samples, drawn as a line
MESSAGE_SECONDS = (
    2.0  # that the previews of one message may take: until then the page is heard in nothing else
)
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Traces:
    """A signal of several channels (c, t), to be drawn one below the other on one scale."""

    names: tuple[str, ...]
    values: Any


def previews_of(
    ids: Iterable[int], look: Callable[[int], Any] | None, clock: Callable[[], float]
) -> tuple[list[tuple[str, bytes]], Exception | None]:
    """One preview for each sample, and the first failure: a sample whose preview fails, comes too late or no longer
    fits into a message, has none."""
    looks: list[tuple[str, bytes]] = []
    size, failed = 0, None
    due = clock() + MESSAGE_SECONDS
    for id in ids:
        try:
            if clock() > due:
                raise ValueError(f"previews took more than {MESSAGE_SECONDS:g} s; the rest were left out")
            mime, data = preview_of(look(id) if look else None)
        # the function is the person's own: the other samples still have theirs, and Ctrl-C ends a slow one
        except Exception as error:
            failed, mime, data = failed or error, "", b""
        except KeyboardInterrupt:
            failed, mime, data = ValueError("previews were interrupted; the rest were left out"), "", b""
            due = -math.inf
        size += len(data)
        looks.append((mime, data) if size <= protocol.LIMIT // 2 else ("", b""))
    return looks, failed


def preview_of(value: Any) -> tuple[str, bytes]:
    """Text, PNG bytes, a signal (n,), Traces, or an image (h, w), (h, w, 3) or (3, h, w), floats 0-1 or bytes."""
    if value is None:
        return "", b""
    if isinstance(value, str):
        return "text/plain", value[:2000].encode()
    if isinstance(value, bytes):
        if not value.startswith(_PNG):
            raise ValueError("a preview of bytes must be a PNG; pass an array or a text otherwise")
        return _png_checked(value)
    if isinstance(value, Traces):
        values = np.asarray(value.values, "<f4")
        if values.ndim != 2 or len(values) != len(value.names):
            raise ValueError(f"{len(value.names)} channels need values (channels, time), got {values.shape}")
        return _checked(f"{SIGNAL};{json.dumps(value.names)}", values.tobytes())
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a preview is a text, PNG bytes or numbers, got {type(value).__name__}")
    if array.ndim == 1:
        return _checked(SIGNAL, array.astype("<f4").tobytes())
    return _png_checked(_png(array))


def _checked(mime: str, data: bytes) -> tuple[str, bytes]:
    if len(data) > LARGEST:
        raise ValueError(f"a preview of {len(data)} bytes is too large; {LARGEST} at most")
    return mime, data


def _png_checked(data: bytes) -> tuple[str, bytes]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        raise ValueError("a preview of bytes must be a whole PNG; pass an array or a text otherwise")
    width, height = struct.unpack(">II", data[16:24])
    if width * height > PIXELS:
        raise ValueError(f"a preview of {width} by {height} pixels is too large; {PIXELS} pixels at most")
    return _checked("image/png", data)


def _png(image: np.ndarray) -> bytes:
    """A grey or RGB PNG: the format needs no more than zlib, so no image library."""
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.shape[2] not in (1, 3):
        image = np.moveaxis(image, 0, 2)  # (c, h, w), as torch keeps it
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3) or not image.size:
        raise ValueError(f"a preview image has shape (h, w), (h, w, 3) or (3, h, w), got {image.shape}")
    if image.dtype != np.uint8:
        image = image.astype(np.float64)
        lo, hi = (0.0, 1.0) if 0 <= image.min() <= image.max() <= 1 else (image.min(), image.max())
        image = np.nan_to_num((image - lo) / ((hi - lo) or 1.0) * 255).astype(np.uint8)
    height, width = image.shape[:2]
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image.reshape(height, -1)], 1)  # filter 0 a row
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if image.ndim == 3 else 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return _PNG + b"".join(chunk(kind, data) for kind, data in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
