"""A model at the agent's table: it chooses among what the rules propose, remarks or holds back, and adds nothing."""

import json
import subprocess
import sys
import threading

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.agent.asking.wire import Failed, TooLong

from .asking.scripted import Scripted
from .asking.serving import choice, completion, http, said, serving
from .test_agent import made, plain


@pytest.fixture
def run():
    run = plain()
    yield run
    run.close()


def met(agent):
    """Wait until the model has been met, and what came of it was taken."""
    settle(agent)
    return agent._table


def settle(agent):
    """Wait until no question is on its way, and its answer was taken."""
    assert agent._table.thread.wait(30)
    agent.run.runner.call(lambda: None)


def seated(run, llm, steps=200, **options):
    """An agent with a model that was met, after so many steps, and every question to it answered."""
    agent = Agent(run, llm=llm, **options)
    met(agent)
    run.step(steps)
    settle(agent)
    return agent


def offered(content):
    """The clauses that a question offers."""
    return content["messages"][1]["content"].split("Offered: ")[1].split("\n")[0]


def a_group(content, which=0):
    """A right answer that relabels one of the groups that are offered, or sorts where there is none."""
    text = offered(content)
    groups = [clause for clause in text.split("; ") if clause.startswith("relabel ")]
    if not groups:
        return choice("sort", "run")
    handle, label = groups[min(which, len(groups) - 1)].removeprefix("relabel ").split(" as ")
    return choice("relabel", handle, label.strip('"'), reason="these look like open eights")


# Choosing


def test_a_model_that_passed_chooses_and_the_card_says_whose_choice_it_is(run):
    llm = Scripted(lambda content: a_group(content, 1))
    agent = seated(run, llm)
    (card,) = agent.pending
    assert card.by == "rules, chosen by Clever-1B" and card.said_by == "Clever-1B"
    assert card.remark in ("these look like open eights", "so")
    assert not run.journal.active, "nothing is in force without an answer"
    line = list(agent.record)[-1]
    assert line["remark"] == card.remark and line["said_by"] == "Clever-1B" and line["by"] == card.by


@pytest.mark.parametrize("score", [0, 6])
def test_below_seven_of_eight_the_rules_choose_and_the_model_only_remarks(run, score):
    llm = Scripted(lambda content: completion("I would <b>stop</b>.\nNow."), score=score)
    agent = seated(run, llm)
    (card,) = agent.pending
    assert card.by == "rules" and card.remark == "I would <b>stop</b>. Now." and card.said_by == "Clever-1B"
    assert f"{score} of 8 trial questions" in agent.note or llm.about("remark")
    assert not llm.about("choose")
    for level in ("act", "alone"):
        with pytest.raises(ValueError, match=f"not with this model, it answered {score} of 8"):
            agent.level = level


def test_seven_may_choose_and_not_act_and_eight_may_act(run):
    agent = seated(run, Scripted(score=7), steps=1)
    assert agent._table.chooses and "7 of 8" in agent.levels["act"] and "7 of 8" in agent.levels["alone"]
    agent.llm = Scripted(score=8, name="Better")
    met(agent)
    assert agent.levels["act"] == agent.levels["alone"] == ""
    agent.level = "alone"
    assert agent.level == "alone"


def test_a_level_in_force_falls_if_a_later_model_has_not_passed(run):
    agent = seated(run, Scripted(score=8), steps=1)
    agent.level = "alone"
    agent.llm = Scripted(score=3, name="Weaker")
    met(agent)
    assert agent.level == "suggest" and "3 of 8" in agent.levels["alone"]
    agent.llm = None
    assert agent.levels["alone"] == ""


def test_a_model_that_holds_back_shows_no_card_and_its_words_are_kept(run):
    agent = seated(run, Scripted(lambda content: choice("hold", reason="wait an epoch")))
    assert agent.pending == [] and not run.journal.active
    assert "holds back" in agent.note or agent._table.score == 8
    held = [line for line in agent.record if line["remark"] == "wait an epoch"]
    assert held and held[0]["kind"] == "note" and held[0]["said_by"] == "Clever-1B"


