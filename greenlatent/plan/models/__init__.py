"""What a model has to do in a step and for an answer, as counts that any machine can price.

workload  the counts
count     from words, a module, or counts that somebody made
words     formulas, without making a model and without torch
counted   a module, counted on the meta device
sizes     what "small" and "64-32" mean
nets      the torch modules that words stand for
learners  and the learners of scikit-learn
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(__name__, workload="Workload")
