"""Plugs over HTTP, asked for real on the loopback: what they answer, and everything that can come instead."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from greenlatent.energy import Meter, Shelly, Tasmota
from greenlatent.energy.sources import plugs

GEN2 = {"/rpc/Switch.GetStatus?id=0": {"id": 0, "apower": 41.5, "aenergy": {"total": 18.015}}}
GEN1 = {"/status": {"meters": [{"power": 12.5, "is_valid": True}, {"power": 7.0, "is_valid": True}]}}
TASMOTA = {"/cm?cmnd=Status%2010": {"StatusSNS": {"ENERGY": {"Total": 6.04, "Power": 20, "Voltage": 234}}}}


@contextmanager
def server(answer):
    """A plug on the loopback. `answer` is a table of paths, or a function of the request handler."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append(self.path)
            if callable(answer):
                return answer(self)
            told = answer.get(self.path)
            reply(self, 404 if told is None else 200, json.dumps(told).encode())

        def log_message(self, *_):
            pass

    asked: list[str] = []
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{httpd.server_address[1]}", asked
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def reply(handler, code, body, **headers):
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(body)


def chunked(table):
    """Answers in chunks, as Tasmota does."""

    def answer(handler):
        body = json.dumps(table[handler.path]).encode()
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(body), 7):
            part = body[start : start + 7]
            handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return answer


@pytest.mark.parametrize(
    ("table", "watts"),
    [
        (GEN2, 41.5),
        ({"/rpc/PM1.GetStatus?id=0": {"apower": 5.25}}, 5.25),
        ({"/rpc/EM1.GetStatus?id=0": {"act_power": 230.0}}, 230.0),
        (GEN1, 12.5),
        ({"/status": {"emeters": [{"power": 77.7}]}}, 77.7),
    ],
)
def test_a_shelly_of_any_generation_is_understood_and_then_asked_directly(table, watts):
    with server(table) as (host, asked):
        plug = Shelly(host)
        assert plug.read() == watts
        asked.clear()
        assert plug.read() == watts
        assert len(asked) == 1


def test_another_channel_of_a_shelly_can_be_asked_for():
    with server(GEN1) as (host, _):
        assert Shelly(host, channel=1).read() == 7.0
        with pytest.raises(ValueError, match="2 channels, none with number 5"):
            Shelly(host, channel=5).read()


def test_a_reading_that_the_plug_calls_invalid_is_none():
    with (
        server({"/status": {"meters": [{"power": 0.0, "is_valid": False}]}}) as (host, _),
        pytest.raises(ValueError, match="does not answer like a Shelly"),
    ):
        Shelly(host).read()


@pytest.mark.parametrize(
    ("power", "channel", "watts"), [(20, 0, 20.0), ("20", 0, 20.0), ([4, 9], 1, 9.0), (19.75, 0, 19.75)]
)
def test_tasmota_tells_numbers_text_and_arrays_in_chunks(power, channel, watts):
    table = {"/cm?cmnd=Status%2010": {"StatusSNS": {"ENERGY": {"Total": 6.04, "Power": power}}}}
    with server(chunked(table)) as (host, _):
        assert Tasmota(host, channel=channel).read() == watts


def html(handler):
    reply(handler, 200, b"<html><body>Please log in</body></html>")


def huge(handler):
    reply(handler, 200, b'{"apower": 1, "x": "' + b"x" * 100_000 + b'"}')


def cut_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"apower": 1')
    handler.close_connection = True


def rubbish(handler):
    handler.wfile.write(b"\x00\x01\x02 what?\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (html, "no JSON"),
        (huge, "more than 65536 bytes"),
        (cut_off, "cannot be reached|no JSON"),
        (rubbish, "cannot be reached"),
        ({}, "answers 404"),
        ({"/cm?cmnd=Status%2010": []}, "no number"),
        ({"/cm?cmnd=Status%2010": {"StatusSNS": {"ENERGY": {"Power": None}}}}, "no number"),
        ({"/cm?cmnd=Status%2010": {"StatusSNS": {"ENERGY": {"Power": []}}}}, "0 channels"),
        ({"/cm?cmnd=Status%2010": {"StatusSNS": "off"}}, "no number"),
        ({"/cm?cmnd=Status%2010": {"StatusSNS": {"ENERGY": {"Power": True}}}}, "'True', no number"),
        ({"/cm?cmnd=Status%2010": {"StatusSNS": {"ENERGY": {"Power": {"a": 1}}}}}, "no number"),
        (lambda handler: reply(handler, 200, b"[" * 60_000), "no JSON"),
    ],
)
def test_anything_else_is_named_for_what_it_is(answer, says):
    with server(answer) as (host, _), pytest.raises(ValueError, match=says):
        Tasmota(host).read()


