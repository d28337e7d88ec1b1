"""The widgets: one class with several views, alone on any array or fed by a Lab."""

from greenlatent.widgets.scatter import Scatter
from greenlatent.widgets.widget import Widget

__all__ = ["Scatter", "Widget"]
