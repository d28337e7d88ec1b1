"""What numbers say and how sure: pure functions of arrays.

unpaired   tests of groups that are not paired, medians, Cliff's delta
ending     whether a course of looks brings no more
relevance  how much an axis tells of the classes
channels   which sensor channel tells which classes apart, and which classes overlap
nearest    which points lie closest to one, and which one in the middle
paired     intervals and tests over paired seeds
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    relevance="Relevance",
    paired="Difference Saving bca sign_flip",
)
