"""Killed at a random moment, a search loses no candidate, doubles no slice, and tells no fewer joules than it took."""

import pytest

from tests.search.kills import kill_one

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_driver_leaves_what_can_be_gone_on_with(tmp_path, seed):
    assert kill_one(tmp_path, seed) == []


def test_with_its_driver_its_workers_end(tmp_path):
    assert kill_one(tmp_path, 0, workers=2) == []
