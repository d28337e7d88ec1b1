"""Installs torch into the environment that runs this: a CPU build wherever there is no NVIDIA GPU.

On Linux x86_64 the plain package brings several GB of CUDA libraries. So pip is first asked what it would
install. Only where that includes CUDA and no GPU is here does torch come from PyTorch's own index of CPU
builds; where pip finds a CPU build by itself (macOS, Windows, a wheel in PIP_FIND_LINKS) nothing is added.
"""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).parent.parent / "constraints-cpu.txt"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]


def has_nvidia_gpu() -> bool:
    if Path("/proc/driver/nvidia/version").exists():
        return True
    smi = shutil.which("nvidia-smi")
    return smi is not None and subprocess.run([smi, "-L"], capture_output=True).returncode == 0


def brings_cuda(plan: dict) -> bool:
    """Whether pip's installation report names CUDA libraries."""
    names = [item["metadata"]["name"].lower() for item in plan["install"]]
    return any(name.startswith(("nvidia-", "cuda-")) for name in names)


def main() -> int:
    if has_nvidia_gpu():
        print("Installing torch with CUDA: an NVIDIA GPU is here", flush=True)
        return subprocess.run([*PIP, "torch>=2.4,<2.14"]).returncode
    wanted = ["-c", str(CONSTRAINTS), "torch"]
    print("Installing torch for the CPU: no NVIDIA GPU is here", flush=True)
    asked = subprocess.run([*PIP, "--dry-run", "--report", "-", *wanted], stdout=subprocess.PIPE)
    if asked.returncode:
        return asked.returncode
    if not brings_cuda(json.loads(asked.stdout)):
        return subprocess.run([*PIP, *wanted]).returncode
    code = subprocess.run([*PIP, "--index-url", CPU_INDEX, *wanted]).returncode
    if code:
        print(
            f"torch could not be installed from {CPU_INDEX}. The package that pip finds\n"
            "otherwise brings several GB of CUDA libraries, of no use on this machine. Make that address\n"
            f"reachable, or put a CPU wheel of torch for Python {platform.python_version()} into a folder and\n"
            "set PIP_FIND_LINKS to it.",
            file=sys.stderr,
        )
    return code


if __name__ == "__main__":
    sys.exit(main())
