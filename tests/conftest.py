"""What all tests share: a folder of their own, so that no session folder ends up in the checkout."""

import signal

import pytest


def pytest_configure() -> None:
    # Ended from outside, as by a time limit, a run still stops the servers and browsers that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
