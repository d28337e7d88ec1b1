"""check: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Literal

from packaging.requirements import Requirement

# What a server must offer its pages so that a widget of this kernel can be shown.
_LAB_EXTENSIONS = {"anywidget": "anywidget", "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets"}


@dataclass(frozen=True)
class Finding:
    """One line of a report; `mend` is what to do, and empty where nothing is to be done."""

    state: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.state:<4}  {self.what}" + (f"\n      -> {self.mend}" if self.mend else "")


@dataclass(frozen=True)
class Report:
    """All findings; it is true when nothing fails."""

    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return all(finding.state != "fail" for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    __repr__ = __str__  # plain text in a notebook, too: names and paths in it are never markup


def check() -> Report:
    """Look at this installation from inside the kernel that uses it.

    >>> gl.check()                # doctest: +SKIP
    ok    greenlatent 0.2.0 on Python 3.11.7
    fail  JupyterLab runs in /opt/lab and has no anywidget there: widgets stay blank
          -> /opt/lab/bin/python -m pip install anywidget, then reload the page
    """
    return Report((*_versions(), *_server(), *_page(), *_torch(), *_counters(), *_models()))


def _versions() -> Iterator[Finding]:
    try:
        version = metadata.version("greenlatent")
    except metadata.PackageNotFoundError:
        yield Finding(
            "warn",
            f"greenlatent is used from {Path(__file__).parent} but not installed, so versions are unchecked",
            "pip install . in its folder",
        )
        return
    yield Finding("ok", f"greenlatent {version} on Python {platform.python_version()}, {sys.prefix}")
    for line in metadata.requires("greenlatent") or []:
        yield from _requirement(Requirement(line))


def _requirement(wanted: Requirement) -> Iterator[Finding]:
    if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
        return
    install = f'{sys.executable} -m pip install "{wanted.name}{wanted.specifier}", then restart the kernel'
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        yield Finding("fail", f"{wanted.name} is missing", install)
        return
    if wanted.specifier.contains(version, prereleases=True):
        yield Finding("ok", f"{wanted.name} {version}")
    else:
        why = ", which loses what threads send" if (wanted.name, version) == ("ipykernel", "7.0.0") else ""
        yield Finding("fail", f"{wanted.name} is {version}{why}; {wanted.specifier} is needed", install)


def _server() -> Iterator[Finding]:
    """Whether the server that started this kernel can show widgets. It may live in another environment."""
    command = _parent()
    if command is None or not any("jupyter" in Path(word).name or word == "notebook" for word in command):
        yield Finding("ok", "no Jupyter server of this machine started this Python; its pages are unchecked")
        return
    # argv, not the resolved executable: a virtual environment's Python is a link to one outside it
    python = Path(command[0])
    prefix = python.parent.parent
    missing = [
        package
        for extension, package in _LAB_EXTENSIONS.items()
        if not any(
            (folder / "labextensions" / extension / "package.json").exists() for folder in _data(prefix)
        )
    ]
    if not missing:
        yield Finding("ok", f"the Jupyter server in {prefix} can show widgets")
        return
    names = " ".join(missing)
    where = "with this kernel" if prefix == Path(sys.prefix) else "in another environment than this kernel"
    yield Finding(
        "fail",
        f"the Jupyter server runs in {prefix}, {where}, and has no {names} there: widgets stay blank",
        f"{python} -m pip install {names}, then reload the page",
    )


def _page() -> Iterator[Finding]:
    """What the page that shows this kernel's widgets has said of itself."""
    from .widgets.widget import Widget

    if Widget.webgl is None:
        yield Finding("ok", "no page has shown a widget of this kernel yet; its WebGL is unchecked")
    elif Widget.webgl:
        yield Finding("ok", "the page draws with WebGL2")
    else:
        yield Finding(
            "warn",
            "the page has no WebGL2 of a graphics card: the processor draws, which is slow from 500,000 points on",
            "switch on graphics acceleration in the browser's settings, then reload the page",
        )


