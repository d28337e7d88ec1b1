"""What in the data deserves a look, and what came of it.

suggester  samples whose label looks wrong, from what training saw
review     what was left out, looked at once more
verdict    what a suggestion is judged by: validation samples that lie and are read alike
crowds     what lies together in all axes, and labels that spread in it
unnamed    samples without a label, asked about one after another
diagnosis  data or model: what is wrong with a sample, as far as that can be told
groups     which groups training does worst on
finding    the samples that a few words ask for
confusion  how often each class is taken for each other
suspects   single samples whose label looks wrong, by doubt and by neighbours
proposal   what could be done, as a value
desk       every proposal of a run, from its first word to its outcome
outcome    what an accepted suggestion led to
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    suggester="Suggester Suggestion",
    review="Review Revision Sheet",
    groups="Group",
    proposal="Proposal",
    desk="Desk",
    outcome="Outcome",
)
