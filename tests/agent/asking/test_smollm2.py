"""A real language model, SmolLM2-135M by llama.cpp on this machine: what it can, and that it is not believed."""

import pytest

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.asking import reply, trial
from greenlatent.agent.asking.llm import Llm
from greenlatent.agent.asking.powers import TOKENS, ask, request
from greenlatent.agent.asking.wire import CalledOff, Stop, TooLong
from greenlatent.run import Run
from greenlatent.training.trainer import Trainer

from ...parts import net
from ..test_agent import noisy
from .smollm2 import served

pytestmark = pytest.mark.whole
LABELS = reply.Allowed(tuple(f"G{k}" for k in range(1, 5)), trial.LABELS)


@pytest.fixture(scope="module")
def url():
    with served() as url:
        yield url


@pytest.fixture(scope="module")
def name(url):
    return transport(url).ask("models", "/models", None, Stop())["data"][0]["id"]


def transport(url):
    return Llm(url, seconds=120).transport(lambda host: False)


@pytest.mark.slow
def test_it_is_examined_and_comes_out_as_one_that_may_only_remark(url, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    train, valid = noisy()
    meter = gl.Meter(calibration=False)
    run = Run(
        Trainer(net(), train, valid=valid, latent="encoder", batch_size=64, threads=1, meter=meter), meter
    )
    agent = Agent(run, llm=gl.Llm(url, seconds=120))
    assert agent._table.thread.wait(300)
    run.runner.call(lambda: None)
    powers = agent._table.powers
    assert (powers.tools, powers.schema, powers.image) == (False, True, False) and powers.context == 4096
    assert powers.score < 3 and agent._table.name == "SmolLM2-135M-Instruct.Q4_1"
    for level in ("act", "alone"):
        assert f"answered {powers.score} of 8" in agent.levels[level]
    assert agent._spent.calls == 12
    counted = "RAPL" in meter.sources
    assert counted or (agent.cost.value > 5 and "model" in agent.cost.badges)
    calls = agent._spent.calls
    agent.llm = gl.Llm(url)
    assert agent._table.thread.wait(300)
    run.runner.call(lambda: None)
    assert agent._table.powers == powers and agent._spent.calls == calls + 1, (
        "kept: only its name is asked for"
    )
    run.close()


@pytest.mark.slow
def test_19_of_20_answers_fit_the_schema_and_end_in_time(url, name):
    wire, fits = transport(url), 0
    for question in trial.questions(20):
        messages = [{"role": "system", "content": trial.SYSTEM}, *ask(question.text)]

        def exchange(about, content):
            answer = wire.ask(about, "/chat/completions", content, Stop())
            assert answer["usage"]["completion_tokens"] <= TOKENS
            return answer

        try:
            fits += bool(trial.answered(exchange, "test", name, "B", messages, LABELS))
        except reply.Unfit:
            continue
    assert fits >= 19


def test_a_question_that_is_called_off_leaves_the_server_free(url, name):
    import threading

    wire, stop, over = transport(url), Stop(), []
    content = request(name, ask("Tell a very long story."))

    def work():
        with pytest.raises(CalledOff):
            wire.ask("test", "/chat/completions", content, stop)
        over.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    while not wire.requests:  # the request itself is waited for
        thread.join(0.01)
    stop.call()
    thread.join(30)
    assert over
    short = {**request(name, ask("Hello")), "max_tokens": 1}
    assert wire.ask("test", "/chat/completions", short, Stop())["choices"]


def test_a_prompt_that_is_longer_than_its_context_is_told_apart(name):
    with served(256) as small, pytest.raises(TooLong, match="context"):
        transport(small).ask("test", "/chat/completions", request(name, ask("word " * 2000)), Stop())
