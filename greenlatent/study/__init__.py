"""Is the same accuracy really cheaper with a person in the loop? Arms, simulated people, and what they cost.

>>> arms = study.without_person() + study.with_person()
>>> print(study.compare(arms, data, range(10), "GCE", model=net, latent="0", passes=40_000, every=256))
"""

from .arms import Arm, with_person, without_person
from .compare import compare
from .person import Person
from .results import Prices, Results
from .run import Plan, Run, run
from .statistics import Difference, Saving, bca, sign_flip
from .trial import Data, Trial, make

__all__ = [
    "Arm",
    "Data",
    "Difference",
    "Person",
    "Plan",
    "Prices",
    "Results",
    "Run",
    "Saving",
    "Trial",
    "bca",
    "compare",
    "make",
    "run",
    "sign_flip",
    "with_person",
    "without_person",
]
