"""Joules of training, by kind of work, with an interval and a note of how each is known."""

from .joules import Joules, Ratio
from .meter import Meter, PerStep
from .sources import Device, Model

__all__ = ["Device", "Joules", "Meter", "Model", "PerStep", "Ratio"]
