"""The agent's tools over MCP: on this machine only, with a token, and what they propose is a card."""

import asyncio
import http.client
import json
import re
import shlex

import pytest

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.allowance import A_SECOND, AT_ONCE, Allowance, refusal
from greenlatent.agent.mcp import Serving, server_of

from .test_agent import made, plain

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def run():
    run = plain()
    run.step(200)
    yield run
    run.close()


@pytest.fixture
def agent(run):
    agent = Agent(run, level="explain")
    yield agent
    for card in agent.pending:
        agent.reject(card)


def called(agent, *calls, name="Claude Code\u202e"):
    """What these tools say, one after the other, to a client of this name: (is it an error, its text)."""
    from mcp import Client
    from mcp.types import Implementation

    async def work():
        found = []
        info = Implementation(name=name, version="1")
        async with Client(server_of(agent), client_info=info) as client:
            for tool, arguments in calls:
                result = await client.call_tool(tool, arguments)
                content = result.content[0]
                found.append((result.is_error, getattr(content, "text", None) or content))
        return found

    return asyncio.run(work())


def test_each_tool_says_whether_it_only_reads(agent):
    from mcp import Client

    async def work():
        async with Client(server_of(agent)) as client:
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in asyncio.run(work())}
    assert set(tools) == {"overview", "picture", "explain", "propose", "result"}
    assert all(
        tools[name].annotations.read_only_hint for name in ("overview", "picture", "explain", "result")
    )
    assert tools["propose"].annotations.destructive_hint and not tools["propose"].annotations.read_only_hint


def test_overview_picture_and_explain_are_what_the_agent_sees(agent):
    import base64

    overview, picture, told = called(agent, ("overview", {}), ("picture", {}), ("explain", {"ids": [3, 4]}))
    assert overview[1].splitlines()[:2] == str(agent.look()).splitlines()[:2] and "G1:" in overview[1]
    assert told == (False, agent.explain([3, 4]))
    assert base64.b64decode(picture[1].data).startswith(b"\x89PNG")


def test_a_proposal_is_a_card_by_the_clients_name_at_any_level(run, agent):
    before = len(run.journal)
    _, (failed, said) = called(
        agent,
        ("overview", {}),
        ("propose", {"kind": "relabel", "handle": "G1", "label": "7", "reason": "<b>look</b>\nlike sevens"}),
    )
    assert not failed and len(run.journal) == before
    (card,) = agent.pending
    assert card.by == card.said_by == "Claude Code" and card.remark == "<b>look</b> like sevens"
    assert card.label == "7" and card.ids == agent.look().groups[0].ids
    ((_, waits),) = called(agent, ("result", {"id": "nobody"}))
    assert "no such card" in waits
    assert said.startswith(card.id)
    run.step(100)
    assert agent.pending == [card], "it does not expire by itself"
    agent.accept(card)
    assert len(run.journal) == before + 1


def test_what_became_of_it_is_told():
    run = plain()
    agent = Agent(run)
    run.step(20)
    from greenlatent.agent.mcp import Tools

    tools = Tools(agent)
    ident = tools.propose("drop", "wrong", "it", ids=[1, 2]).split(":")[0]
    assert "waits for an answer" in tools.result(ident)
    agent.reject(next(card for card in agent.pending if card.id == ident))
    assert "it was rejected" in tools.result(ident)
    run.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"kind": "relabel", "ids": [1], "label": "banana"}, 'label "banana" is no class; give one of "0"'),
        ({"kind": "relabel", "ids": []}, "give 1 to 2,000 samples"),
        ({"kind": "relabel", "handle": "G77", "label": "3"}, "there is no G77"),
        ({"kind": "drop", "ids": [-1]}, "count from 0"),
        ({"kind": "drop", "ids": [10**9]}, "count from 0"),
        ({"kind": "drop", "ids": list(range(1000)) * 3}, "give 1 to 2,000"),
        ({"kind": "weigh", "ids": [1]}, "takes a weight"),
        ({"kind": "weigh", "ids": [1], "weight": -4}, "-4"),
    ],
)
def test_what_will_not_do_is_told_in_our_words(agent, arguments, told):
    ((failed, said),) = called(agent, ("propose", {"reason": "so", **arguments}))
    assert failed and told in said and agent.pending == []


def test_proposals_keep_within_the_calls_that_are_allowed(run):
    agent = Agent(run, level="explain", limits=gl.Limits(calls=1))
    twice = ("propose", {"kind": "stop", "reason": "enough"})
    (first, _), (second, said) = called(agent, twice, twice)
    assert not first and second and "1 of 1 calls are made" in said
    for card in agent.pending:
        agent.reject(card)


# Over HTTP

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "overview", "arguments": {}},
}


