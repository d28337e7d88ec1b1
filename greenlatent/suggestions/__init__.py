"""What in the data deserves a look, and what came of it.

suggester  samples whose label looks wrong, from what training saw
review     what was left out, looked at once more
validation how the net reads samples whose labels nobody doubts
groups     which groups training does worst on
outcome    what an accepted suggestion led to
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    suggester="Suggester Suggestion",
    review="Review Revision Sheet",
    groups="Group",
    outcome="Outcome",
)
