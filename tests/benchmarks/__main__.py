"""`make bench`: every measurement, one after the other; fails if one of them does not reach its number."""

import sys

from tests.benchmarks import (
    MISSED,
    agent,
    contrast,
    gpu,
    links,
    parallel,
    plan,
    plans,
    scatter,
    solving,
    steering,
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
    gpu,
    energy,
    watching,
    scatter,
    parallel,
    plan,
    plans,
    steering,
):
    part.main()
if MISSED:
    sys.exit("\nMissed:\n" + "\n".join(MISSED))