@pytest.mark.parametrize(
    "answer",
    [
        choice("relabel", "G1", "no such class"),
        choice("relabel", "G99", "3"),
        choice("drop", "run"),
        choice("delete everything"),
        "no object at all",
        completion(choice(), finish="length"),
        completion(None),
        "[" * 50_000,
        choice(reason="y" * 100_000),
    ],
)
def test_what_would_widen_or_does_not_fit_is_told_back_once_and_then_the_rules_choose(run, answer):
    llm = Scripted(lambda content: answer)
    agent = Agent(run, llm=llm)
    met(agent)
    run.step(100)
    settle(agent)
    (card,) = agent.pending
    assert card.by == "rules" and card.remark == "" and not run.journal.active
    first, second = llm.about("choose")[:2]
    assert len(second["messages"]) == len(first["messages"]) + 1
    assert "That cannot count" in second["messages"][-1]["content"]
    assert agent._table.state == "ready", "it answers, if nothing that counts"


def test_the_label_that_a_group_has_is_refused_with_the_one_that_is_offered(run):
    from greenlatent.agent.asking.reply import Pick, Unfit

    agent = Agent(run)
    run.step(200)
    cards = run.runner.call(agent._candidates)
    offer = run.runner.call(lambda: agent._offered(cards))
    handle, card = next(iter(offer.handles.items()))
    with pytest.raises(
        Unfit, match=f'{handle} is labelled "{card.about.given}" already; offered is "{card.label}"'
    ):
        offer.pick(Pick("relabel", handle, card.about.given, "", ""))
    assert offer.pick(Pick("relabel", handle, card.label, "", "")) is card
    assert offer.pick(Pick("hold", "run", "", "", "")) is None
    assert offer.pick(Pick("ask", "run", "", "", "")) is cards[0]


# Failures


def test_three_failures_in_a_row_leave_the_rules_alone_and_are_told_once(run):
    llm = Scripted(lambda content: Failed("it is gone"))
    agent = Agent(run, llm=llm)
    met(agent)
    told = []
    agent.told = lambda: told.append(agent.note)
    for _ in range(8):
        run.step(60)
        settle(agent)
        for card in agent.pending:
            assert card.by == "rules"
            agent.accept(card) if card.kind == "relabel" else agent.reject(card)
            agent._quiet, agent._rejects = -1, 0
    assert len(llm.about("choose")) == 3 and agent._table.state == "gone"
    assert sum("not heard 3 times in a row" in note for note in dict.fromkeys(told)) == 1
    assert agent.levels["alone"] == "", "the rules are alone, and may what rules may"
    agent.llm = llm
    met(agent)
    assert agent._table.state == "ready" and agent._table.failures == 0


def test_no_server_costs_training_nothing_and_is_told_in_words(run):
    agent = Agent(run, llm=gl.Llm("http://127.0.0.1:1/v1"))
    settle(agent)
    assert "no server answers at http://127.0.0.1:1/v1" in agent.note
    assert run.step(100).steps == 100 and not run.failures


def test_a_failure_of_each_kind_at_a_real_server_leaves_training_going_on(run):
    with serving(http('{"object":"error"}')) as served:
        agent = Agent(run, llm=gl.Llm(served.url))
        settle(agent)
        assert "with an error" in agent.note and len(served.requests) == 1
        run.step(200)
        settle(agent)
        assert len(served.requests) <= 3 and agent.pending


def test_a_model_that_vanishes_between_two_calls_and_a_trial_half_done_leave_it_unexamined(run):
    models = http(json.dumps({"data": [{"id": "small"}]}))
    with serving(models, said("hi"), said("hi"), http("gone", "404 Not Found")) as served:
        agent = Agent(run, llm=gl.Llm(served.url))
        settle(agent)
        assert "404" in agent.note and agent._table.score is None
        assert "has not taken its trial" in agent.levels["act"]


def test_a_prompt_that_is_too_long_is_shortened_once(run):
    def chooses(content):
        long = "\nS1:" in content["messages"][1]["content"]
        return TooLong("too long", 400) if long else a_group(content)

    llm = Scripted(chooses)
    agent = seated(run, llm)
    asked = [content["messages"][1]["content"] for content in llm.about("choose")]
    assert "S1:" in asked[0] and "S1:" not in asked[1] and "Axes" not in asked[1]
    assert agent.pending[0].said_by == "Clever-1B"


# While an answer is on its way


class Slow(Scripted):
    """It answers when it is told to; its trial it takes at once."""

    def __init__(self, **options):
        super().__init__(self._wait, **options)
        self.asked_now, self.go = threading.Event(), threading.Event()

    def _wait(self, content):
        self.asked_now.set()
        assert self.go.wait(30)
        return a_group(content)


