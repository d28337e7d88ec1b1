"""A class of students: their hand-ins, and the grading of them.

handin   a run in one small file, read without trusting it
grading  a stack of hand-ins, replayed and listed
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, handin="HandIn")
