"""On half a core and with a gigabyte, as a shared server may give, the quick start still works."""

import os
import re
import signal
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01-quickstart.ipynb"
TURN = 0.02  # seconds that the kernel runs, and as many that it is held
KILOBYTES = 1_000_000


def memory(pid: int, name: str) -> int:
    """A line of the kernel's accounts, in kilobytes."""
    return int(re.search(rf"{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_the_quick_start_runs_on_half_a_core_and_a_gigabyte(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(QUICKSTART.parents[1]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    peak, over = [0], threading.Event()

    def hold(pid: int) -> None:
        """A quota of half a core, as a cgroup gives it: the kernel is stopped every other 20 ms."""
        while not over.is_set():
            try:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(TURN)
                os.kill(pid, signal.SIGCONT)
                peak[0] = max(peak[0], memory(pid, "VmHWM"))
            except (ProcessLookupError, OSError, TypeError):  # it has ended
                return
            time.sleep(TURN)

    client = NotebookClient(
        nbformat.read(QUICKSTART, as_version=4),
        timeout=600,
        resources={"metadata": {"path": str(tmp_path)}},
        on_notebook_start=lambda **_: threading.Thread(
            target=hold, args=(client.km.provisioner.pid,), daemon=True
        ).start(),
    )
    try:
        client.execute()
    finally:
        over.set()
    assert 200_000 < peak[0] < KILOBYTES
    said = "".join(output.get("text", "") for cell in client.nb.cells for output in cell.get("outputs", []))
    assert "With your" in said, "the notebook ends with what the corrections saved"