@pytest.fixture
def waiting(run):
    """An agent whose model is being asked which card it shall be."""
    llm = Slow()
    agent = Agent(run, llm=llm)
    met(agent)
    run.step(200)
    assert llm.asked_now.wait(30) and agent.pending == []
    thread = agent._table.thread
    yield run, agent, llm
    llm.go.set()
    thread.wait(30)


def test_no_step_waits_for_an_answer_and_it_is_taken_when_it_comes(waiting):
    run, agent, llm = waiting
    assert run.step(50).steps == 50 and agent.pending == []
    llm.go.set()
    settle(agent)
    run.step(20)
    settle(agent)
    assert agent.pending


@pytest.mark.parametrize("what", ["reset", "off", "explain", "cancel", "removed"])
def test_a_reset_a_lower_level_and_cancel_drop_an_answer_on_its_way(waiting, what):
    run, agent, llm = waiting
    thread = agent._table.thread
    if what == "reset":
        run.trainer.reset()
    elif what == "cancel":
        agent.cancel()
    elif what == "removed":
        agent.llm = None
    else:
        agent.level = what
    llm.go.set()
    assert thread.wait(30)
    run.runner.call(lambda: None)
    assert not any(card.said_by for card in agent.pending) and not run.journal.active


def test_a_close_drops_an_answer_on_its_way():
    run, llm = plain(), Slow()
    agent = Agent(run, llm=llm)
    met(agent)
    run.step(200)
    assert llm.asked_now.wait(30)
    run.close()
    llm.go.set()
    assert agent._table.thread.wait(30)
    with pytest.raises(RuntimeError, match="closed"):
        agent.llm = llm


def test_what_a_person_affirmed_meanwhile_is_no_more_proposed(waiting):
    run, agent, llm = waiting
    run.journal.add(gl.Affirm(range(len(run.trainer.train))), by="human")
    llm.go.set()
    settle(agent)
    assert agent.pending == [] or all(not card.ids for card in agent.pending)


def test_a_second_agent_has_a_model_of_its_own(waiting):
    run, agent, llm = waiting
    other = Agent(run, level="suggest", llm=Scripted(lambda content: a_group(content)))
    met(other)
    llm.go.set()
    settle(agent)
    run.step(40)
    settle(other)
    assert agent.llm is llm and other.llm is not llm


# Acting with a model


def test_at_alone_a_model_may_hold_a_revision_back_and_lets_it_go_otherwise(run):
    held = Scripted(lambda content: choice("hold"))
    agent = Agent(run, llm=held)
    met(agent)
    agent.level = "alone"
    for _ in range(10):
        run.step(40)
        settle(agent)
    assert agent.guard and not run.journal.active and held.about("choose")
    agent.llm = Scripted(lambda content: choice("drop"), name="Other")
    met(agent)
    agent.level = "alone"
    agent._due = 0
    for _ in range(10):
        run.step(40)
        settle(agent)
    assert [event for event in run.journal.active if event.by == "agent"]


@pytest.mark.parametrize("level", ["off", "explain"])
def test_off_and_explain_ask_a_model_nothing_and_it_is_examined_once_cards_are_wished_for(run, level):
    llm = Scripted()
    agent = Agent(run, level=level, llm=llm)
    settle(agent)
    run.step(100)
    settle(agent)
    assert llm.asked == []
    with pytest.raises(ValueError, match="has not taken its trial"):
        agent.level = "alone"
    agent.level = "suggest"
    met(agent)
    assert agent._table.score == 8


# What leaves this machine


def test_the_first_payload_to_another_host_is_held_and_shown_until_it_is_allowed(run):
    llm = Scripted(a_group, loopback=False, url="https://models.example.org/v1")
    agent = Agent(run, llm=llm)
    settle(agent)
    assert llm.asked == [], "not even its name was asked for"
    held = agent.payload
    assert held.held and held.host == "models.example.org" and "Data: 1,258 samples" in held.text
    assert "Nothing was sent" in agent.note
    run.step(200)
    settle(agent)
    assert llm.asked == [] and agent.pending[0].by == "rules", "the rules go on"
    agent.allow()
    settle(agent)
    assert agent._table.score == 8 and not agent.payload.held
    with pytest.raises(ValueError, match="nothing is held"):
        agent.allow()
    again = Agent(run, llm=Scripted(a_group, loopback=False, url="https://models.example.org/v1"))
    settle(again)
    assert again.payload.held, "it does not stick"


