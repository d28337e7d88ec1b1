"""An agent beside a run: its levels, what it does at borders, what it may use, and how it is taken back."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.agent import LEVELS
from greenlatent.edits import Drop
from greenlatent.energy import Watts
from greenlatent.run import Run
from greenlatent.suggestions.proposal import Proposal
from greenlatent.training.trainer import Trainer

from ..parts import clusters, digit_samples, linear_net, net, same, weights


def noisy(share=0.3, seed=0):
    """Digits of which whole corners of the picture carry another label: a noise that no rule was made for."""
    train, valid = digit_samples()
    y, x = train.y.numpy().copy(), train.view(torch.arange(len(train))).flatten(1).numpy()
    side = x @ np.random.default_rng(seed).normal(size=x.shape[1])
    for label in range(10):
        ids = np.flatnonzero(train.y.numpy() == label)
        worst = ids[np.argsort(side[ids])][: int(share * len(ids))]
        y[worst] = (label + 3) % 10
    return train.take(np.arange(len(train)), y=torch.from_numpy(y)), valid


def made(tmp_path=None, *, wrong=True, **options):
    train, valid = noisy() if wrong else digit_samples()
    meter = gl.Meter([Watts(lambda: 5.0, every=0.01, name="bench")], calibration=False)
    more = {"latent": "encoder", "batch_size": 64, "lr": 3e-3, "threads": 1, **options}
    session = False if tmp_path is None else tmp_path / "run"
    return gl.Lab(net(), train, valid=valid, session=session, meter=meter, **more)


@pytest.fixture
def lab():
    lab = made()
    yield lab
    lab.close()


def plain(wrong=True, **options):
    """A run with no page."""
    train, valid = noisy() if wrong else digit_samples()
    meter = gl.Meter([Watts(lambda: 5.0, every=0.01, name="bench")], calibration=False)
    more = {"latent": "encoder", "batch_size": 64, "lr": 3e-3, "threads": 1, **options}
    return Run(Trainer(net(), train, valid=valid, meter=meter, **more), meter)


def by_agent(lab):
    return [event for event in lab.journal.active if event.by == "agent"]


# Levels


def test_without_an_agent_nothing_of_it_is_loaded_and_nothing_spent(lab):
    lab.step(60)
    assert "agent" not in lab.energy
    code = "import greenlatent, sys; greenlatent.Lab; sys.exit(any('greenlatent.agent' in m for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("level", ["off", "explain"])
def test_off_and_explain_take_not_one_look_while_training(lab, level):
    agent = lab.agent(level)
    lab.step(100)
    assert "agent" not in lab.energy and agent.pending == [] and not by_agent(lab)


def test_a_second_call_changes_what_it_is_given_and_a_level_that_is_none_lists_the_five(lab):
    agent = lab.agent()
    assert agent.level == "suggest" and list(agent.levels) == list(LEVELS)
    assert lab.agent(limits=gl.Limits(edits=3)) is agent and agent.level == "suggest"
    assert agent.limits.edits == 3
    lab.agent("alone")
    assert agent.level == "alone"
    with pytest.raises(ValueError, match="off, explain, suggest, act, alone"):
        agent.level = "bold"
    with pytest.raises(TypeError, match="limits=40 are none"):
        agent.limits = 40


def test_suggest_puts_nothing_in_force_and_shows_one_card_at_a_time(lab):
    agent = lab.agent()
    lab.step(400)
    assert agent.guard and len(agent.pending) <= 1
    assert len(lab.journal.active) == 0


def test_alone_leaves_out_takes_back_and_ends_training_and_all_of_it_can_be_taken_back(lab):
    agent = lab.agent("alone")
    report = lab.step(2500)
    assert report.steps < 2500 and by_agent(lab)
    assert "ended after step" in agent.note and agent.saved.known and agent.saved.value > 0
    assert {type(event.edit).__name__ for event in by_agent(lab)} <= {"Drop", "Weigh"}
    lab.journal.add(gl.Relabel([3], "7"), by="human")
    before = weights(lab.trainer.model)
    count = len(by_agent(lab))
    assert agent.undo() == count and by_agent(lab) == []
    assert agent.undo() == 0
    (event,) = lab.journal.active
    assert event.by == "human" and (lab.trainer.upcoming.weights == lab.trainer.train.weights).all()
    assert same(before, weights(lab.trainer.model)), "weights are not rewound"
    assert "taken back" in {line["state"] for line in agent.record}


def test_on_right_labels_nothing_is_left_out():
    run = plain(wrong=False)
    agent = Agent(run, level="alone")
    run.step(400)
    assert not run.journal.active and not agent.guard and "not reached" in str(agent.look())
    run.close()


def test_two_runs_of_a_seed_are_the_same_watched_or_not_and_a_journal_replays_without_an_agent():
    lab, run = made(), plain()
    lab.agent("alone")
    Agent(run, level="alone")
    lab.start(500)
    assert lab.wait(60)
    for _ in range(50):
        run.step(10)
    told = [
        [(e.n, e.step, e.edit, e.by) for e in j if e.edit is not None] for j in (lab.journal, run.journal)
    ]
    assert told[0] == told[1] and told[0]
    assert same(weights(lab.trainer.model), weights(run.trainer.model))
    again = plain()
    for step, event in run.journal.schedule():
        again.step(step - again.trainer.steps) if step > again.trainer.steps else None
        again.journal.repeat(event)
    again.step(500 - again.trainer.steps)
    assert same(weights(again.trainer.model), weights(run.trainer.model))
    for each in (lab, run, again):
        each.close()


def test_act_waits_until_somebody_watches():
    run = plain()
    agent = Agent(run, level="act")
    run.step(200)
    assert agent.guard and not run.journal.active
    agent.watched = lambda: True
    run.step(100)
    assert run.journal.active and {e.by for e in run.journal.active} == {"agent"}
    run.close()


def test_a_reset_ends_what_was_allowed_and_what_was_open(lab):
    agent = lab.agent()
    lab.step(400)
    agent.suggest()
    lab.trainer.reset()
    assert agent.level == "off" and agent.pending == [] and not agent.guard
    lab.step(100)
    assert not by_agent(lab)


def test_a_closed_run_takes_no_agent_and_its_agent_does_nothing_more(lab):
    agent = lab.agent()
    lab.close()
    for act in (agent.suggest, agent.look, agent.explain):
        with pytest.raises(RuntimeError, match="closed"):
            act()
    with pytest.raises(RuntimeError, match="closed"):
        agent.level = "alone"
    with pytest.raises(RuntimeError, match="closed"):
        made_after = lab.run
        Agent(made_after)


# Cards


def test_a_card_is_accepted_changed_or_rejected_and_not_answered_twice(lab):
    agent = lab.agent()
    lab.step(300)
    cards = agent.suggest(3)
    assert cards and all(card in agent.pending for card in cards)
    relabel = next(card for card in cards if card.kind == "relabel")
    with pytest.raises(ValueError, match="banana"):
        agent.accept(relabel, label="banana")
    assert agent.accept(relabel)
    (event,) = lab.journal.active
    assert event.by == "code" and set(event.edit.ids) == set(relabel.ids)
    with pytest.raises(ValueError, match="is accepted already"):
        agent.accept(relabel)
    with pytest.raises(ValueError, match="not made in this run"):
        agent.accept(Proposal("stop"))
    assert agent.level == "suggest", "no answer changes the level"


def test_some_samples_of_a_card_may_be_accepted_or_left_out(lab):
    agent = lab.agent()
    lab.step(400)
    cards = {card.kind: card for card in agent.suggest(50)}
    group, sheet = cards["relabel"], cards["sort"]
    with pytest.raises(ValueError, match="is not on this card"):
        agent.accept(group, ids=[next(i for i in range(1258) if i not in group.ids)])
    agent.accept(group, ids=group.ids[:2])
    assert lab.journal.active[-1].edit.ids == tuple(sorted(group.ids[:2])), "and no other is renamed"
    wrong = [i for i in sheet.ids if i not in group.ids][:3]
    agent.accept(sheet, ids=wrong)
    affirm, drop = (event.edit for event in lab.journal.active[-2:])
    assert {*drop.ids} == {*wrong} and not {*affirm.ids} & {*wrong}
    other = next(card for card in agent.pending if card.kind == "relabel")
    agent.accept(other, out=True)
    assert isinstance(lab.journal.active[-1].edit, Drop)
    assert [agent.desk.now(card).state for card in (group, sheet, other)] == ["changed"] * 3


def test_what_was_rejected_does_not_come_back_and_three_in_a_row_end_it_until_somebody_asks(lab):
    agent = lab.agent()
    lab.step(300)
    seen = []
    for _ in range(3):
        for open_ in agent.pending:
            agent.reject(open_)
        (card,) = agent.suggest()
        assert not any(
            len(set(card.ids) & ids) >= len(card.ids) / 2 for kind, ids in seen if kind == card.kind
        )
        seen.append((card.kind, set(card.ids)))
        agent._rejects += len(seen) - 1  # asking counts anew
        agent.reject(card)
    lab.step(200)
    assert agent.pending == []
    assert agent.suggest()


def test_nobody_is_shown_a_card_while_a_hand_is_on_the_plot():
    with plain() as run:  # a Lab lets go of a hand once no page has been there for a while
        agent = Agent(run)
        agent.desk.busy = True
        run.step(400)
        assert agent.guard and agent.desk.open == []
        agent.desk.busy = False
        run.step(40)
        assert len(agent.pending) == 1


def test_a_stop_that_is_accepted_ends_training_after_the_step_and_saves_what_was_left(lab):
    agent = lab.agent()
    for value in [90.0] * 20:
        agent._plateau.take(value)
    card = next(card for card in agent.suggest(3) if card.kind == "stop")
    agent.reject(card)
    assert agent.saved.value == 0
    ended = []

    def border():
        if not ended:
            ended.append(lab.trainer.steps)
            put = agent._put(agent._stop_card())
            assert (
                put.saves.known
                and put.saves.badges == {"forecast": 1.0}
                and "steps of your 300" in put.reason
            )
            agent.accept(put)

    lab.trainer.at_epoch(border)
    lab.step(300)
    assert lab.trainer.steps == ended[0] and agent.saved.value > 0
    assert agent.saved.value not in [line.value for line in lab.energy.values()], "a saving is in no ledger"
    stopped = next(outcome for card, outcome in agent.desk.outcomes if card.kind == "stop")
    lab.step(200 - ended[0])
    assert not stopped.numbers, "not all that was left is done"
    lab.step(100)
    assert stopped.numbers["steps"] == 300 - ended[0]
    assert stopped.numbers["saves"] == pytest.approx(agent.saved.value)
    assert stopped.numbers["took"] > 0 and "It went on all the same: forecast" in stopped.text
    (told,) = [line for line in agent.record if line["kind"] == "stop" and line["outcome"]]
    assert told["outcome"] == stopped.numbers, "the record has both, the forecast and the truth"


def test_a_saving_is_held_against_a_control_run_that_is_made_later(lab):
    agent = lab.agent("alone")
    lab.step(2500)
    left = 2500 - lab.trainer.steps
    assert left > 0 and agent.saved.value > 0
    found = lab.control()
    (line,) = [line for line in agent.record if line["reason"].startswith("Held against the control run")]
    assert agent.note == line["reason"] and f"the {left:,} steps not done are" in agent.note
    price = found.joules[1].value * left / found.without[0][-1].step
    assert line["numbers"]["joules"] == pytest.approx(price) and line["numbers"]["steps_not_done"] == left
    assert (line["numbers"]["accuracy"], line["numbers"]["control_accuracy"]) == found.accuracy
    assert "saved" not in lab.energy, "and no ledger has it"


def test_an_epoch_after_a_card_was_accepted_its_record_says_what_that_led_to(lab):
    agent = lab.agent()
    lab.step(300)
    card = next(card for card in agent.suggest(5) if card.kind == "relabel")
    agent.accept(card)
    for other in agent.pending:
        agent.reject(other)
    lab.step(60)
    told = [line for line in agent.record if line["id"] == card.id]
    assert [line["state"] for line in told] == ["shown", "accepted", "accepted"]
    assert told[1]["outcome"] is None and told[2]["outcome"]["samples"] == len(card.ids)
    assert told[2]["outcome"]["steps"] >= 20 and 0 <= told[2]["outcome"]["seen_so"] <= len(card.ids)


# Limits, record, cost


def test_at_a_limit_it_only_suggests_and_says_why(lab):
    agent = lab.agent("alone", limits=gl.Limits(share=0.01))
    lab.step(300)
    assert agent.level == "suggest" and "over the 1% allowed" in agent.note and not by_agent(lab)
    agent.limits = gl.Limits(edits=1)
    agent.level = "alone"
    lab.step(300)
    assert len(by_agent(lab)) <= 1 and agent.level == "suggest"


def test_joules_that_cannot_be_kept_let_it_look_no_more(lab):
    agent = lab.agent("alone", limits=gl.Limits(joules=1e-9))
    lab.step(100)
    assert agent.level != "alone" and not by_agent(lab)


def test_looks_are_booked_and_count_in_the_budget(lab):
    agent = lab.agent()
    lab.step(200)
    lab.meter.stop()
    assert agent.cost.value > 0 and lab.energy["agent"] == agent.cost and "of training" in repr(agent)


def test_the_record_goes_with_the_session_and_a_damaged_end_is_set_aside(tmp_path):
    lab = made(tmp_path)
    agent = lab.agent("alone")
    lab.step(400)
    lab.save()
    lines = len(agent.record)
    assert lines >= 3 and len(agent.record.to_frame()) == lines
    pack = lab.hand_in(tmp_path / "mine.zip")
    whole = lab.save(tmp_path / "whole.zip")
    lab.close()
    from zipfile import ZipFile

    for each in (pack, whole):
        assert "proposals.jsonl" in ZipFile(each).namelist()
    path = tmp_path / "run" / "proposals.jsonl"
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(told) == lines and str(tmp_path) not in path.read_text()
    assert {event["state"] for event in told} >= {"done"} and told[0]["decided_by"]
    with path.open("ab") as file:
        file.write(b'{"half')
    train, valid = noisy()
    later = gl.Lab.load(tmp_path / "run", net(), train, valid=valid)
    other = later.agent()
    assert len(other.record) == lines + 1
    assert path.with_name("proposals.jsonl.damaged").read_bytes() == b'{"half'
    assert len(path.read_text().splitlines()) == lines + 1
    later.close()


def test_a_record_that_cannot_be_written_is_told_and_kept_in_memory(tmp_path, monkeypatch):
    lab = made(tmp_path)
    agent = lab.agent()
    monkeypatch.setattr(agent.record, "_write", lambda line: (_ for _ in ()).throw(OSError("disk full")))
    agent.level = "alone"
    assert any("disk full" in str(failure) for failure in lab.run.failures) and len(agent.record) >= 2
    lab.step(60)
    lab.close()


# Words and odd data


def test_samples_are_explained_in_words_and_a_long_name_is_cut(lab):
    agent = lab.agent("explain")
    lab.step(200)
    ids = agent.suspects(3)
    told = agent.explain(ids)
    assert "labelled" in told and "neighbours" in told and "forgotten" in told
    assert str(agent.look().guard) == agent.explain([])
    lab.selection = ids
    assert agent.explain() == told
    with pytest.raises(ValueError, match="no sample 99999"):
        agent.explain([99999])


@pytest.mark.parametrize("classes", [["<b>x</b>", "y" * 10_000, "z"], ["a", "b", "c"]])
def test_names_of_any_kind_make_no_difference(classes):
    base = clusters()
    train = gl.Samples(base.view(torch.arange(60)).numpy(), base.y.numpy(), classes=classes)
    run = Run(Trainer(linear_net(), train, latent="0", batch_size=8, threads=1, meter=(m := gl.Meter())), m)
    agent = Agent(run, level="alone")
    run.step(120)
    assert len(agent.explain([0, 1])) < 2000
    run.close()


@pytest.mark.parametrize(
    "y",
    [
        np.linspace(0, 1, 40).astype("f4"),
        np.zeros(40, int),
        np.r_[np.full(38, -1), 0, 1],
        np.arange(40) % 2 * 3,
        np.random.default_rng(0).integers(0, 4, 40),
    ],
    ids=["numbers", "one class", "two labels", "gaps", "all wrong"],
)
def test_odd_labels_stop_neither_training_nor_the_agent(y):
    x = np.random.default_rng(1).normal(size=(40, 4)).astype("f4")
    train = gl.Samples(x, y)
    loss = (lambda out, y: (out[:, 0] - y) ** 2) if train.regression else None
    meter = gl.Meter()
    trainer = Trainer(
        linear_net(classes=4), train, latent="0", batch_size=8, threads=1, loss=loss, meter=meter
    )
    run = Run(trainer, meter)
    agent = Agent(run, level="alone")
    run.step(150)
    assert not run.failures
    if agent.levels["act"]:
        with pytest.raises(ValueError, match="locked"):
            agent.level = "act"
        with pytest.raises(ValueError, match="nothing to say"):
            agent.explain([0])
    run.close()


def test_what_fails_in_the_agent_is_told_and_training_goes_on(lab, monkeypatch):
    agent = lab.agent("alone")
    monkeypatch.setattr(agent, "_value", lambda: 1 / 0)
    assert lab.step(200).steps == 200
    assert any("division by zero" in str(failure) for failure in lab.run.failures)
