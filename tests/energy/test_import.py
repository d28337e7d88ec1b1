"""What importing the meter costs and touches."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def python(code):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_importing_and_metering_loads_no_torch_no_hardware_library_and_no_network():
    heavy = [
        "torch",
        "sklearn",
        "scipy",
        "pandas",
        "pynvml",
        "socket",
        "ssl",
        "http.client",
        "urllib.request",
    ]
    code = (
        "import json, sys, greenlatent.energy as e\n"
        f"loaded = [[n for n in {heavy} if n in sys.modules]]\n"
        "m = e.Meter([e.Model()]); m.start(); m.mark('train'); m.ledger(); m.stop()\n"
        f"loaded.append([n for n in {heavy} if n in sys.modules])\n"
        "print(json.dumps(loaded))"
    )
    assert python(code) == [[], []]


def test_a_meter_alone_asks_no_network_and_starts_no_process():
    code = (
        "import json, sys\n"
        "asked = []\n"
        "watched = ('socket.', 'subprocess.', 'os.fork', 'os.posix_spawn', 'os.system', 'os.exec')\n"
        "sys.addaudithook(lambda name, args: asked.append(name) if name.startswith(watched) else None)\n"
        "import greenlatent as gl\n"
        "m = gl.Meter(region='DEU'); m.start(); m.mark('train'); m.stop(); m.report(); m.carbon()\n"
        "print(json.dumps(asked))"
    )
    assert python(code) == []


def test_nothing_but_numpy_is_needed():
    found = set()
    for path in (CHECKOUT / "greenlatent" / "energy").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    assert found - set(sys.stdlib_module_names) == {"numpy", "pynvml"}
