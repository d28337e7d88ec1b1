"""greenlatent: watch a latent space while it trains, mend it by hand, and know what every step costs."""

from importlib import import_module
from typing import Any

# Public name -> the module that holds it. Names load on first use, so that `import greenlatent` stays cheap.
_HOMES = {
    "Affirm": "edits",
    "Budget": "energy",
    "Device": "energy",
    "Drop": "edits",
    "Embedding": "embedding",
    "Feedback": "feedback",
    "Joules": "energy",
    "EnergyMeter": "widgets",
    "Journal": "journal",
    "Lab": "lab",
    "Link": "edits",
    "Meter": "energy",
    "Move": "edits",
    "Near": "edits",
    "PCA": "projection",
    "Plane": "edits",
    "Parallel": "widgets",
    "RankFeatures": "edits",
    "Relabel": "edits",
    "Review": "review",
    "Runner": "runner",
    "Samples": "samples",
    "Scatter": "widgets",
    "Separate": "edits",
    "Shift": "edits",
    "StepReport": "report",
    "Suggester": "suggest",
    "Trainer": "trainer",
    "Weigh": "edits",
    "check": "check",
    "replay": "replaying",
}
_MODULES = ("datasets", "energy", "study")

__all__ = sorted([*_HOMES, *_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("greenlatent")
    if name in _MODULES:
        return import_module(f"greenlatent.{name}")
    if name in _HOMES:
        value = getattr(import_module(f"greenlatent.{_HOMES[name]}"), name)
        globals()[name] = value  # importing a module named like a function (check) would otherwise hide it
        return value
    raise AttributeError(f"greenlatent has no {name!r}; public names: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
