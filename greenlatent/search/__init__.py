"""Hyperparameters at a price, and a hand on the search.

space      what may be chosen, and what somebody narrowed it to
candidate  one choice, how far it was trained, and what was seen of it
aims       what is wanted, limits, and the front
rungs      when a candidate is looked at, and who goes on
propose    which choice comes next: by chance, from a grid, by Optuna
stopping   when a point has become too dear
course     what the events of a record amount to
record     the file of a search
slice      one candidate trained to where it is looked at next
pool       where slices run
account    what is spent, by kind of work
driver     decides, and notes what comes of it
results    words, tables and files of a search
search     the search itself, as a notebook holds it
simulate   a search over recorded curves
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__, search="Search", candidate="Candidate Look", results="Forecast", simulate="simulate Simulation"
)
