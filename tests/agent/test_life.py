"""Any order of proposals, answers, edits, steps, resets and taking back, against a plain model of what is in force."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import greenlatent as gl
from greenlatent.agent import Agent
from greenlatent.edits import Drop
from greenlatent.run import Run
from greenlatent.suggestions.proposal import DONE, SHOWN, Proposal
from greenlatent.training.trainer import Trainer

from ..parts import clusters, linear_net, same, weights

SAMPLES = 60
some = st.lists(st.integers(0, SAMPLES - 1), min_size=1, max_size=6, unique=True)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("propose"), some),
        st.tuples(st.just("do"), some),
        st.tuples(st.just("edit"), some),
        st.tuples(st.sampled_from(["accept", "reject", "undo", "reset", "step"]), st.just([0])),
    ),
    max_size=12,
)


@given(deeds)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_in_force_without_its_record_and_taking_back_leaves_what_people_did(told):
    meter = gl.Meter()
    trainer = Trainer(linear_net(), clusters(SAMPLES), latent="0", batch_size=8, threads=1, meter=meter)
    with Run(trainer, meter) as run:
        agent = Agent(run, level="suggest")
        theirs: list[set[int]] = []  # what people left out, as a plain list
        mine: list[set[int]] = []
        for word, ids in told:
            before = weights(trainer.model)
            waiting = agent.pending
            if word == "propose" and agent.level == "suggest":
                run.runner.call(lambda ids=ids: agent._put(Proposal("drop", tuple(ids))))
            elif word == "do":
                line = run.journal.add(Drop(ids), by="agent")
                card = agent.desk.put(Proposal("drop", tuple(ids), state=DONE), lines=[line])
                agent._lines[card.id] = [line]
                mine.append(set(ids))
            elif word == "edit":
                run.journal.add(Drop(ids), by="human")
                theirs.append(set(ids))
            elif word == "accept" and waiting:
                standing = agent.desk.standing(waiting[0])
                try:
                    agent.accept(waiting[0])
                except ValueError as error:
                    assert "edited since" in str(error) and len(standing) < len(waiting[0].ids) / 2
                else:
                    theirs.append(set(standing))
            elif word == "reject" and waiting:
                agent.reject(waiting[0])
            elif word == "undo":
                assert agent.undo() == len(mine)
                mine.clear()
            elif word == "reset":
                trainer.reset()
                assert agent.level == "off" and agent.pending == []
            elif word == "step":
                run.step(3)
            if word not in ("step", "reset"):
                assert same(before, weights(trainer.model)), "no answer touches a weight"
            out = set(np.flatnonzero(trainer.upcoming.weights == 0).tolist())
            assert out == set().union(*theirs, *mine)
        recorded = {line for entry in agent.record for line in entry["journal"]}
        by_agent = {event.n for event in run.journal if event.by == "agent" and event.edit is not None}
        assert by_agent <= recorded
        last = {entry["id"]: entry["state"] for entry in agent.record}
        assert {card.id for card in agent.pending} == {i for i, s in last.items() if s == SHOWN}
        agent.undo()
        assert (trainer.upcoming.weights == 0).sum() == len(set().union(*theirs))
        assert (trainer.upcoming.y == trainer.train.y).all() and not trainer.upcoming.masked.any()
