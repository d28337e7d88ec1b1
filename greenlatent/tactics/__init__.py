"""What could be cheaper in a run, priced and tried on twins of it; and the catalogue that it is taken from.

entries  the catalogue: the thirty of a paper and four of our own, with sources and what they did on our data
altered  what would be otherwise in a run
offer    what a tactic found to do, before anybody priced it
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, entries="catalogue search tactic")
