"""greenlatent: watch a latent space while it trains, mend it by hand, and know what every step costs.

The folders, in reading order:

data         samples, and how their inputs are read
edits        what people did to the data: kinds of edit, the journal, what both amount to
feedback     how edits pull on latents: when, where and how hard
model        somebody's torch module as we hold it
training     one step after another, with the edits in force
picture      from latents to a picture that holds still, within a budget
suggestions  what in the data deserves a look, and what came of it
run          a run as a whole: its thread, its folder, how it goes; no Jupyter
agent        proposes what could be done to a run, and does a little of it by itself, within levels and limits
film         a run that can be looked at again, compared, and sent to somebody
lab          the Lab: a run with a dashboard; every button is a method
energy       joules by kind of work, with intervals; knows nothing of ours
statistics   what numbers say and how sure: pure functions of arrays
integrations other people's loops and loggers
datasets     small real data, offline
study        experiments that end in a claim; public names only
widgets      the bridge to a page: traits, messages and stills
plots        pictures that work alone on any array
course       a class of students: their hand-ins and notebooks, and the grading of them
plan         what training will cost, before it runs, and better after each run
search       hyperparameters at a price, and a hand on the search
scale        the same training over several ranks
tactics      what could be cheaper in a run, priced and tried on twins of it
notebooks    the notebooks of an installed package, written into a folder
check        what is wrong with an installation, and how to mend it
children     processes of ours: sent by value, ended with us
files        written whole or not at all, and cells that no spreadsheet runs
faces        what a folder hands on, loaded on first use
"""

from importlib import import_module
from typing import Any

from .faces import hand_on_former_names

hand_on_former_names()

# Public name -> the folder that hands it on, or the module that holds it.
# Names load on first use, so that `import greenlatent` stays cheap.
_HOMES = {
    "Affirm": "edits",
    "Budget": "energy",
    "Device": "energy",
    "Drop": "edits",
    "Embedding": "picture",
    "Feedback": "feedback",
    "Film": "film",
    "Found": "edits",
    "Joules": "energy",
    "EnergyMeter": "plots",
    "Journal": "edits",
    "Lab": "lab",
    "Limits": "agent",
    "Link": "edits",
    "Llm": "agent",
    "Meter": "energy",
    "Move": "edits",
    "Near": "edits",
    "PCA": "picture",
    "Plan": "plan",
    "Plane": "edits",
    "Parallel": "plots",
    "Radar": "plots",
    "RankFeatures": "edits",
    "Rate": "edits",
    "Relabel": "edits",
    "Review": "suggestions",
    "Runner": "run",
    "Samples": "data",
    "Scatter": "plots",
    "Search": "search",
    "Separate": "edits",
    "Shift": "edits",
    "StepReport": "training",
    "Suggester": "suggestions",
    "Trainer": "training",
    "Weigh": "edits",
    "check": "check",
    "replay": "training.replay",
    "widen": "model",
}
# Public modules, and where they lie.
_MODULES = {
    name: name for name in ("agent", "datasets", "energy", "plan", "scale", "search", "study", "tactics")
}
_MODULES["relevance"] = "statistics.relevance"

__all__ = sorted([*_HOMES, *_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("greenlatent")
    if name in _MODULES:
        return import_module(f"greenlatent.{_MODULES[name]}")
    if name in _HOMES:
        value = getattr(import_module(f"greenlatent.{_HOMES[name]}"), name)
        globals()[name] = value  # importing a module named like a function (check) would otherwise hide it
        return value
    raise AttributeError(f"greenlatent has no {name!r}; public names: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
