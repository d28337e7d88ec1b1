"""A live view that is told 10,000 malformed things says what is wrong, and goes on."""

import json
import random
from typing import Any

import pytest

from tests.browser.view import scatter
from tests.widgets.test_malformed import mangled
from tests.widgets.test_protocol import FIXTURE


@pytest.mark.slow
def test_a_view_outlives_10_000_malformed_messages(show):
    dice = random.Random(1)
    widget = scatter()
    view = show(widget).ready()

    def one() -> list[Any]:
        message = dice.choice(FIXTURE["kernel"])
        content = mangled(message["header"], dice)
        buffers = message["buffers"] if dice.random() < 0.8 else message["buffers"][: dice.randrange(3)]
        return [json.loads(json.dumps(content).replace("NaN", "null").replace("Infinity", "1e999")), buffers]

    for _ in range(20):
        view.page.evaluate(
            """messages => { for (const [content, buffers] of messages) window.deliver(0, content, buffers) }""",
            [one() for _ in range(500)],
        )
    assert view.texts("notice-text"), "what was wrong was said"
    view.page.evaluate("window.take", 0)  # selections that the junk made
    widget.points = widget.points * 1.0
    view.settle()
    view.load()
    view.ready()
    before = view.coloured()
    assert before > 2000
    view.page.mouse.click(*view.point(3))
    view.until(lambda: widget.selection.tolist() == [3], "a click")
