"""No model of another test counts as one that a trainer has now."""

import weakref

import pytest


@pytest.fixture(autouse=True)
def _nobody_elses_models(monkeypatch):
    monkeypatch.setattr("greenlatent.model.ownership._OWNED", weakref.WeakKeyDictionary())
