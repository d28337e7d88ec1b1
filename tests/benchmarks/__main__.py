"""`make bench`: every measurement, one after the other."""

from tests.benchmarks import trainer, watching
from tests.energy import bench

trainer.main()
bench.main()
watching.main()
