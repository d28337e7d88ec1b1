import threading

import numpy as np
import pytest

from greenlatent import EnergyMeter
from greenlatent.energy import Meter, Watts
from greenlatent.plots.energy_meter import READINGS
from tests.widgets.page import Page


class Broken(Watts):
    def open(self):
        raise RuntimeError("no such thing")


def test_it_says_what_a_meter_read_and_how_it_is_known():
    meter = Meter([Watts(lambda: 20.0, every=0.01, name="bench")], region="DE", calibration=False)
    widget = EnergyMeter(meter, kind="infer", unit="sample")
    page = Page(widget)
    page.open()
    with meter, meter.doing("infer"):
        threading.Event().wait(0.2)
    told = page.last("meter")
    assert told["unit"] == "sample" and told["total"]["value"] > 1
    assert told["per"]["value"] > 1 and "infer" in [line["kind"] for line in told["lines"]]
    assert told["how"][0]["how"] == "measured" and "bench" in told["how"][0]["text"]
    assert "Germany" in told["grams"]
    assert widget.view == "meter"


def test_what_nobody_read_is_missing_and_never_0():
    meter = Meter([Broken(lambda: 1.0, name="gone")], calibration=False)
    widget = EnergyMeter(meter)
    page = Page(widget)
    page.open()
    with meter, meter.doing("train"):
        sum(range(100_000))
    told = page.last("meter")
    assert told["total"] is None and told["per"] is None and told["grams"] is None
    assert {line["value"] for line in told["lines"]} == {None}
    assert told["how"] == [{"how": "missing", "text": "nothing could be read or modelled so far"}]
    assert any("no such thing" in note for note in told["notes"])


def test_the_strip_keeps_the_last_readings_and_takes_none_where_nothing_was_done():
    meter = Meter()
    widget = EnergyMeter(meter)
    page = Page(widget)
    page.open()
    gauge = widget._gauge
    with meter:
        for _ in range(READINGS + 5):
            with meter.doing("train"):
                sum(range(100))
            gauge.tell(now=True)
        gauge.tell(now=True)
    (strip,) = [buffers for header, buffers in page.heard if header["type"] == "meter"][-1]
    assert len(np.frombuffer(strip, "<f4")) == 3 * READINGS
    gauge.tell(now=True)
    assert len(gauge._readings) == READINGS


def test_a_closed_view_hears_no_more_and_a_meter_is_asked_for():
    meter = Meter()
    widget = EnergyMeter(meter)
    page = Page(widget)
    page.open()
    widget.close()
    widget.close()
    page.heard.clear()
    with meter, meter.doing("train"):
        pass
    assert page.heard == []
    with pytest.raises(TypeError, match="no meter"):
        EnergyMeter("meter")


def test_a_meter_that_nobody_sees_says_nothing_and_tells_all_to_who_comes_back():
    meter = Meter()
    widget = EnergyMeter(meter)
    page = Page(widget)
    page.open()
    page.say("hello", view=page.view, open=False)
    page.heard.clear()
    with meter:
        for _ in range(3):
            with meter.doing("train"):
                sum(range(1000))
            widget._read()
        assert page.heard == []
    page.open()
    assert page.last("meter")["total"] is not None
