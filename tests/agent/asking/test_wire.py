"""One request: each way in which a server can fail is told in words, costs one request, and ends in time."""

import json
import socket
import ssl
import threading
import time

import pytest

from greenlatent.agent.asking.wire import (
    LARGEST,
    Address,
    CalledOff,
    Failed,
    Held,
    Refused,
    Stop,
    TooLong,
    Wire,
)

from .serving import http, said, serving

CHAT = {"messages": [{"role": "user", "content": "hello"}]}


def wire(url, seconds=20.0, **options):
    return Wire(Address.of(url), seconds, options.pop("allowed", lambda host: False), **options)


def asked(url, **options):
    return wire(url, **options).ask("test", "/chat/completions", CHAT, Stop())


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            http('{"error": {"message": "wrong key"}}', "401 Unauthorized"),
            r"refused \(401: wrong key\).*Llm\(key=\)",
        ),
        (http("not here", "404 Not Found"), "404.*the path of the url"),
        (http("{}", "429 Too Many Requests"), "429.*ask less often"),
        (http("{}", "429 Too Many Requests", Retry_After="31"), "429"),
        (http("{}", "429 Too Many Requests", Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), "429"),
        (http("{}", "500 Internal Server Error"), "500.*log"),
        (http("{", "200 OK"), "no JSON"),
        (http("<!doctype html><p>hello"), "a page, no model"),
        (http('{"object": "error", "message": "no such model"}'), "no such model"),
        (http('{"object":"error"}'), "with an error"),
        (http('{"value": NaN}'), "NaN is no number"),
        (http("[" * 50_000), "no JSON"),
        (http(b'{"text": "\xff"}'), "no UTF-8"),
        (http("{}", "307 Temporary Redirect", Location="http://127.0.0.1:1/"), "not followed"),
        (http("{}", Content_Encoding="gzip"), "compressed"),
        (http(b" " * (LARGEST + 2)), "more than 1,048,576 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{", "broke off"),
        (b"nonsense\r\n\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n", "broke off"),
        (b"", "broke off"),
    ],
)
def test_each_failure_is_told_in_words_and_costs_one_request(answer, told):
    with serving(answer) as served:
        with pytest.raises(Failed, match=told):
            asked(served.url)
        assert len(served.requests) == 1


def test_a_busy_server_is_asked_once_more_after_the_time_that_it_names():
    busy = http("{}", "429 Too Many Requests", Retry_After="0")
    with serving(busy, said("yes")) as served:
        one = wire(served.url)
        one.ask("test", "/chat/completions", CHAT, Stop())
        assert len(served.requests) == one.requests == 2
    with serving(busy) as served:
        with pytest.raises(Failed, match="429"):
            asked(served.url)
        assert len(served.requests) == 2


def test_a_server_that_drips_stalls_or_says_nothing_is_given_up_after_the_time_set():
    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not served.over.wait(0.02):
            connection.sendall(b" ")

    def stall(connection):
        served.over.wait()

    for answer in (drip, stall):
        with serving(answer) as served:
            begun = time.monotonic()
            with pytest.raises(Failed, match=r"within 0\.3 s"):
                asked(served.url, seconds=0.3)
            assert time.monotonic() - begun < 15  # and not until the test ends
            assert len(served.requests) == 1


def test_a_redirect_and_a_proxy_lead_nowhere(monkeypatch):
    with serving(said("never")) as other:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
        for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            with serving(http("", status, Location=other.url)) as served:
                with pytest.raises(Failed, match="not followed"):
                    asked(served.url)
                assert len(served.requests) == 1
        with serving(said("yes")) as served:
            asked(served.url)
        assert other.requests == []


def test_no_server_and_a_wrong_port_are_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Failed, match=f"no server answers at http://127.0.0.1:{port}/v1"):
        asked(f"http://127.0.0.1:{port}")


