"""What could be cheaper in a run, priced and tried on twins of it; and the catalogue that it is taken from.

entries   the catalogue: the thirty of a paper and four of our own, with sources and what they did on our data
altered   what would be otherwise in a run
planned   how long a run is to be, and what share of it advice may take
offer     what a finder found to do, before anybody priced it
finders   what is looked for: in data, training, model, deployment, and what is simpler
places    a model in two places, rows that stay at theirs
copies    rows that are the same, or nearly; rows that training and validation share
price     what a step takes with a change over without, in turns
judging   points of accuracy from paired answers, and what may be said
rehearsal two twins side by side over a part of the plan
putting   a setting put by advice, and put back
outcome   live advice in force, and what came of it
advice    one thing that would save joules: why, how much, tried, applied, looked at after
advisor   what is looked at, in which order, within what it may take
watch     whether what a deployed model is asked has drifted
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__, entries="catalogue search tactic", **{"places.parting": "partition"}, watch="Watch"
)
