"""A class of students: their hand-ins and notebooks, and the grading of them.

handin    a run in one small file, read without trusting it
notebook  what in a stranger's notebook would run unasked, and a copy without it
contents  notebooks for a server's pages without what strangers saved
copies    hand-ins whose journals share edits
films     a page for each hand-in that plays its run
grading   a stack of hand-ins, replayed and listed
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, handin="HandIn")
