"""The widgets: one class with several views, alone on any array or fed by a Lab."""

from .parallel import Parallel
from .scatter import Scatter
from .widget import Widget

__all__ = ["Parallel", "Scatter", "Widget"]
