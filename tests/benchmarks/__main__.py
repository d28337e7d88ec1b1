"""`make bench`: every measurement, one after the other."""

from tests.benchmarks import trainer, watching

trainer.main()
watching.main()
