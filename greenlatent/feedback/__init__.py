"""How edits pull on latents: when, where and how hard.

losses    the contrastive losses, each with its slope in closed form
pulls     where the edits in force want which latents
feedback  when they pull, how hard, until when
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, pulls="Aim Pulls Survey Window", feedback="Feedback")
