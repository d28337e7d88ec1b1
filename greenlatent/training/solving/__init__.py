"""What people named, solved into guesses in closed form, beside the model.

readout  solves for one trainer, and keeps what a further solve needs
solved   such guesses as a value: to ask, to keep, to take home
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(__name__, solved="Solved")
