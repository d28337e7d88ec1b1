"""`make bench`: every measurement, one after the other; fails if one of them does not reach its number."""

import sys

from tests.benchmarks import (
    MISSED,
    agent,
    asking,
    contrast,
    diagnose,
    film,
    gpu,
    green,
    links,
    parallel,
    plan,
    plans,
    scale,
    scatter,
    search,
    solving,
    steering,
    tactics,
    trainer,
    visits,
    watching,
)
from tests.energy import bench as energy

for part in (
    trainer,
    links,
    solving,
    contrast,
    visits,
    agent,
    asking,
    diagnose,
    film,
    gpu,
    energy,
    watching,
    scatter,
    parallel,
    plan,
    plans,
    search,
    green,
    steering,
    scale,
    tactics,
):
    part.main()
if MISSED:
    sys.exit("\nMissed:\n" + "\n".join(MISSED))
