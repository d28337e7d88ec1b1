"""What numbers say and how sure: pure functions of arrays.

unpaired   tests of groups that are not paired, medians, Cliff's delta
relevance  how much an axis tells of the classes
paired     intervals and tests over paired seeds
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    relevance="Relevance",
    paired="Difference Saving bca sign_flip",
)
