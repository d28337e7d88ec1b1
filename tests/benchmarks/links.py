"""What an edit of many samples costs until it is in force: `python -m tests.benchmarks.links`."""

from __future__ import annotations

import time

from greenlatent.edits import Link
from tests.benchmarks import judge
from tests.parts import clusters, trainer


def seconds(samples: int) -> float:
    """To link one half of these samples with the other and do the first step after it."""
    run = trainer(clusters(samples), batch_size=64)
    run.step(40)
    begun = time.perf_counter()
    run.journal.add(Link(range(samples // 2), range(samples // 2, samples)))
    run.step(1)
    return time.perf_counter() - begun


def main() -> None:
    seconds(100)
    few, many, most = (min(seconds(n) for _ in range(3)) for n in (1000, 10_000, 20_000))
    judge("seconds to link 20,000 samples", most, 0.2, unit=" s")
    judge("10,000 linked samples against 1,000", many / few, 15)


if __name__ == "__main__":
    main()
