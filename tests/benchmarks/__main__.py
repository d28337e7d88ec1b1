"""`make bench`: every measurement, one after the other; fails if one of them does not reach its number."""

import sys

from tests.benchmarks import MISSED, contrast, gpu, links, parallel, scatter, solving, trainer, watching
from tests.energy import bench as energy

for part in (trainer, links, solving, contrast, gpu, energy, watching, scatter, parallel):
    part.main()
if MISSED:
    sys.exit("\nMissed:\n" + "\n".join(MISSED))
