"""What could be cheaper in a run, priced and tried on twins of it; and the catalogue that it is taken from.

entries  the catalogue: the thirty of a paper and four of our own, with sources and what they did on our data
altered  what would be otherwise in a run
offer    what a tactic found to do, before anybody priced it
price    what a step takes with a change over without, in turns
training threads, fused optimizers, losses, the schedule, batches, half precision
data     copies, easy samples, projections, items that are read again
features features that tell little, cut from inputs and first layer alike
copies   rows that are the same, or nearly; rows that training and validation share
model    the same net with fewer units
learners what is simpler than a net, in the order of its cost
advisor  what is looked at, in which order, within what it may take
advice   one thing that would save joules: why, how much, tried, applied, looked at after
rehearsal two twins side by side over a part of the plan
judging  points of accuracy from paired answers, and what may be said
watch    whether what a deployed model is asked has drifted
outcome  live advice in force, and what came of it
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, entries="catalogue search tactic", watch="Watch")
