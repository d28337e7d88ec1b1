"""Thread: the one on which a model is asked, one question at a time; it ends with the agent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from .wire import Stop

log = logging.getLogger(__name__)


class Asker:
    """Runs one job at a time; a second is refused while one runs. Nobody waits for it: it is called off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: Stop | None = None
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        return self._stop is not None

    def begin(self, job: Callable[[Stop], None], done: Callable[[], object] = lambda: None) -> bool:
        """Start a job, which looks at its `Stop`; False while another runs. `done` is called after it, free again."""
        stop = Stop()

        def run() -> None:
            try:
                job(stop)
            except Exception:
                log.exception("a question to a model failed; training goes on")
            finally:
                with self._lock:
                    if self._stop is stop:
                        self._stop = None
                done()

        with self._lock:
            if self._stop is not None:
                return False
            self._stop = stop
            self._thread = threading.Thread(target=run, name="greenlatent asks", daemon=True)
            self._thread.start()
        return True

    def cancel(self) -> None:
        """Call off what runs, from any thread; the next may begin at once."""
        with self._lock:
            stop, self._stop = self._stop, None
        if stop is not None:
            stop.call()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended; False if that took longer."""
        with self._lock:
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            return not thread.is_alive()
        return True
