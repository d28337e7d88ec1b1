"""Samples, and how their inputs are read.

samples  inputs and labels with groups, weights, names and previews
labels   what people hold as labels, as class indices or floats
inputs   rows of one tensor, or items of a Dataset
strata   rows chosen so that every class keeps its share
seeds    the host's random numbers, seeded or left as they were
reader   worker processes that read a Dataset's items ahead
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__, samples="Samples UNLABELLED", labels="Several", reader="Reader"
)
