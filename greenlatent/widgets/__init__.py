"""The widgets: one class with several views, alone on any array or fed by a Lab."""

from .energy_meter import EnergyMeter
from .parallel import Parallel
from .scatter import Scatter
from .widget import Widget

__all__ = ["EnergyMeter", "Parallel", "Scatter", "Widget"]
