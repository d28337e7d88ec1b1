"""What all tests share: a folder of their own, so that no session folder ends up in the checkout."""

import pytest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