def test_what_was_sent_is_what_is_shown_byte_for_byte(run):
    llm = Scripted(a_group, powers=("schema", "image"))
    agent = seated(run, llm)
    parts = llm.about("choose")[-1]["messages"][1]["content"]
    import base64

    assert parts[0]["text"] in agent.payload.text
    assert base64.b64decode(parts[1]["image_url"]["url"].split(",")[1]) == agent.payload.picture
    assert agent.payload.picture.startswith(b"\x89PNG") and not agent.payload.held


def test_a_model_that_did_not_prove_that_it_sees_is_sent_no_picture(run):
    llm = Scripted(a_group)
    agent = seated(run, llm)
    assert all(isinstance(c["messages"][1]["content"], str) for c in llm.about("choose"))
    assert agent.payload.picture == b""


def test_over_http_to_another_host_nothing_is_done_by_itself(run):
    llm = Scripted(loopback=False, url="http://models.example.org/v1")
    agent = Agent(run, llm=llm)
    settle(agent)
    agent.allow()
    settle(agent)
    assert agent._table.score == 8 and "over http" in agent.levels["act"]
    with pytest.raises(ValueError, match="over http"):
        agent.level = "alone"


# Limits and cost


def test_calls_tokens_and_money_are_reserved_before_a_call_and_at_the_limit_the_rules_are_alone(run):
    for limits, told in (
        (gl.Limits(calls=5), "5 of 5 calls are made"),
        (gl.Limits(tokens=1000), "of 1,000 tokens are used"),
        (gl.Limits(money=1.0), "what a call costs is unknown"),
    ):
        llm = Scripted(loopback=False, url="https://models.example.org/v1")
        agent = Agent(run, llm=llm, limits=limits)
        settle(agent)
        agent.allow()
        settle(agent)
        assert told in agent.note and agent._table.state == "gone"
        assert len(llm.asked) <= 5
    llm = Scripted(loopback=False, url="https://models.example.org/v1", price=(1.0, 1.0))
    agent = Agent(run, llm=llm, limits=gl.Limits(money=1.0))
    settle(agent)
    agent.allow()
    settle(agent)
    assert agent._table.score == 8 and 0 < agent._spent.money < 1


def test_a_limit_of_joules_is_reserved_by_the_dearest_call_so_far(run):
    run.step(60)  # until its meter has read something
    llm = Scripted(loopback=False, url="https://models.example.org/v1", joules=4.0)
    agent = Agent(run, llm=llm, limits=gl.Limits(joules=21.0))
    settle(agent)
    agent.allow()
    settle(agent)
    assert "of 21 J are spent, and the next call could take 4" in agent.note and agent._table.state == "gone"
    assert 1 <= len(llm.asked) <= 5 and agent.cost.value <= 21


def test_it_loads_no_package_that_a_lab_does_not():
    code = (
        "import sys, greenlatent as gl; gl.Lab; import greenlatent.lab.lab\n"
        "def top(): return {m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names\n"
        "before = top(); import greenlatent.agent.agent, greenlatent.agent.asking.seat; gl.Llm; gl.agent.setup\n"
        "print(sorted(top() - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_what_a_call_takes_is_booked_and_what_nobody_knows_is_never_0(run):
    agent = seated(
        run, Scripted(loopback=False, url="https://a.example.org/v1", joules=(4.0, 3.0, 6.0)), steps=1
    )
    agent.allow()
    settle(agent)
    calls = agent._spent.calls
    assert agent.cost.value >= 4.0 * calls and "given" in agent.cost.badges
    other = seated(run, Scripted(loopback=False, url="https://b.example.org/v1"), steps=1)
    other.allow()
    settle(other)
    assert run.energy["agent"].coverage < 1


def test_a_lab_hands_a_model_on_and_its_card_holds_the_remark_as_text():
    lab = made()
    agent = lab.agent(llm=Scripted(a_group, score=2))
    settle(agent)
    lab.step(200)
    settle(agent)
    assert lab.agent() is agent and agent.llm is not None
    with pytest.raises(TypeError, match=r"gl\.Llm"):
        lab.agent(llm="http://here")
    lab.close()


def test_an_answer_does_not_change_what_training_does(run):
    """The same weights, with a model that only remarks and without any."""
    other = plain()
    Agent(other)
    agent = Agent(run, llm=Scripted(lambda content: completion("hm"), score=0))
    met(agent)
    for one in (run, other):
        one.step(200)
    ours, theirs = (dict(one.trainer.model.state_dict()) for one in (run, other))
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    other.close()
