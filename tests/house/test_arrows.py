"""Which folder may know which: floors, one above the other, and who may know Jupyter, threads, torch or a network."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

import greenlatent

from .source import PACKAGE, SOURCES, Arrow, folder, imported, module, nodes, ours

# What the house stands on: files of no subject of ours, known to all, which know nothing.
GROUND = {"files", "faces", "children"}
# A folder may import from the floors before its own, never from its own or one after it.
FLOORS = (
    {"data", "energy", "statistics"},
    {"datasets", "edits", "model"},
    {"feedback", "widgets"},
    {"training", "plots"},
    {"picture", "suggestions"},
    {"run", "study"},
    {"agent", "course", "film", "plan", "scale", "search", "tactics"},
    {"lab", "check", "integrations", "notebooks"},
)
FLOOR = {name: floor for floor, names in enumerate((GROUND, *FLOORS)) for name in names}
# What lies below but is nobody else's business: folder -> the folders of ours that it may know.
MAY_KNOW = {
    "energy": {"faces"},
    "statistics": {"faces"},
    "widgets": {"faces", "edits"},
    "plots": {"faces", "widgets", "edits", "statistics", "energy"},
}

ANY = set(FLOOR)
# library -> the folders, or files, that may import it
KNOWS = {
    (
        "IPython",
        "anywidget",
        "comm",
        "ipykernel",
        "ipywidgets",
        "jupyter_client",
        "jupyter_core",
        "traitlets",
    ): {
        "widgets",
        "plots",
        "check",
        "plan/page/form",
        "plan/page/fix_row",
        "plan/page/notes",
        "plan/page/view",
        "search/page/board",
        "search/page/listing",
    },
    ("pytorch_lightning", "lightning", "transformers", "skorch", "mlflow", "wandb"): {
        "integrations",
        "study/green/reporting",
    },
    ("bqplot",): {"plots/curve", "plan/page/figure"},
    ("multiprocessing",): {
        "picture/embedding",
        "picture/embedding_worker",
        "data/reader",
        "search/workers/pool",
    },
    ("optuna",): {"search/choices/propose"},
    ("cloudpickle",): {"children"},
    ("ipyparallel",): {"scale/engines"},
    ("jupyter_server",): {"course/contents"},
    ("http", "urllib"): {"energy/sources/plugs", "energy/sources/answer", "agent/asking/wire"},
    # ranks ask which interface is the loopback
    ("socket",): {
        "energy/sources/plugs",
        "energy/sources/answer",
        "agent/asking/wire",
        "agent/mcp",
        "scale/wire",
    },
    ("pynvml",): {"energy/sources/limit", "energy/sources/nvml"},
    ("mcp", "uvicorn", "starlette", "pydantic"): {"agent/mcp"},
    ("ecologits",): {"agent/asking/price"},
    ("torch",): (ANY - {"energy", "statistics", "widgets", "plots", "files", "faces", "children", "plan"})
    | {
        "plan/models/counted",
        "plan/models/nets",
        "plan/costs/benchmark",
        "plan/rehearsal",
        "plan/given",
        "plan/data/read",
    },
}
# A calibration keeps processors busy by threads of its own; `marks` holds those of all meters, weakly, for forks.
THREADS = {
    "agent/asking/thread",
    "agent/mcp",
    "run/runner",
    "energy/calibration",
    "energy/counting/recorder",
    "energy/marks",
    "energy/sources/sampled",
    "search/driver",
    "search/page/board",
    "children",
    "scale/nodes",
    "search/workers/pool",
}


def place(path) -> str:
    """A file of the package as these tables name it."""
    return str(path.relative_to(PACKAGE).with_suffix(""))


def arrows() -> list[Arrow]:
    return [arrow for path in SOURCES for arrow in imported(path)]


def test_every_folder_stands_on_one_floor():
    there = {folder(path) for path in SOURCES} - {"__init__"}
    assert there == set(FLOOR)
    assert sum(map(len, FLOORS)) + len(GROUND) == len(FLOOR)


def test_arrows_point_down():
    back = []
    for arrow in arrows():
        target = ours(arrow)
        if target is None or (target.parent == PACKAGE and target.name == "__init__.py"):
            continue
        here, there = folder(arrow.path), folder(target)
        if here != there and here != "__init__" and FLOOR[there] >= FLOOR[here]:
            back.append(f"{arrow}, which stands on floor {FLOOR[there]}, {here} on {FLOOR[here]}")
    assert back == []


@pytest.mark.parametrize("name", MAY_KNOW)
def test_knows_no_more_of_ours_than_it_needs(name):
    knows = {folder(target) for arrow in arrows() if folder(arrow.path) == name and (target := ours(arrow))}
    assert knows - {name} <= MAY_KNOW[name]


def test_no_folder_holds_a_circle_of_files():
    graph: dict[str, set[str]] = {}
    for arrow in arrows():
        target = ours(arrow)
        if target is not None and target.name != "__init__.py" and target != arrow.path:
            graph.setdefault(module(arrow.path), set()).add(module(target))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle: " + " -> ".join(error.args[1]))


def test_counting_and_sources_know_nothing_of_the_meter():
    above = {"meter", "budget", "report", "record", "reading"}
    known = {
        str(arrow)
        for arrow in arrows()
        if arrow.name.startswith("greenlatent.energy.")
        and place(arrow.path).startswith(("energy/counting", "energy/sources"))
        and arrow.name.split(".")[2] in above
    }
    assert known == set()


def test_the_study_uses_public_names_and_statistics_only():
    public = {*greenlatent.__all__, "study", "statistics", *GROUND}
    private = {
        str(arrow)
        for arrow in arrows()
        if folder(arrow.path) == "study"
        and arrow.name.startswith("greenlatent.")
        and arrow.name.split(".")[1] not in public
    }
    assert private == set()


@pytest.mark.parametrize("libraries", KNOWS, ids=", ".join)
def test_few_know(libraries):
    knowing = {place(arrow.path) for arrow in arrows() if arrow.name.split(".")[0] in libraries}
    allowed = KNOWS[libraries]
    assert {name for name in knowing if name not in allowed and name.split("/")[0] not in allowed} == set()


def test_threads_start_in_few_places():
    starting = {
        place(path)
        for path in SOURCES
        for node in nodes(path)
        if (isinstance(node, ast.Attribute) and node.attr in ("Thread", "ThreadPoolExecutor", "Timer"))
        or (
            isinstance(node, ast.ImportFrom)
            and {alias.name for alias in node.names} & {"Thread", "ThreadPoolExecutor", "Timer"}
        )
    }
    assert starting <= THREADS


def test_processor_counters_are_read_in_one_place():
    assert {place(path) for path in SOURCES if "/sys/class/powercap" in path.read_text()} <= {
        "energy/sources/rapl"
    }


# --- underscores stay home: a name with one is used in its own file alone. What still crosses, with its reason;
# the list may only shrink ---

CROSSING = {
    "training/solving/readout: _replace": "a named tuple's own way",
    "training/solving/solved: _asdict": "a named tuple's own way",
    "training/solving/readout: _version": "torch counts what is written into a tensor nowhere in public",
    "energy/counting/book: _replace": "a named tuple's own way",
    "energy/joules: _replace": "a named tuple's own way",
    "energy/calibration: _fields": "a named tuple's own way",
    "feedback/feedback: _foreach_norm": "one norm over all gradients, where torch's clipping would write them",
    "model/randomness: _schema": "whether a torch operation takes a generator is told nowhere else",
    "model/tap: _AvgPoolNd": "torch names the kinds of pooling nowhere in public",
    "model/tap: _MaxPoolNd": "torch names the kinds of pooling nowhere in public",
    "children: _exit": "a child whose parent is gone ends without asking anybody",
    "training/optimizers: _global_optimizer_post_hooks": "torch's wrapping of a step costs a tenth of a small one",
    "training/optimizers: _global_optimizer_pre_hooks": "torch's wrapping of a step costs a tenth of a small one",
    "training/optimizers: _is_profiler_enabled": "torch's wrapping of a step costs a tenth of a small one",
    "training/optimizers: _optimizer_step_post_hooks": "torch's wrapping of a step costs a tenth of a small one",
    "training/optimizers: _optimizer_step_pre_hooks": "torch's wrapping of a step costs a tenth of a small one",
    "widgets/traits: _notify_trait": "a trait that a page set must be heard without being sent back",
    "widgets/traits: _trait_values": "a trait that a page set must be heard without being sent back",
}


@cache
def crossings() -> set[str]:
    """`file: name` wherever a private name is imported, or read of an object that is not `self` or `cls`."""
    found = set()
    for path in SOURCES:
        own = {
            node.attr if isinstance(node, ast.Attribute) else node.name
            for node in nodes(path)
            if (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
            or isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        own |= {
            target.id
            for node in nodes(path)
            if isinstance(node, ast.AnnAssign | ast.Assign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom):
                names = [a.name for a in node.names if node.level]
            elif isinstance(node, ast.Attribute) and not (
                isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            ):
                names = [node.attr] if node.attr not in own else []
            else:
                continue
            found |= {f"{place(path)}: {n}" for n in names if n.startswith("_") and not n.startswith("__")}
    return found


def test_underscores_stay_home():
    assert crossings() - set(CROSSING) == set()


def test_what_crosses_no_more_is_taken_off_the_list():
    assert set(CROSSING) - crossings() == set()
