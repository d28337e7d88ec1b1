"""How edits pull on latents: when, where and how hard.

losses    what pulls a dragged, linked or separated sample: each loss with its slope in closed form
contrast  samples dragged to a name: their rows in a batch, what each counts, their pull
survey    a look at where the latents are
margins   distances between the means of two sides
pulls     where the edits in force want which latents
feedback  when they pull, how hard, until when
choice    whether drags pull, too, as halves of them say
former    options of version 0.1, and why each went
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, survey="Aim Survey Window", pulls="Pulls", feedback="Feedback")
