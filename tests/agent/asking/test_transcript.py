"""Exchanges kept in a file and played again: no key is in it, and a disk that is full ends nothing."""

import json

import pytest

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.asking.transcript import read

from ..test_agent import plain
from ..test_seated import a_group, met, settle
from .scripted import Scripted


def test_what_was_recorded_is_played_again_and_comes_out_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", "very-secret")
    path, cards = tmp_path / "t.jsonl", []
    for llm in (Scripted(a_group, record=path, key="MY_KEY"), None):
        run = plain()
        agent = Agent(run, llm=llm or gl.Llm.recorded(path))
        met(agent)
        assert agent._table.score == 8
        run.step(65)
        settle(agent)
        run.step(20)
        settle(agent)
        cards.append([(card.kind, card.ids, card.remark) for card in agent.pending])
        run.close()
    assert cards[0] == cards[1] and cards[0]
    assert "very-secret" not in path.read_text() and str(tmp_path) not in path.read_text()


def test_a_transcript_that_has_no_more_answers_says_so(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"greenlatent": "transcript", "v": 1}\n')
    run = plain()
    agent = Agent(run, llm=gl.Llm.recorded(path))
    settle(agent)
    assert "no more answers about models" in agent.note and agent._table.score is None
    assert repr(agent.llm) == "Llm.recorded(...)"
    run.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"greenlatent": "transcript", "v": 9}',
        '{"greenlatent": "transcript", "v": 1}\n[]',
        "[" * 50_000,
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path, text):
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match="record=path"):
        gl.Llm.recorded(path)


def test_what_is_there_already_is_gone_on_with_if_it_is_a_transcript_and_left_alone_else(tmp_path):
    path, thesis = tmp_path / "t.jsonl", tmp_path / "thesis.txt"
    run = plain()
    met(Agent(run, llm=Scripted(a_group, record=path)))
    run.close()
    before = len(read(path))
    gl.Llm("http://127.0.0.1:9/v1", record=path).recorder.note("remark", {}, "so it is", "", None)
    assert len(read(path)) == before + 1 > 10
    assert path.read_text().count('"greenlatent"') == 1, "one head"
    thesis.write_text("mine")
    with pytest.raises(ValueError, match="is no transcript"):
        gl.Llm("http://127.0.0.1:9/v1", record=thesis)
    assert thesis.read_text() == "mine"
    for nowhere in (tmp_path, tmp_path / "no folder" / "t.jsonl"):
        with pytest.raises(ValueError, match="a file in a folder that is there"):
            gl.Llm("http://127.0.0.1:9/v1", record=nowhere)


def test_a_disk_that_is_full_ends_the_record_and_nothing_else_and_that_is_told(tmp_path):
    run = plain()
    gone = tmp_path / "gone"
    gone.mkdir()
    agent = Agent(run, llm=Scripted(a_group, record=gone / "t.jsonl"))
    gone.rmdir()
    agent.level = "suggest"
    met(agent)
    assert agent._table.score == 8 and "could not be written" in agent.llm.recorder.failed
    agent.llm = None
    assert "No model" in agent.note
    run.close()


def test_failures_are_kept_too(tmp_path):
    from greenlatent.agent.asking.wire import Failed

    path = tmp_path / "t.jsonl"
    run = plain()
    agent = Agent(run, llm=Scripted(lambda content: Failed("it is gone"), record=path))
    met(agent)
    run.step(100)
    settle(agent)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert "it is gone" in [line.get("failed") for line in lines]
    run.close()
