"""What it does to a page is tested in the browser: tests/browser/test_plan.py."""

from greenlatent.widgets.keys import KeepsKeys


def test_it_takes_no_room():
    assert KeepsKeys().layout.display == "none"
