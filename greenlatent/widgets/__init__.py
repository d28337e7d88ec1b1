"""The widgets: one class with several views, alone on any array or fed by a Lab."""

from .scatter import Scatter
from .widget import Widget

__all__ = ["Scatter", "Widget"]
