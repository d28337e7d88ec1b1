"""`make bench`: every measurement, one after the other; fails if one of them does not reach its number."""

import sys

from tests.benchmarks import (
    MISSED,
    agent,
    contrast,
    diagnose,
    film,
    gpu,
    links,
    parallel,
    plan,
    plans,
    scatter,
    solving,
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
    diagnose,
    film,
    gpu,
    energy,
    watching,
    scatter,
    parallel,
    plan,
    plans,
):
    part.main()
if MISSED:
    sys.exit("\nMissed:\n" + "\n".join(MISSED))
