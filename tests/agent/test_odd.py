"""What goes wrong around an agent, told in words while training goes on."""

import json
import time

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.rules import EVERY, PATIENCE, Look, Plateau
from greenlatent.agent.words import advice
from greenlatent.edits import Drop
from greenlatent.run import Run
from greenlatent.training.trainer import Trainer

from ..parts import linear_net, net
from .test_agent import by_agent, made, noisy, plain


def run_of(x, y, *, classes=4, batch=8):
    meter = gl.Meter()
    train = gl.Samples(x.astype("f4"), y)
    return Run(
        Trainer(
            linear_net(x.shape[1], classes=classes),
            train,
            latent="0",
            batch_size=batch,
            threads=1,
            meter=meter,
        ),
        meter,
    )


def test_a_clock_that_jumps_changes_no_decision(monkeypatch):
    told = []
    for jumps in (False, True):
        run = plain()
        Agent(run, level="alone")
        run.step(100)
        with monkeypatch.context() as patch:
            if jumps:
                patch.setattr("time.time", lambda now=time.time: now() - 3600)
            run.step(80)
        told.append([(e.step, e.edit, e.by) for e in run.journal if e.edit is not None])
        assert not run.failures
        run.close()
    assert told[0] == told[1] and told[0]


def test_a_session_that_is_gone_on_with_elsewhere_keeps_its_record_and_that_is_told(tmp_path):
    lab = made(tmp_path)
    agent = lab.agent()
    lab.step(60)
    lab.save()
    train, valid = noisy()
    other = gl.Lab.load(tmp_path / "run", net(), train, valid=valid)
    other.journal.add(Drop([1]), by="human")
    path = tmp_path / "run" / "proposals.jsonl"
    before = path.read_bytes()
    agent.level = "explain"
    assert path.read_bytes() == before, "two write no record together"
    assert any("record of proposals could not be written" in str(failure) for failure in lab.run.failures)
    assert list(agent.record)[-1]["reason"] == "The level is explain now."
    assert other.agent("explain").level == "explain" and len(path.read_bytes()) > len(before)
    assert json.loads(path.read_text().splitlines()[-1])["reason"] == "The level is explain now."
    lab.close()
    other.close()


def test_three_hundred_classes_and_two_samples_stop_nothing():
    rng = np.random.default_rng(0)
    many = run_of(rng.normal(size=(900, 6)), np.arange(900) % 300, classes=300, batch=64)
    agent = Agent(many, level="alone")
    many.step(120)
    assert not many.failures and not many.journal.active and len(agent.explain([0, 1])) < 2000
    many.close()
    few = run_of(rng.normal(size=(2, 6)), np.array([0, 1]))
    agent = Agent(few, level="alone")
    few.step(120)
    assert not few.failures and not few.journal.active and agent.suspects(5) is not None
    few.close()


def test_where_all_but_one_class_is_left_out_it_leaves_out_no_more():
    run = plain()
    agent = Agent(run, level="alone")
    y = run.trainer.train.y.numpy()
    run.journal.add(Drop(np.flatnonzero(y != 3).tolist()), by="human")
    run.step(200)
    assert not run.failures
    assert not [event for event in run.journal.active if event.by == "agent" and isinstance(event.edit, Drop)]
    assert str(agent.look())
    run.close()


def test_two_agents_on_one_run_share_its_journal_and_neither_undoes_what_a_person_did():
    run = plain()
    one, two = Agent(run, level="alone"), Agent(run, level="alone")
    run.journal.add(Drop([0, 1]), by="human")
    run.step(300)
    assert not run.failures
    out = [
        (event.step, i)
        for event in run.journal.active
        if isinstance(event.edit, Drop)
        for i in event.edit.ids
    ]
    assert len(out) == len(set(out)), "what one left out the other does not leave out again"
    total = len(by_agent(run))
    assert one.undo() == total > 0 and two.undo() == 0
    (left,) = run.journal.active
    assert left.by == "human"
    run.close()


@pytest.mark.parametrize("way", ["mute", "undo"])
def test_an_edit_of_its_own_that_is_taken_back_alone_is_noted_with_who_did_it(way):
    lab = made()
    agent = lab.agent("alone")
    lab.step(200)
    last = by_agent(lab)[-1]
    if way == "mute":
        lab.run.change(lab.journal.mute, n=last.n, by="human")
    else:
        lab.run.undo(by="human")
    lab.runner.call(lambda: None)
    (line,) = [line for line in agent.record if line["state"] == "taken back"]
    assert line["journal"] == [last.n] and line["decided_by"] == "human"
    lab.close()


def test_advice_without_a_number_says_that_nobody_tried_it():
    fits = Look(400, 1000, 0.99, np.zeros(0, int), 0.0)
    flat, wild = Plateau(), Plateau()
    for _ in range(PATIENCE // EVERY + 3):
        flat.take(97.0)
    for value in (90.0, 80.0, 91.0, 79.0, 92.0):
        wild.take(value)
    (smaller,) = advice(fits, flat)
    (lower,) = advice(fits, wild)
    assert "a smaller net" in smaller and "a lower rate" in lower
    assert all("Nobody has tried that here" in told for told in (smaller, lower))
    assert advice(Look(400, 1000, 0.7, np.zeros(0, int), 0.0), flat) == [] == advice(fits, Plateau())


def test_labels_that_are_missing_but_for_two_stop_nothing():
    y = np.r_[np.full(38, -1), 0, 1]
    run = run_of(np.random.default_rng(1).normal(size=(40, 4)), y)
    agent = Agent(run, level="alone")
    run.step(150)
    assert not run.failures and torch.equal(run.trainer.upcoming.y, run.trainer.train.y)
    assert "trained" not in agent.note
    run.close()
