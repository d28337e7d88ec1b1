"""A run that can be looked at again, compared with another, and sent to somebody.

film      a recorded run, to ask, to show, to send
tape      what a kernel said, appended to a file that never exceeds a size
recording keeps what a Lab shows while it trains
moments   what was on the screen at each frame of a tape
sprite    what its samples look like, in few bytes
html      a film as one file that plays by itself
embedded  that file in a frame of a notebook
replayed  the film of a run that only its journal tells of
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, film="Film", tape="Tape")