def sent(serving, asked=HELLO, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=30)
    given = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {serving.token}",
        **headers,
    }
    body = json.dumps(asked)
    connection.request("POST", "/mcp", body, {name: value for name, value in given.items() if value})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.fixture
def serving(agent):
    serving = Serving(agent)
    yield serving
    serving.close()


def test_without_the_token_from_another_page_or_under_another_name_nothing_is_told(serving):
    status, text = sent(serving)
    assert status == 200 and "Data: 1,258 samples" in text
    for headers, refused in (
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": serving.token}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
    ):
        status, text = sent(serving, **headers)
        assert status == refused and "Data:" not in text, headers


def test_of_a_flood_of_calls_some_are_answered_and_the_rest_told_to_wait(agent, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("greenlatent.agent.mcp.Allowance", lambda: Allowance(lambda: now[0]))
    serving = Serving(agent)
    asked = {**HELLO, "params": {"name": "result", "arguments": {"id": "nobody"}}}
    try:
        answers = [sent(serving, asked) for _ in range(40)]
        assert [status for status, _ in answers] == [200] * AT_ONCE + [429] * (40 - AT_ONCE)
        assert answers[-1][1].startswith("too many calls: 30 at once, then 5 a second are answered")
        assert sent(serving, asked, Authorization="Bearer wrong")[0] == 401, "who has no token spends nothing"
        now[0] += 1.0
        assert [sent(serving, asked)[0] for _ in range(7)] == [200] * 5 + [429] * 2
        now[0] += 1000.0
        assert [sent(serving, asked)[0] for _ in range(32)].count(200) == AT_ONCE, (
            "a rest is no credit for more"
        )
    finally:
        serving.close()


def test_who_has_to_wait_is_told_how_long():
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.wait() for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert allowance.wait() == pytest.approx(1 / A_SECOND)
    assert refusal(0.1)[0] == 1 and refusal(2.5)[0] == 3


def test_the_lines_to_paste_hold_url_and_token(serving):
    assert (
        serving.url in serving.line
        and serving.token in serving.line
        and serving.url.startswith("http://127.0.0.1:")
    )
    assert json.loads(serving.settings)["mcp_servers"][0]["url"] == serving.url
    assert serving.line in str(serving) and serving.token not in repr(serving)


def from_terminal(serving):
    """Address and headers as a shell would hand them on from the line for Claude Code."""
    words = shlex.split(serving.line)
    assert words[:3] == ["claude", "mcp", "add"] and words[words.index("--transport") + 1] == "http"
    name, _, value = words[words.index("--header") + 1].partition(": ")
    return words[words.index("greenlatent") + 1], {name: value}


def from_settings(serving):
    """The same from the file for Jupyter AI."""
    (server,) = json.loads(serving.settings)["mcp_servers"]
    assert server["type"] == "http"
    return server["url"], {header["name"]: header["value"] for header in server["headers"]}


@pytest.mark.parametrize("read", [from_terminal, from_settings])
def test_a_client_of_the_protocol_gets_in_by_what_is_pasted_and_its_proposal_is_a_card(agent, serving, read):
    from mcp import Client
    from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

    url, headers = read(serving)

    async def work():
        async with (
            create_mcp_http_client(headers=headers) as carries,
            Client(streamable_http_client(url, http_client=carries)) as client,
        ):
            tools = {tool.name for tool in (await client.list_tools()).tools}
            told = await client.call_tool("overview", {})
            put = await client.call_tool(
                "propose", {"kind": "drop", "handle": "G1", "reason": "they look wrong"}
            )
            return tools, told.content[0].text, put

    tools, told, put = asyncio.run(work())
    assert tools == {"overview", "picture", "explain", "propose", "result"}
    assert "Data: 1,258 samples" in told and not put.is_error
    (card,) = agent.pending
    assert card.kind == "drop" and put.content[0].text.startswith(card.id)


def test_it_ends_with_the_lab():
    lab = made()
    serving = lab.agent().serve()
    assert sent(serving)[0] == 200
    lab.close()
    with pytest.raises(OSError):
        sent(serving)
    with pytest.raises(RuntimeError, match="closed"):
        lab._dashboard.panels.agent.serve()


def test_a_port_that_is_none_is_refused(agent):
    for port in (-1, 70_000, "80", True):
        with pytest.raises(ValueError, match="give 0 for any that is free"):
            agent.serve(port)


def test_a_port_that_is_taken_is_told_and_ends_nothing(agent):
    import socket

    with (
        socket.create_server(("127.0.0.1", 0)) as busy,
        pytest.raises(OSError, match=r"cannot be had.*give 0"),
    ):
        agent.serve(busy.getsockname()[1])


def test_without_the_package_it_says_which_is_missing(agent, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    with pytest.raises(ImportError, match=re.escape('pip install "greenlatent[mcp]"')):
        agent.serve()
