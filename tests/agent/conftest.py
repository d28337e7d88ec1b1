"""What an agent keeps outside of sessions goes into a folder of the test's own."""

import pytest


@pytest.fixture(autouse=True)
def _own_data(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
