"""A run as a whole: its thread, its folder, how it goes, what it is compared with; no Jupyter.

run          the run itself, as a script drives it
following    whether another step follows the one being done
lending      whose thread the model is on while somebody else takes the steps
runner       the one thread that owns a trainer
session      the folder that a run leaves behind
evaluations  accuracy and joules at each evaluation
costs        what steps cost, have cost, and are worth
comparison   a run with a person beside the same run without
seeds        a comparison over several seeds, with intervals
labour       wages for people's time against the energy they save
twins        a run once more, with its edits or without
deeds        what was done beside edits, in one order with them for undo
focus        one group met more often, until it is told right
listeners    whoever hears the words of a run
failures     what went wrong, in words, each told once
setup        what a Lab is made from, as somebody advises it
progress     one long piece of work at a time
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__, run="Run", runner="Runner", session="Session", comparison="Comparison", setup="Setup"
)
