"""The page asks why, sets the price of a point, and focuses; and is told what came of it."""

import pytest

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.lab.lab import Lab

from ..parts import digit_samples, net
from ..run.test_runner import wait_for
from .test_lab import Page
from .test_panels import heard


@pytest.fixture
def lab():
    meter = gl.Meter([Model()], calibration=False)
    train, valid = digit_samples()
    options = {
        "latent": "encoder",
        "batch_size": 32,
        "threads": 1,
        "lr": 3e-3,
        "session": False,
        "meter": meter,
    }
    with Lab(net(), train, valid=valid, **options) as lab:
        yield lab


def test_the_page_asks_why_and_is_told_three_causes(lab):
    page = Page(lab)
    page.press("why")
    wait_for(lambda: heard(page, "steering"))
    assert [cause["found"] for cause in heard(page, "steering")[-1]["causes"]] == [None] * 3
    lab.step(epochs=4)
    page.press("why")
    wait_for(lambda: heard(page, "steering")[-1]["causes"][0]["found"] is False)
    causes = heard(page, "steering")[-1]["causes"]
    assert [cause["about"] for cause in causes] == ["data", "architecture", "input"]
    assert causes[0]["number"].endswith("the bound is 8%") and causes[0]["text"]


def test_the_page_focuses_on_a_group_and_is_told_how_that_ended(lab):
    lab.step(epochs=2)
    page = Page(lab)
    page.press("focus", name="class", value="8")
    wait_for(lambda: heard(page, "steering") and heard(page, "steering")[-1]["focus"])
    assert heard(page, "steering")[-1]["focus"].startswith("class '8' ")
    assert all(event.by == "human" for event in lab.journal)
    page.press("focus", name="class", value="none of them")
    wait_for(lambda: heard(page, "error"))
    assert "none of them" in heard(page, "error")[-1]["text"]


def test_the_page_sets_what_a_point_may_cost_beside_a_budget_and_alone(lab):
    page = Page(lab)
    page.press("budget", point=0.3)
    wait_for(lambda: "point" in heard(page, "meter")[-1]["budget"])
    told = heard(page, "meter")[-1]["budget"]
    assert told["point"]["joules"] == 0.3 and told["point"]["share"] == 0.0 and told["joules"] is None
    assert "lowered to 0.3 of itself, twice at most, and then training pauses" in told["point"]["text"]
    page.press("budget", joules=50)
    wait_for(lambda: heard(page, "meter")[-1]["budget"]["joules"] == 50)
    assert lab.budget.point == 0.3
    page.press("budget", joules=None)
    assert lab.budget is None
    page.press("budget", joules=40)  # nothing is done before a tenth of it
    page.press("budget", point=1e-9)
    page.press("start")
    assert lab.wait(60)
    wait_for(lambda: page.status()["message"].startswith("Paused: "))
    assert "Set a higher price" in page.status()["message"] and lab.budget.lowered == 2
    page.press("budget", point=0)
    assert "point" in heard(page, "error")[-1]["text"]
