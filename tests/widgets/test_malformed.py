"""10,000 malformed messages: none stops the widget, none is half applied, and what is right is taken afterwards."""

import json
import random
from typing import Any

import numpy as np
import pytest

from greenlatent.plots import Scatter
from greenlatent.widgets import protocol
from tests.widgets.page import Page

JUNK: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        1e308,
        float("nan"),
        float("inf"),
        2**31,
        2**32,
        2**63,
        -(2**63),
        10**40,
    ),
    *("", "a", "x" * 5000, "__class__", "kind", "\0", "💥", "Relabel", "b"),
    *([], [[]], [1, 2], ["a"], {}, {"buffer": 0}, {"buffer": -1}, {"buffer": 99}, {"near": {"buffer": 0}}),
    {"plane": {"basis": 1}},
    {"plane": {"basis": [[1, 2]], "mean": [0], "at": [[1, float("nan")]]}},
]
BUFFERS = [b"", b"\0", b"\1\0\0\0", b"\1\2\3", b"\xff" * 8, bytes(4 * 64), b"\x89PNG\r\n\x1a\n", bytes(2**16)]
GOOD: list[dict[str, Any]] = [
    {"type": "hello", "view": "v", "open": True},
    {"type": "ack", "frame": 3},
    {"type": "edit", "client": "c", "number": 1, "seconds": 1.0, "frame": 0, "edit": {"kind": "Drop"}},
    {
        "type": "edit",
        "client": "c",
        "number": 2,
        "seconds": None,
        "frame": None,
        "edit": {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"},
    },
    {
        "type": "edit",
        "client": "c",
        "number": 3,
        "seconds": 2.0,
        "frame": 1,
        "edit": {"kind": "Move", "ids": {"buffer": 0}, "to": {"near": {"buffer": 0}}},
    },
    {
        "type": "edit",
        "client": "c",
        "number": 4,
        "seconds": 2.0,
        "frame": 1,
        "edit": {"kind": "Weigh", "ids": {"buffer": 0}, "weight": 2.0},
    },
    {"type": "command", "do": "undo", "arguments": {}},
    {"type": "selection", "client": "c"},
    {"type": "preview"},
    {"type": "crowd", "name": "q", "k": 3},
    {"type": "picture", "width": 10, "height": 10, "alt": "a picture"},
]


def mangled(value: Any, dice: random.Random) -> Any:
    """The value with something in it replaced, taken away or added; at times the whole of it."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        name = dice.choice(list(value))
        if dice.random() < 0.2:
            return {k: v for k, v in value.items() if k != name}
        if dice.random() < 0.2:
            return {**value, dice.choice(["ids", "x", "kind", "v"]): dice.choice(JUNK)}
        return {**value, name: mangled(value[name], dice)}
    return dice.choice(JUNK)


def state(widget: Scatter) -> tuple[Any, ...]:
    return (
        widget.labels.tolist(),
        widget.weights.tolist(),
        widget.edits,
        widget.selection.tolist(),
        widget.points.tolist(),
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_kernel_takes_no_half_of_10_000_malformed_messages(caplog):
    dice = random.Random(0)
    widget = Scatter(np.random.default_rng(0).normal(size=(20, 2)), labels=["a", "b"] * 10, preview=str)
    page = Page(widget)
    page.open()
    changed = refused = 0
    for k in range(10_000):
        message = {"v": protocol.VERSION, "seq": k, **dice.choice(GOOD)}
        content = mangled(message, dice)
        buffers = [dice.choice(BUFFERS) for _ in range(dice.randrange(3))]
        if isinstance(content, dict) and "number" in content:
            content["number"] = content["number"] if type(content["number"]) is not int else 10 + k
        before, answers = state(widget), len(page.heard)
        widget._handle_custom_msg(content, [memoryview(b) for b in buffers])
        after = state(widget)
        heard = [header["type"] for header, _ in page.heard[answers:]]
        if after != before:
            changed += 1
            assert "error" not in heard, f"refused and yet applied: {content!r:.300}"
            # an edit is applied whole: each one that is in force can be told, and undone
            assert len(after[2]) in (len(before[2]) + 1, len(before[2]), len(before[2]) - 1)
        refused += "error" in heard
        for header, _ in page.heard[answers:]:
            json.dumps(header, allow_nan=False)
        page.heard.clear()
    assert refused > 3000 and changed > 20
    assert caplog.records == [], "an error that was not written for a person"
    while widget.edits:
        widget.undo()
    assert widget.labels.tolist() == ["a", "b"] * 10 and (widget.weights == 1).all()
    page.edit(99_999, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [0])
    assert page.last("ack")["number"] == 99_999 and widget.labels[0] == "b"
    page.open()
    assert len(page.points()) == 20
