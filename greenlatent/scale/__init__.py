"""The same training over several ranks: edits at the same step, one meter a node.

ranks     who trains together
leader    the rank that people speak with
follow    the ranks that do the same
flat      the gradients in one piece of memory
together  what each rank does: its rows, and the sums
guest     a rank that runs the same loop of somebody's own
undone    a step of which a rank was lost, to come again
wire      the lines between ranks
packing   what a trainer was made of, sent to others
nodes     one meter on each machine, added up
worth     what a step takes alone and over ranks
engines   ranks that are engines of ipyparallel
choice    from `ranks=` to a company
__main__  a rank that somebody else starts
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, ranks="Ranks", choice="company")
