"""Plugs over HTTP, asked for real on the loopback: what they answer, and everything that can come instead."""

import json
import threading
from contextlib import contextmanager, suppress
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


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "body": (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "a header": (HEAD + b"X: ", b"x"),
    "headers": (HEAD, b"X: x\r\n"),
    "the status": (b"HTTP/1.1 200 ", b"O"),
    "the size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n"),
    "an interim answer": (b"HTTP/1.1 100 Continue\r\nX: ", b"x"),
    "nothing": (b"", b""),
}
ENOUGH = 400  # drips that a patient reader would wait for, 20 s


@contextmanager
def dripping(head, drip):
    """A plug that sends a little now and then, so that no single read times out; how often it did."""
    over, drips = threading.Event(), []

    def answer(handler):
        try:
            handler.wfile.write(head)
            while len(drips) < ENOUGH and not over.wait(0.05):
                drips.append(drip)
                handler.wfile.write(drip)
        except OSError:
            pass
        handler.close_connection = True

    with server(answer) as (host, asked):
        yield host, asked, drips
        over.set()


@pytest.mark.parametrize("what", DRIPS)
def test_an_answer_that_drips_in_is_given_up(monkeypatch, what):
    monkeypatch.setattr(plugs, "TIMEOUT", 0.2)
    with dripping(*DRIPS[what]) as (host, _, drips):
        with pytest.raises(ValueError, match=r"longer than 0\.2 s"):
            Tasmota(host).read()
        assert len(drips) < ENOUGH


def test_a_plug_that_drips_is_not_asked_in_four_ways(monkeypatch):
    monkeypatch.setattr(plugs, "TIMEOUT", 0.2)
    with dripping(*DRIPS["a header"]) as (host, asked, _), pytest.raises(ValueError, match="longer than"):
        Shelly(host).read()
    assert len(asked) == 1


@pytest.mark.parametrize(("interim", "taken"), [(5, True), (6, False), (10_000, False)])
def test_five_interim_answers_are_enough(interim, taken):
    def answer(handler):
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * interim)
            reply(handler, 200, json.dumps(TASMOTA[handler.path]).encode())

    with server(answer) as (host, _):
        if taken:
            assert Tasmota(host).read() == 20.0
        else:
            with pytest.raises(ValueError, match="more than 5 interim answers"):
                Tasmota(host).read()


def test_the_thread_that_asks_ends_with_the_meter(monkeypatch):
    monkeypatch.setattr(plugs, "TIMEOUT", 0.2)
    with dripping(*DRIPS["headers"]) as (host, asked, drips):
        meter = Meter([Tasmota(host, every=0.01, name="slow plug")])
        meter.start()
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "greenlatent slow plug"]
        while not drips:
            assert thread.is_alive()
        meter.stop()
        thread.join()
        assert len(drips) < ENOUGH and len(asked) >= 1


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
