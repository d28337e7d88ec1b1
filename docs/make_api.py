"""Writes docs/api.md, and the table of docs/architecture.md, from the docstrings; a test holds both against them."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import greenlatent as gl

PAGE = Path(__file__).with_name("api.md")
ARCHITECTURE = Path(__file__).with_name("architecture.md")
TACTICS = Path(__file__).with_name("tactics.md")
BEGIN, END = "<!-- made by `make docs` from the docstrings -->\n", "<!-- until here -->"
CHAPTERS = {
    "The dashboard": ["Lab", "Film", "check"],
    "The agent": ["Limits", "Llm"],
    "Training": ["Trainer", "StepReport", "Runner", "replay", "widen", "Feedback", "Suggester", "Review"],
    "Data": ["Samples"],
    "Edits": [
        *("Journal", "Relabel", "Move", "Near", "Plane", "Separate", "Shift", "Link", "Weigh", "Drop"),
        *("Affirm", "Found", "RankFeatures"),
    ],
    "Views": ["Scatter", "Parallel", "Radar", "EnergyMeter", "PCA", "Embedding"],
    "Energy": ["Meter", "Joules", "Budget", "Device"],
    "Planning": ["Plan", "Search"],
}
MODULES = (
    "agent",
    "datasets",
    "energy",
    "plan",
    "relevance",
    "scale",
    "search",
    "study",
    "tactics",
)  # their public names, one line each


def page() -> str:
    """The whole page."""
    parts = [
        "# API\n\nMade from the docstrings by `make docs`; every name is one of `import greenlatent as gl`.\n"
    ]
    for chapter, names in CHAPTERS.items():
        parts.append(f"## {chapter}\n")
        parts += [described(name, public(name)) for name in names]
    for name in MODULES:
        module = getattr(gl, name)
        parts.append(f"## gl.{name}\n\n{inspect.getdoc(module)}\n".replace(">>>", "    >>>"))
        lines = [f"| `{item}` | {summary(getattr(module, item))} |" for item in listed(module)]
        parts.append("| name | |\n| --- | --- |\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def architecture(text: str) -> str:
    """The page on architecture with its table of folders as the docstrings have it."""
    rows = ["| folder | its subject | its files |", "| --- | --- | --- |"]
    for line in (gl.__doc__ or "").split("\n\n")[-1].splitlines():
        name = line.split()[0]
        module = import_module(f"greenlatent.{name}")
        said = (module.__doc__ or "").strip()
        if hasattr(module, "__path__"):
            files = ", ".join(f"`{row.split()[0]}`" for row in said.split("\n\n")[-1].splitlines())
            rows.append(f"| `{name}/` | {said.splitlines()[0]} | {files} |")
        else:
            rows.append(f"| `{name}.py` | {line[len(name) :].strip()} | |")
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n".join(rows) + "\n" + END + rest.split(END)[1]


def tactics(text: str) -> str:
    """The page on tactics with its table as the catalogue has it."""
    begin, names = (
        "<!-- made by `make docs` from greenlatent/tactics/catalogue.json -->\n",
        ("digits", "MNIST", "watch"),
    )
    rows = [
        "| tactic, and how it was followed | digits | MNIST | watch | in short |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in gl.tactics.catalogue():
        rows.append(f"| **{each.id} {each.name}** ({each.how}) | | | | {each.verdict} |")
        rows.append(f"| by {each.call} | | | | |")
        for arm in dict.fromkeys(tried.arm for tried in each.measured):
            told = {tried.data: str(tried).split(": ", 1)[1] for tried in each.measured if tried.arm == arm}
            rows.append(f"| {arm} | {' | '.join(told.get(name, '') for name in names)} | |")
    sources = dict.fromkeys(
        source
        for each in gl.tactics.catalogue()
        for source in each.sources[1:]
        if "greenlatent" not in source
    )
    said = [f"Further sources: {'; '.join(sources)}. Each row of the file says which are its own."]
    before, rest = text.split(begin)
    return before + begin + "\n".join([*rows, "", *said]) + "\n" + END + rest.split(END)[1]


def public(name: str) -> Any:
    """A public name; `gl.check` is the module of that name once somebody has imported it."""
    value = getattr(gl, name)
    return getattr(value, name) if inspect.ismodule(value) else value


def described(name: str, value: Any) -> str:
    """A heading with the signature, the docstring, and a line for each public method."""
    parts = [f"### `gl.{name}{signature(value)}`\n\n{text(value)}\n"]
    rows = []
    for method in dir(value) if inspect.isclass(value) else ():
        home = next((base for base in value.__mro__ if method in vars(base)), object)
        if method.startswith("_") or not home.__module__.startswith("greenlatent"):
            continue
        member = getattr(value, method)
        if not inspect.getdoc(member):
            continue
        if isinstance(vars(home)[method], property):
            rows.append(f"| `.{method}` | {summary(member)} |")
        elif callable(member):
            rows.append(f"| `.{method}{signature(member, bound=True)}` | {summary(member)} |")
    if rows:
        parts.append("| | |\n| --- | --- |\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def signature(value: Any, bound: bool = False) -> str:
    """The parameters without their types, which the text explains."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    kept = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    if bound and kept and kept[0].name in ("self", "cls"):
        kept = kept[1:]
    told = str(found.replace(parameters=kept, return_annotation=found.empty))
    return re.sub(r"<function (\w+) at \w+>", r"\1", told).replace("|", "&#124;")


def text(value: Any) -> str:
    """The docstring, its examples as code."""
    lines, inside = [], False
    for line in (inspect.getdoc(value) or "").splitlines():
        code = line.startswith((">>>", "...")) or (inside and bool(line))
        if code != inside:
            lines.append("```")
            inside = code
        lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)


def summary(value: Any) -> str:
    """The first sentence or line of a docstring, for a cell of a table."""
    first = (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")
    return first.replace("|", "&#124;")


def listed(module: Any) -> list[str]:
    """The public names of a module that it documents."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    return sorted(name for name in names if not name.startswith("_"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    ARCHITECTURE.write_text(architecture(ARCHITECTURE.read_text(encoding="utf-8")), encoding="utf-8")
    TACTICS.write_text(tactics(TACTICS.read_text(encoding="utf-8")), encoding="utf-8")
