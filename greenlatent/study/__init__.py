"""Is the same accuracy really cheaper with a person in the loop? Arms, simulated people, and what they cost."""

from .arms import Arm, with_person, without_person
from .person import Person
from .run import Plan, Run, run
from .trial import Data, Trial, make

__all__ = ["Arm", "Data", "Person", "Plan", "Run", "Trial", "make", "run", "with_person", "without_person"]
