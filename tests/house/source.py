"""The package as its own source shows it: files, their folders, and which imports which."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[2]
PACKAGE = CHECKOUT / "greenlatent"
SOURCES = sorted(PACKAGE.rglob("*.py"))


class Arrow(NamedTuple):
    """One imported name: the file, its line, and the full name of what it imports."""

    path: Path
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(CHECKOUT)}:{self.line} imports {self.name}"


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def folder(path: Path) -> str:
    """The folder at the top of the package that a file lies in; of a file that lies there itself, its name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module(path: Path) -> str:
    name = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's tree, walked once: walking takes as long as parsing, and most tests here walk every file."""
    return tuple(ast.walk(tree(path)))


@cache
def imported(path: Path) -> tuple[Arrow, ...]:
    """All that a file imports, late imports and those for type checkers included: each is an arrow."""
    package = path.relative_to(CHECKOUT).with_suffix("").parts[:-1]
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [Arrow(path, node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            home = ".".join([*above, *([node.module] if node.module else [])])
            found += [Arrow(path, node.lineno, f"{home}.{alias.name}") for alias in node.names]
    return tuple(found)


@cache
def ours(arrow: Arrow) -> Path | None:
    """The file of ours that an arrow points to."""
    parts = arrow.name.split(".")
    if parts[0] != "greenlatent":
        return None
    for n in range(len(parts), 0, -1):
        for path in (
            CHECKOUT.joinpath(*parts[:n]).with_suffix(".py"),
            CHECKOUT.joinpath(*parts[:n], "__init__.py"),
        ):
            if path.exists():
                return path
    return None
