"""How edits pull on latents: when, where and how hard.

losses    what pulls a dragged, linked or separated sample: each loss with its slope in closed form
survey    a look at where the latents are
margins   distances between the means of two sides
pulls     where the edits in force want which latents
feedback  when they pull, how hard, until when
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, survey="Aim Survey Window", pulls="Pulls", feedback="Feedback")