def _parent() -> list[str] | None:
    """The command line of the process that started this kernel."""
    import psutil

    try:
        return psutil.Process(int(os.environ["JPY_PARENT_PID"])).cmdline() or None
    except (KeyError, ValueError, psutil.Error):
        return None


def _data(prefix: Path) -> list[Path]:
    """Where a server of this user that runs in `prefix` looks for extensions."""
    from jupyter_core import paths

    shared = [path for path in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if path]
    return [
        prefix / "share" / "jupyter",
        *map(Path, (*shared, paths.jupyter_data_dir(), *paths.SYSTEM_JUPYTER_PATH)),
    ]


def _torch() -> Iterator[Finding]:
    try:
        import torch
    except ImportError as error:
        yield Finding("fail", f"torch cannot be imported: {error}", f"{sys.executable} -m pip install torch")
        return
    if torch.cuda.is_available():
        yield Finding("ok", f"torch uses {torch.cuda.get_device_name()}")
    elif torch.version.cuda is not None:
        yield Finding(
            "warn",
            f"torch {torch.__version__} holds several GB of CUDA, and no GPU answers; it trains on the CPU",
            "with a GPU: see whether nvidia-smi answers; without: install torch from PyTorch's CPU index",
        )
    else:
        yield Finding("ok", f"torch {torch.__version__} trains on the CPU")
    from .model.threads import allowed_threads

    threads, allowed = torch.get_num_threads(), allowed_threads()
    if threads > allowed:
        yield Finding(
            "warn",
            f"torch uses {threads} threads where {allowed} may run at once: they will wait for each other",
            f"torch.set_num_threads({allowed}); a Trainer does so by itself",
        )
    else:
        yield Finding("ok", f"torch uses {threads} of {allowed} threads allowed here")


def _counters() -> Iterator[Finding]:
    from .energy.sources import Nvml, Rapl, Unavailable

    for part, source in (("GPU", Nvml()), ("processor", Rapl())):
        try:
            channels = source.open()
        except Unavailable as reason:
            yield Finding(
                "warn", f"no energy counter for the {part}: its joules come from a model", str(reason)
            )
        else:
            names = ", ".join(channel.name for channel in channels)
            remarks = "; ".join(remark for channel in channels for remark in channel.remarks)
            for channel in channels:
                channel.close()
            yield Finding("ok", f"energy counters for the {part}: {names}", remarks)


def _models() -> Iterator[Finding]:
    """Whether language models that were met on this machine answer, and how they did; others are not asked."""
    from .agent.asking.powers import all_kept
    from .agent.asking.trial import ACTS
    from .agent.asking.wire import Address, Failed, Stop, Wire

    for url, name, powers in all_kept():
        did = f"the model {name} at {url} answered {powers.score} of {ACTS} trial questions on {powers.date}"
        address = Address.of(url)
        if address.host not in ("127.0.0.1", "localhost", "::1"):
            yield Finding("ok", f"{did}; whether it answers now was not asked")
            continue
        try:
            Wire(address, 2.0, lambda host: False).reach(Stop())
        except Failed as error:
            yield Finding("warn", f"{did}; it does not answer now", str(error))
        else:
            yield Finding("ok", f"{did}, and its server answers")


class _Callable(ModuleType):
    """Importing this module puts it in the place of the function `greenlatent.check`; so it can be called, too."""

    def __call__(self) -> Report:
        return check()


sys.modules[__name__].__class__ = _Callable
__doc__ = check.__doc__ or ""  # its help is that of the function, too

if __name__ == "__main__":
    given = sys.argv[1:]
    if given and all(name.endswith(".ipynb") for name in given):
        from .course import notebook

        sys.exit(notebook.main(given))
    if given:  # hand-ins: another thing to check, by the same name
        from .course import grading

        sys.exit(grading.main(given))
    report = check()
    print(report)
    sys.exit(not report)