def test_a_prompt_that_is_too_long_is_told_apart():
    body = json.dumps({"error": {"type": "exceed_context_size_error", "message": "the prompt exceeds 512"}})
    with serving(http(body, "400 Bad Request")) as served, pytest.raises(TooLong, match="exceeds 512"):
        asked(served.url)
    with serving(http("{}", "400 Bad Request")) as served, pytest.raises(Refused) as found:
        asked(served.url)
    assert not isinstance(found.value, TooLong) and found.value.status == 400


@pytest.mark.parametrize("where", ["reading", "retrying"])
def test_a_request_is_called_off_from_another_thread(where):
    stop, over = Stop(), []

    def stall(connection):
        served.over.wait()

    with serving(stall if where == "reading" else http("{}", "429 Busy", Retry_After="30")) as served:

        def work():
            with pytest.raises(CalledOff):
                wire(served.url).ask("test", "/chat/completions", CHAT, stop)
            over.append(True)

        thread = threading.Thread(target=work)
        thread.start()
        served.wait_for(1)
        stop.call()
        thread.join(10)
        assert over and len(served.requests) == 1
        with pytest.raises(CalledOff):
            wire(served.url).ask("test", "/chat/completions", CHAT, stop)
        assert len(served.requests) == 1


class Elsewhere(socket.socket):
    """A connected socket that says it reached another machine."""

    def getpeername(self):
        return ("203.0.113.5", 80)


def test_what_the_socket_says_decides_whether_something_leaves_this_machine(monkeypatch):
    with serving(said("yes")) as served:
        one = wire(served.url)
        assert one.reach(Stop()) and one.loopback
        monkeypatch.setattr(socket, "socket", Elsewhere)
        assert not one.reach(Stop())
        with pytest.raises(Held, match=r"agent\.allow"):
            one.ask("test", "/chat/completions", CHAT, Stop())
        assert served.requests == []
        allowed = wire(served.url, allowed=lambda host: host == "127.0.0.1")
        assert allowed.ask("test", "/chat/completions", CHAT, Stop())
        with pytest.raises(Failed, match="key goes over https or to this machine only"):
            wire(served.url, allowed=lambda host: True, key=lambda: "secret").ask("test", "/", CHAT, Stop())
        assert len(served.requests) == 1


def test_a_key_goes_along_to_this_machine_and_is_in_no_error():
    with serving(http("{}", "401 Unauthorized")) as served:
        with pytest.raises(Failed) as found:
            asked(served.url, key=lambda: "very-secret")
        assert b"Authorization: Bearer very-secret" in served.requests[0] and "secret" not in str(found.value)
        assert b"Accept-Encoding: identity" in served.requests[0]


def test_a_certificate_that_does_not_hold_ends_it():
    with serving(b"no handshake") as served, pytest.raises(Failed):
        asked(served.url.replace("http", "https"), seconds=1)
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("127.0.0.1:8080", "names no http server|cannot be read"),
        ("ftp://here/v1", "names no http server"),
        ("http://", "names no http server"),
        ("http://me:pass@here/v1", "no user and no password"),
        ("http://here:99999/v1", "cannot be read"),
        ("http://here/v1?key=1", "query"),
        ("http://he re/v1", "no spaces"),
        ("http://here/v1\r\nX: y", "no spaces"),
    ],
)
def test_a_url_that_will_not_do_says_what_would(url, told):
    with pytest.raises(ValueError, match=told) as found:
        Address.of(url)
    assert "http://127.0.0.1:8080/v1" in str(found.value) and "pass@" not in str(found.value)
    with pytest.raises(TypeError, match="no text"):
        Address.of(8080)


def test_a_clock_that_jumps_back_or_ahead_ends_a_request_in_time_or_lets_it_be(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)  # the wall clock: nothing asks it
    with serving(said("yes")) as served:
        assert asked(served.url)["choices"]


def test_an_address_without_a_path_means_v1():
    assert str(Address.of("http://localhost:8080/")) == "http://localhost:8080/v1"
    assert str(Address.of("https://[::1]/api/v2/")) == "https://[::1]:443/api/v2"
