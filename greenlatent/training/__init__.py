"""One step after another, with the edits in force.

trainer     the trainer
sampler     which samples come next
task_loss   what is minimised beside the feedback
optimizers  the optimizer, and a step without torch's wrapping
report      what some steps came to
marking     a trainer's work, marked for a meter
checkpoint  a trainer's whole state in one file
replay      the run that a journal tells of, once more
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, trainer="Trainer", report="StepReport")
