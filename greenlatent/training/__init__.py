"""One step after another, with the edits in force.

trainer     the trainer: its public words
settings    how a run trains, and what a header tells of it
step        one optimizer update, with the edits in force
in_force    which edits hold, and what they make of the data
company     who it trains with
around      one step of somebody's own loop
evaluate    loss and accuracy of a part of the data
seen        what training itself has seen of every sample
sampling    which samples come next, and which an epoch leaves out
task_loss   what is minimised beside the feedback
optimizers  the optimizer, and a step without torch's wrapping
solving     what people named, solved into guesses in closed form
tells       what a trainer tells of itself
report      what some steps came to
marking     a trainer's work, marked for a meter
checkpoint  a trainer's whole state in one file
replay      the run that a journal tells of, once more
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, trainer="Trainer", solving="Solved", report="StepReport")
