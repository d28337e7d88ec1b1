"""Faces: names that a folder hands on, loaded on first use; and the module names of the release before this one."""

import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

Face = tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]


def face(package: str, **homes: str) -> Face:
    """`__all__`, `__getattr__` and `__dir__` of a folder, from its modules and the names that each hands on.

    >>> __all__, __getattr__, __dir__ = face(__name__, journal="Journal TakenOver", events="Event")
    """
    home = {name: module for module, names in homes.items() for name in names.split()}
    names = sorted(home)

    def load(name: str) -> Any:
        if (package, name) in _RENAMED:
            now = _RENAMED[package, name]
            warnings.warn(f"{package}.{name} is {package}.{now} now", DeprecationWarning, stacklevel=3)
            return load(now)
        if name not in home:
            raise AttributeError(f"{package} has no {name!r}; its names: {', '.join(names)}")
        value = getattr(import_module(f".{home[name]}", package), name)
        setattr(sys.modules[package], name, value)
        return value

    return names, load, lambda: names


# Names that a folder handed on, and hands on for one release more: (folder, former name) -> what it is called now.
_RENAMED = {("greenlatent.study", "Plan"): "Schedule"}

# For one release, modules that lay at the top of the package, or of a folder, are found under their former names, too.
_FORMER = {
    "energy.carbon": "energy.emissions.carbon",
    "checkpoint": "training.checkpoint",
    "control": "run.twins",
    "desk": "lab.commands",
    "display": "lab.dashboard",
    "embedding": "picture.embedding",
    "embedding_worker": "picture.embedding_worker",
    "grading": "course.grading",
    "handin": "course.handin",
    "journal": "edits.journal",
    "layers": "model.layers",
    "losses": "feedback.losses",
    "marking": "training.marking",
    "mending": "edits.mending",
    "optimizers": "training.optimizers",
    "outcome": "suggestions.outcome",
    "ownership": "model.ownership",
    "pages": "lab.feed",
    "panels": "lab.panels",
    "priorities": "suggestions.groups",
    "processors": "model.threads",
    "projection": "picture.projection",
    "pulls": "feedback.pulls",
    "questions": "lab.questions",
    "randomness": "model.randomness",
    "reader": "data.reader",
    "relevance": "statistics.relevance",
    "replaying": "training.replay",
    "report": "training.report",
    "review": "suggestions.review",
    "runner": "run.runner",
    "sampler": "training.sampling.sampler",
    "samples": "data.samples",
    "session": "run.session",
    "spending": "run.costs.spending",
    "suggest": "suggestions.suggester",
    "tap": "model.tap",
    "task_loss": "training.task_loss",
    "trainer": "training.trainer",
    "views": "lab.views",
    "work": "run.progress",
}


class _Former:
    """Finds a module under its former name: one finder in place of a file for each.

    It is a finder and a loader by its methods: the base classes of `importlib.abc` would load `importlib.resources`,
    a hundred times what the rest of `import greenlatent` takes.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        package, _, module = name.partition(".")
        return ModuleSpec(name, cast(Any, self)) if package == "greenlatent" and module in _FORMER else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leaves it to Python to make an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        home = f"greenlatent.{_FORMER[module.__name__.partition('.')[2]]}"
        warnings.warn(f"{module.__name__} is {home} now", DeprecationWarning, stacklevel=2)
        held = import_module(home)
        module.__doc__ = held.__doc__
        module.__dict__["__getattr__"] = lambda name: getattr(held, name)


def hand_on_former_names() -> None:
    if not any(isinstance(finder, _Former) for finder in sys.meta_path):
        sys.meta_path.append(_Former())
