"""What it takes to tell and ask a model: `python -m tests.benchmarks.asking [telling] [training] [smollm2]`."""

from __future__ import annotations

import statistics
import sys
import threading
import time

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.asking import reply, trial
from greenlatent.agent.asking.drawing import draw
from greenlatent.agent.asking.powers import ask, request
from greenlatent.agent.asking.wire import CalledOff, Stop
from greenlatent.run import Run
from greenlatent.training.trainer import Trainer
from tests.agent.asking.scripted import Scripted
from tests.agent.asking.serving import choice
from tests.agent.asking.smollm2 import served
from tests.benchmarks import judge

SIZES = ((1000, 16, 10, 20.0), (6000, 256, 100, 60.0), (100_000, 16, 10, 300.0))
LABELS = reply.Allowed(tuple(f"G{k}" for k in range(1, 5)), trial.LABELS)


def made(n: int, dims: int, classes: int, batch: int = 512) -> Run:
    """A run on clusters that overlap, of whose labels a tenth is wrong."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % classes
    x = (rng.normal(size=(classes, 20))[y] * 1.5 + rng.normal(size=(n, 20))).astype(np.float32)
    y = np.where(rng.random(n) < 0.1, rng.integers(0, classes, n), y)
    train = gl.Samples(x, y, classes=[f"a class of a long name, {k}" for k in range(classes)])
    net = nn.Sequential(nn.Linear(20, dims), nn.ReLU(), nn.Linear(dims, classes))
    meter = gl.Meter(calibration=False)
    return Run(Trainer(net, train, latent="0", batch_size=batch, threads=1, meter=meter), meter)


def telling() -> None:
    for n, dims, classes, most in SIZES:
        run = made(n, dims, classes)
        agent = Agent(run)
        run.step(max(60, 3 * n // 512))
        found = run.suggester.suggest(8)
        milliseconds = []
        for _ in range(9):
            told, took = run.runner.call(lambda agent=agent, found=found: _timed(agent, found))
            milliseconds.append(1000 * took)
        name = f"{n:,} x {dims}, {classes} classes"
        judge(f"digest of {name}", statistics.median(milliseconds), most, unit=" ms")
        judge(f"its letters, {name}", len(str(told)), 2400 if classes <= 10 else 4000)
        run.close()
    for dims in (16, 256):
        latents, given = torch.randn(10_000, dims), np.arange(10_000) % 10
        seconds = []
        for _ in range(9):
            begun = time.perf_counter()
            draw(latents, given, [range(40)] * 8)
            seconds.append(time.perf_counter() - begun)
        judge(f"picture of 10,000 x {dims}", 1000 * statistics.median(seconds), 50, unit=" ms")


def _timed(agent: Agent, found) -> tuple:
    """A digest, and the processor seconds that it took of the thread that trains."""
    begun = time.thread_time()
    told = agent._digest(found)
    return told, time.thread_time() - begun


def training() -> None:
    """Processor time a step of this whole process while a model is being asked, against the same without one."""
    ratios = []
    for _ in range(7):
        waits = threading.Event()

        def chooses(content, waits=waits):
            waits.wait(60)
            return choice()

        each = []
        for llm in (Scripted(chooses), None):
            run = made(2000, 16, 10, 32)
            agent = Agent(run, llm=llm)
            if llm is not None:
                agent._table.thread.wait()
            run.step(200)  # the question is on its way from here on
            begun = time.process_time()
            run.step(1000)
            each.append(time.process_time() - begun)
            agent.cancel()
            waits.set()
            run.close()
        ratios.append(each[0] / each[1])
    judge("processor time a step while a model is asked, of without", statistics.median(ratios), 1.05)


def smollm2() -> None:
    with served() as url:
        run = made(1000, 16, 10)
        begun = time.perf_counter()
        agent = Agent(run, llm=gl.Llm(url, seconds=120), limits=gl.Limits(calls=200))
        agent._table.thread.wait()
        run.runner.call(lambda: None)
        judge("SmolLM2: probes and trial", time.perf_counter() - begun, 40, unit=" s")
        print(f"      {agent._table.powers}, {agent._table.score} of 8 right, {agent.cost}", flush=True)
        wire, name = agent._table._transport, agent._table._name
        fits, seconds = 0, []
        for question in trial.questions(20):
            messages = [{"role": "system", "content": trial.SYSTEM}, *ask(question.text)]
            begun = time.perf_counter()
            try:
                trial.answered(
                    lambda about, content: wire.ask(about, "/chat/completions", content, Stop()),
                    *("bench", name, "B", messages, LABELS),
                )
                fits += 1
            except reply.Unfit:
                pass
            seconds.append(time.perf_counter() - begun)
        judge("SmolLM2: answers of 20 that fit", fits, 19, least=True)
        print(f"      {statistics.median(seconds):.1f} s an answer", flush=True)
        judge("SmolLM2: a question is called off after", _called_off(wire, name), 0.5, unit=" s")
        run.close()


def _called_off(wire, name: str) -> float:
    stop, over = Stop(), []

    def work() -> None:
        try:
            wire.ask("bench", "/chat/completions", request(name, ask("Tell a very long story.")), stop)
        except CalledOff:
            over.append(time.perf_counter())

    before, thread = wire.requests, threading.Thread(target=work)
    thread.start()
    while wire.requests == before:
        thread.join(0.01)
    begun = time.perf_counter()
    stop.call()
    thread.join()
    return over[0] - begun


def main(parts: tuple[str, ...] = ("telling", "training")) -> None:
    for part in parts:
        {"telling": telling, "training": training, "smollm2": smollm2}[part]()


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ("telling", "training", "smollm2"))
