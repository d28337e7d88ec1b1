"""The bytes of the protocol: both ends read the same fixture, tests/fixtures/protocol.json."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from greenlatent.edits import from_json
from greenlatent.widgets import Widget, protocol
from tests.widgets.page import Page

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures" / "protocol.json").read_text())


def kernel_messages() -> list[dict[str, Any]]:
    """What the kernel sends for one small picture; js/test/wire/codec.test.ts decodes the same bytes."""
    widget = Widget("scatter", classes=["calm", "busy"])
    page = Page(widget)
    widget.set_ids([4, 7, 4_000_000_000])
    widget.set_columns(
        {
            "given": ("class", [0, 1, -1]),
            "confidence": ("number", [0.5, np.nan, 1.0]),
            "recording": ("group", ["7", "12", None]),
            "sex": ("text", ["f", "f", "m"]),
            "state": ("flags", [0, 1, 6]),
        }
    )
    widget.publish([[0.0, -1.0], [2.0, np.nan], [1.0, 3.0]], step=12, exact=False, trust=0.75)
    log = {"log": True, "span": (-4, -1), "bands": [(-3.0, -2.0)], "offer": "Search here"}
    widget.set_axes(["speed", "<b>"], space="input", statistics=["f_ratio"], kinds=[log, None])
    widget.publish([[0.0, 5.0], [4.0, np.nan], [2.0, 5.0]], step=12, space="axes")
    widget.set_scores("f_ratio", "how far apart", [2.5, np.nan], step=12)
    widget.set_status({"running": True, "step": np.int64(12), "accuracy": float("nan"), "loss": None})
    joules = {
        "value": 3.5,
        "low": 3.0,
        "high": np.float64(4.5),
        "badges": {"model": 1.0},
        "unit": "J",
        "per": "",
    }
    meter = {"unit": "step", "per": None, "total": joules, "grams": None, "notes": ["no <b>"], "how": []}
    meter |= {"budget": {"joules": 9, "share": 0.4, "text": "3.5 of 9 J"}, "forecast": "An epoch more"}
    lines = [
        {"kind": "train", "name": "training", **joules},
        {"kind": "save", "name": "saving", "value": None},
    ]
    strip = np.array([3.5, 3.0, 4.5], "<f4").tobytes()
    widget.set_panel(
        "meter", {**meter, "lines": lines, "how": [{"how": "modelled", "text": "a model"}]}, strip
    )
    row = {"n": 1, "text": "<i> relabelled", "by": "human", "step": 12, "state": "muted", "samples": 2}
    widget.set_panel("journal", {"rows": [row], "more": 0})
    card = {"card": 2, "reason": "why", "n": 4, "given": "calm", "proposed": "busy", "trusted": False}
    ids = np.array([4, 7], "<u4").tobytes()
    widget.set_panel(
        "suggestion",
        {**card, "question": "", "note": "no <b>", "led": ["4 of 4"], "spread": True},
        ids,
        ids,
        ids[:4],
    )
    compared = {"share": 0.5, "text": "", "lines": ["no <b>"], "more": ["x1"], "price": "about 1 J"}
    widget.set_panel("comparison", compared)
    widget.set_panel("setup", {"layer": "a", "layers": ["a", "b"], "acts": "a", "projection": "pca"})
    group = {"name": "sex", "value": "<f>", "n": 2, "loss": 0.5, "weight": 1.0, "costs": {"2": "2 more"}}
    widget.set_panel("groups", {"rows": [group]})
    widget.set_panel("work", {"text": "Evaluating", "share": None})
    widget.selection = [7]
    page.heard.clear()
    page.open()
    widget.on_preview(lambda id: f"what {id} says" if id == 4 else None)
    widget.on_name({4: "four", 7: "seven"}.__getitem__)
    widget.send_file("a.zip", b"abc")
    page.say("preview", np.array([4, 7], "<u4").tobytes())
    widget.on_crowd(lambda ids, k, tell: tell(ids[::-1][:k]) if len(ids) == 2 else tell([], "no <b>"))
    page.say("crowd", np.array([4, 7], "<u4").tobytes(), name="a", k=1)
    page.say("crowd", np.array([4], "<u4").tobytes(), name="b", k=1)
    return [
        {"header": header, "buffers": [base64.b64encode(b).decode() for b in buffers]}
        for header, buffers in page.heard
    ]


def test_the_kernel_sends_the_bytes_that_the_page_is_tested_with():
    assert kernel_messages() == FIXTURE["kernel"]


@pytest.mark.parametrize("message", FIXTURE["page"], ids=lambda m: m["header"]["type"])
def test_what_the_page_encodes_is_understood(message):
    buffers = [base64.b64decode(b) for b in message["buffers"]]
    kind, fields = protocol.parse(message["header"], buffers)
    assert kind == message["header"]["type"]
    if kind == "edit":
        assert repr(from_json(fields["edit"])) == message["means"]
    if kind in ("selection", "preview", "crowd"):
        assert fields["ids"].tolist() == message["means"]


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2), elements=st.floats(allow_nan=True)))
def test_a_quantised_value_is_within_half_a_step_and_a_gap_stays_a_gap(values):
    codes, lo, hi = protocol.quantise(values)
    assert codes.dtype == np.uint16 and codes.shape == values.shape
    there = np.abs(values) < protocol.HUGE
    assert ((codes == protocol.MISSING) == ~there).all()
    step = (np.array(hi) - np.array(lo)) / protocol.STEPS
    back = np.array(lo) + codes * step
    slack = 0.51 * step + 1e-12 * np.abs(back) + 2 / protocol.HUGE
    assert (np.abs(back - values)[there] <= np.broadcast_to(slack, values.shape)[there]).all()


def test_nothing_and_one_place_can_be_quantised():
    assert protocol.quantise(np.zeros((0, 2)))[0].shape == (0, 2)
    codes, lo, hi = protocol.quantise(np.full((3, 2), 7.0))
    assert codes.tolist() == [[0, 0]] * 3 and lo == hi == [7.0, 7.0]


def test_more_than_254_classes_take_two_bytes_a_point():
    names = [str(k) for k in range(300)]
    header, data = protocol.column("given", "class", [299, -1], 2, names)
    assert header["dtype"] == "uint16" and np.frombuffer(data, "<u2").tolist() == [299, 65535]


@pytest.mark.parametrize(
    "kind, values, message",
    [
        ("class", [0, 1], r"'given' has shape \(2,\) for 3 ids"),
        ("class", [0, 1, 2], r"classes 0 to 2 for 2 class names"),
        ("class", [0, -2, 1], r"classes -2 to 1 for 2"),
        ("class", [0.0, 1.0, 1.0], r"takes whole numbers, got float64"),
        ("flags", [0, 1, 256], r"flags of one byte, got 0 to 256"),
        ("number", ["a", "b", "c"], r"is a number column"),
        ("colour", [0, 1, 1], r"kinds are class, group, text, number and flags"),
    ],
)
def test_a_column_that_does_not_fit_says_why(kind, values, message):
    with pytest.raises((ValueError, TypeError), match=message):
        protocol.column("given", kind, values, 3, ["calm", "busy"])


def header(kind: str, **fields: Any) -> dict[str, Any]:
    return {"v": protocol.VERSION, "type": kind, "seq": 1, **fields}


@pytest.mark.parametrize(
    "content, buffers, message",
    [
        ("hello", [], "a message is an object, got str"),
        ({"type": "hello"}, [], "speaks protocol None and the kernel 2"),
        (header("hello", view=3, open=True), [], "hello.view takes str, got 3"),
        (header("hello", view="a", open=1), [], "hello.open takes bool, got 1"),
        (header("ack", frame=True), [], "ack.frame takes int, got True"),
        (header("selection", client="a"), [], "selection takes 1 buffers, got 0"),
        (header("selection", client="a"), [b"123"], "3 bytes, which is no multiple of 4"),
        (
            header("edit", client="a", number=1, edit={"ids": {"buffer": 1}}),
            [b""],
            "names buffer 1 and has 1",
        ),
        (header("edit", client="a", number=1, edit={}, seconds=float("inf")), [], "must be finite"),
        (header("selection", client="a"), [bytes(9 << 20)], "send less at once"),
    ],
)
def test_a_malformed_message_is_refused_in_words(content, buffers, message):
    with pytest.raises((ValueError, TypeError), match=message):
        protocol.parse(content, buffers)


def test_a_message_of_a_later_version_of_the_page_is_passed_over():
    assert protocol.parse(header("sing"), []) is None
    assert protocol.parse(header("hello", view="a", open=True, more=1), []) is not None


def test_a_status_holds_what_json_can_hold():
    assert protocol.plain({"a": np.float32("nan"), "b": (np.int8(3), None)}) == {"a": None, "b": [3, None]}
    with pytest.raises(TypeError, match=r"status\.energy\.value is a complex"):
        protocol.plain({"energy": {"value": 1j}})
