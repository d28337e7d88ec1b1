"""Previews: what a sample looks like, as bytes that a page can show."""

import struct
import zlib

import numpy as np
import pytest

from greenlatent.widgets.preview import Traces, preview_of


def pixels(png: bytes) -> np.ndarray:
    """A naive reader of the PNGs that are written here."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert depth == 8
    data = zlib.decompress(png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8])
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 0).all()
    return rows[:, 1:].reshape((height, width, 3) if colour == 2 else (height, width))


def test_an_image_keeps_its_pixels():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(pixels(preview_of(grey)[1]), grey)
    rgb = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    np.testing.assert_array_equal(pixels(preview_of(rgb)[1]), rgb)
    np.testing.assert_array_equal(pixels(preview_of(np.moveaxis(rgb, 2, 0))[1]), rgb)
    np.testing.assert_array_equal(pixels(preview_of(grey[None])[1]), grey)


def test_floats_from_0_to_1_keep_their_brightness_and_others_are_stretched():
    np.testing.assert_array_equal(pixels(preview_of([[0.0, 0.5]])[1]), [[0, 127]])
    np.testing.assert_array_equal(pixels(preview_of([[-2.0, 2.0]])[1]), [[0, 255]])
    np.testing.assert_array_equal(pixels(preview_of([[16.0, 16.0]])[1]), [[0, 0]])
    assert pixels(preview_of([[np.nan, 1.0]])[1]).shape == (1, 2)


def test_a_signal_a_text_and_nothing():
    mime, data = preview_of([1.0, 2.0])
    assert (mime, np.frombuffer(data, "<f4").tolist()) == ("application/x-float32", [1.0, 2.0])
    assert preview_of("<b>no markup</b>") == ("text/plain", b"<b>no markup</b>")
    assert preview_of(None) == ("", b"")


@pytest.mark.parametrize(
    "value, message",
    [
        (b"<svg>", "must be a PNG"),
        (b"\x89PNG\r\n\x1a\n", "must be a whole PNG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x08\0\0\0\x08\1", "2048 by 2049 pixels is too large"),
        (np.zeros((2049, 2048), np.uint8), "2048 by 2049 pixels is too large"),
        (np.zeros((2, 3, 4, 5)), r"got \(2, 3, 4, 5\)"),
        (np.zeros((0, 3)), r"got \(0, 3\)"),
        (np.zeros(200_000), "too large"),
        ({"a": 1}, "got dict"),
    ],
)
def test_what_cannot_be_shown_is_refused(value, message):
    with pytest.raises((ValueError, TypeError), match=message):
        preview_of(value)


def test_channels_travel_with_their_names_and_must_fit_them():
    mime, data = preview_of(Traces(("x", '"y"'), np.ones((2, 5))))
    assert mime == 'application/x-float32;["x", "\\"y\\""]' and len(data) == 40
    with pytest.raises(ValueError, match=r"2 channels need values \(channels, time\), got \(5,\)"):
        preview_of(Traces(("x", "y"), np.ones(5)))
