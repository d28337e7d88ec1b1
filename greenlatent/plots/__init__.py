"""Pictures that work alone on any array.

scatter       points, live and editable
parallel      many dimensions as axes side by side
radar         class means over a few axes as spokes
energy_meter  what a meter reads, live
curve         how good a run is, over its samples
editable      points that edits change, without a Lab
labels        class names or numbers, as indices and back
table         what is known of each point
kinds         what the places along an axis stand for
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    scatter="Scatter",
    parallel="Parallel",
    radar="Radar",
    energy_meter="EnergyMeter",
    curve="Curve",
)
