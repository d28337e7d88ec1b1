"""Hyperparameters at a price, and a hand on the search.

search      the search itself, as a notebook holds it
asked       what a search was asked for, checked
driver      decides what is trained next, and notes what comes of it
landing     what came of a slice, as an event of the record
purse       what is spent, by kind of work
results     words, tables and files of a search, and the Lab that goes on from one of its candidates
simulation  a search over recorded curves
choices     what may be chosen, and which choice comes next
course      what came of it so far: candidates, rungs, events
workers     who trains the candidates, and where
page        what a notebook shows of it, and what a person does there
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    **{
        "search": "Search",
        "course.candidate": "Candidate Rating",
        "results": "Forecast",
        "simulation": "simulate Simulation",
    },
)
