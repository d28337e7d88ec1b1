"""Proposes what could be done to a run, and does a little of it by itself, within levels and limits.

agent    its level, and what happens at the border between two epochs
deciding what it does there, from what training has seen
seated   a model beside it, who chooses, remarks or holds back
shown    its cards, and what an answer does
rules    whether enough stands out, when to revise, when training has come to its end
cards    what would save joules, as proposals with a forecast
why      what a run wastes joules on: data, architecture or input
words    what the rules make of some samples, in words
limits   what it may use
record   proposals.jsonl: what was proposed, and what came of it
begin    what to begin a run with
mcp      its tools for assistants beside Jupyter
allowance how often these may call them
asking   how a model is told of a run, asked, examined and paid for
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__, agent="Agent", asking="Llm", limits="Limits", begin="setup", record="Proposals", why="Cause"
)
