"""Model: the same layers with fewer units."""

from __future__ import annotations

from ..model.narrow import narrow
from .altered import Altered
from .offer import Asked, Offer
from .training import on_our_data

SHARE = 0.5  # of the units that stay


def smaller(asked: Asked) -> Offer | str:
    """Half of the units in each layer but the last; what that does to accuracy is a question for a rehearsal."""
    model = asked.run.trainer.model
    try:
        narrow(model, SHARE)
    except ValueError as error:
        return str(error)
    return Offer(
        "T8",
        f"{SHARE:.0%} of the units in each layer but the last",
        "a step has fewer products",
        altered=Altered(model=lambda model: narrow(model, SHARE)),
        accuracy=on_our_data("T8", "half of the width"),
    )
