"""A machine of their own: no test reads or writes the speeds and runs of the person who runs it."""

import pytest


@pytest.fixture(autouse=True)
def _own_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
