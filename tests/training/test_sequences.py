"""Any sequence of edit, undo, redo, mute, step, start and pause: what is in force is what a plain list says."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from greenlatent.edits import Affirm, Drop, Found, Link, Move, Near, Relabel, Separate, Weigh
from greenlatent.edits.mending import mend
from greenlatent.run.runner import Runner

from ..parts import trainer

ids = st.integers(0, 59)
edits = st.one_of(
    st.builds(lambda i, c: Relabel([i], c), ids, st.integers(0, 2)),
    st.builds(lambda i: Drop([i]), ids),
    st.builds(lambda i: Affirm([i]), ids),
    st.builds(lambda i, w: Weigh([i], w), ids, st.sampled_from([0.0, 0.5, 2.0, 5.0])),
    st.builds(lambda i, c: Move([i], f"class {c}"), ids, st.integers(0, 2)),
    st.builds(lambda i: Move([i], Near([(i + 1) % 60, (i + 7) % 60])), ids),
    st.builds(lambda i: Link([i], [(i + 3) % 60], alike=False), ids),
    st.just(Separate("class 0", "class 1")),
)


class Session(RuleBasedStateMachine):
    """A runner, and beside it the edits as one would keep them with pencil and paper."""

    def __init__(self):
        super().__init__()
        self.runner = Runner(trainer())
        self.trainer = self.runner.trainer
        self.done, self.undone, self.muted = [], [], set()
        self.edit_of, self.found = {}, []

    @rule(edit=edits)
    def add(self, edit):
        n = self.trainer.journal.add(edit)
        self.done.append(n)
        self.undone.clear()
        self.edit_of[n] = edit

    @rule(i=ids, name=st.sampled_from(["new", "newer"]))
    def find(self, i, name):
        self.add(Found([i], name))
        if name not in self.found:
            self.found.append(name)

    @precondition(lambda self: self.found)
    @rule(i=ids, drag=st.booleans())
    def name_what_was_found(self, i, drag):
        self.add(Move([i], self.found[-1]) if drag else Relabel([i], self.found[-1]))

    def in_force(self):
        """Lines, without those that name a class which nothing in force finds."""
        lines = [n for n in sorted(self.done) if n not in self.muted]
        there = {self.edit_of[n].name for n in lines if isinstance(self.edit_of[n], Found)}
        named = {n: getattr(self.edit_of[n], "label", getattr(self.edit_of[n], "to", None)) for n in lines}
        return [n for n in lines if not (named[n] in ("new", "newer") and named[n] not in there)]

    @rule()
    def undo(self):
        n = next((n for n in reversed(self.done) if n in self.in_force()), None)
        assert self.trainer.journal.undo() == n
        if n is not None:
            self.done.remove(n)
            self.undone.append(n)

    @rule()
    def redo(self):
        assert self.trainer.journal.redo() == (self.undone[-1] if self.undone else None)
        if self.undone:
            self.done.append(self.undone.pop())

    @precondition(lambda self: self.done)
    @rule(at=st.integers(0, 99))
    def toggle(self, at):
        n = self.done[at % len(self.done)]
        if n in self.muted:
            self.trainer.journal.unmute(n)
            self.muted.remove(n)
        else:
            self.trainer.journal.mute(n)
            self.muted.add(n)

    @rule()
    def start(self):
        self.runner.start()

    @rule()
    def pause(self):
        self.runner.pause()

    @rule(n=st.integers(1, 3))
    def step(self, n):
        self.runner.pause()
        before = self.trainer.steps
        self.runner.step(n)
        assert self.trainer.steps == before + n
        in_force = [self.edit_of[n] for n in self.in_force()]
        expected, found = mend(in_force, self.trainer.train, self.found), self.trainer.mending
        assert torch.equal(found.y, expected.y) and torch.equal(found.masked, expected.masked)
        assert np.array_equal(found.weights, expected.weights)

    @invariant()
    def the_journal_agrees(self):
        assert [e.n for e in self.trainer.journal.active] == self.in_force()
        assert [e.n for e in self.trainer.journal] == list(range(1, len(self.trainer.journal) + 1))

    def teardown(self):
        self.runner.stop()
        assert all(torch.isfinite(p).all() for p in self.trainer.model.parameters())


@pytest.mark.parametrize("examples", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_what_is_in_force_is_what_a_plain_list_says(examples):
    calm = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples < 100,
    )
    run_state_machine_as_test(Session, settings=calm)
