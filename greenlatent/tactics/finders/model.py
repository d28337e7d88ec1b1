"""Model: the same net with fewer units in each layer."""

from __future__ import annotations

from ...model.narrow import narrow, plain
from ...model.ownership import taken
from ..altered import Altered
from ..offer import Asked, Offer
from ..price import first_line

SHARE = 0.5  # of the units


def narrower(asked: Asked) -> Offer | str:
    """Half of the width, begun anew; what stops it is named."""
    trainer = asked.run.trainer
    if not plain(trainer.model) and taken() > 1:
        return "tracing its forward would disturb the other run of this process: close that, and ask again"
    model = trainer.network.copied(trainer.initial)
    try:
        narrow(model, SHARE)
    except (TypeError, ValueError) as error:
        return f"it cannot be narrowed: {first_line(error)}"
    return Offer(
        "T8",
        f"a net of {SHARE:.0%} of the width",
        "fewer units compute less; whether that is most of a step its price tells",
        altered=Altered(model=lambda model: narrow(model, SHARE)),
        accuracy="not known here; on our data -4.3 to -0.7 points",
    )
