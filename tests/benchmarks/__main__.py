"""`make bench`: every measurement, one after the other."""

from tests.benchmarks import gpu, parallel, scatter, trainer, watching
from tests.energy import bench

trainer.main()
gpu.main()
bench.main()
watching.main()
scatter.main()
parallel.main()