def test_a_redirect_is_not_followed():
    with server(TASMOTA) as (other, reached):

        def elsewhere(handler):
            reply(handler, 302, b"", Location=f"http://{other}{handler.path}")

        with server(elsewhere) as (host, _), pytest.raises(ValueError, match="answers 302"):
            Tasmota(host).read()
    assert reached == []


def test_a_proxy_is_not_asked(monkeypatch):
    with server({}) as (proxy, reached), server(TASMOTA) as (host, _):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert Tasmota(host).read() == 20.0
    assert reached == []


@pytest.mark.parametrize("drip", [False, True])
def test_a_late_answer_is_given_up(monkeypatch, drip):
    monkeypatch.setattr(plugs, "TIMEOUT", 0.2)
    over = threading.Event()

    def late(handler):
        if drip:  # a byte now and then, so that no single read times out
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            for _ in range(200):
                if over.wait(0.05):
                    return
                try:
                    handler.wfile.write(b" ")
                except OSError:
                    return
        else:
            over.wait(10)

    with server(late) as (host, _):
        with pytest.raises(ValueError, match=r"longer than|cannot be reached"):
            Tasmota(host).read()
        over.set()


def test_nobody_at_the_address():
    with server(TASMOTA) as (host, _):
        pass
    with pytest.raises(ValueError, match="cannot be reached"):
        Tasmota(host).read()


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://plug",
        "http://",
        "http://me:secret@plug",
        "http://plug/path",
        "plug?x=1",
        "http://a#b",
        "192.168.1.20:99999",
        "192.168.1.20:port",
        "192.168.1.20:0",
        "http://[::1",
        "plug local",
        "plug\nlocal",
    ],
)
def test_only_plain_addresses_of_http_and_https_are_taken(address):
    with pytest.raises(ValueError, match="host="):
        Shelly(address)


@pytest.mark.parametrize("power", [True, False, None, "on", {}])
def test_a_shelly_that_answers_no_number_of_watts_is_not_believed(power):
    tables = (
        {"/rpc/Switch.GetStatus?id=0": {"apower": power}},
        {"/status": {"meters": [{"power": power}]}},
        {"/status": {"meters": {"power": 5}}},
    )
    for table in tables:
        with server(table) as (host, _), pytest.raises(ValueError, match="does not answer like a Shelly"):
            Shelly(host).read()


@pytest.mark.parametrize("plug", [Shelly, Tasmota])
@pytest.mark.parametrize("channel", [-1, 1.0, "0", True, None])
def test_an_outlet_is_a_whole_number_from_0_on(plug, channel):
    with pytest.raises((TypeError, ValueError), match=r"channel=.*from 0 on"):
        plug("192.168.1.20", channel=channel)


@pytest.mark.parametrize("address", ["", None, 7])
def test_an_address_is_text(address):
    with pytest.raises(TypeError, match="give an address"):
        Tasmota(address)


def test_a_plug_that_goes_away_leaves_a_gap_and_training_goes_on():
    gone, seen, missed = threading.Event(), threading.Event(), threading.Event()
    count = [0, 0]

    def answer(handler):
        count[gone.is_set()] += 1
        if gone.is_set():
            html(handler)
            if count[1] > 20:
                missed.set()
        else:
            reply(handler, 200, json.dumps(TASMOTA[handler.path]).encode())
            if count[0] > 20:
                seen.set()

    with server(answer) as (host, _):
        meter = Meter([Tasmota(host, every=0.01)])
        meter.start()
        meter.mark("train")
        assert seen.wait(10)
        gone.set()
        assert missed.wait(10)
        meter.mark(None)
        meter.stop()
    joules = meter.total
    assert joules.known and 0.05 < joules.coverage < 0.95
    assert joules.value == pytest.approx(20 * meter.seconds * joules.coverage, rel=0.25)
    assert any("no JSON" in note for note in meter.notes)
    assert meter.ledger()["train"].badges == {"wall": 1.0}
