"""Tests lie where their modules lie: `greenlatent/x/y.py` is tested by `tests/x/test_y.py`."""

from .source import CHECKOUT, PACKAGE, SOURCES

TESTS = CHECKOUT / "tests"
# Small parts that are tested through another: module -> the test that covers it.
COVERED_BY: dict[str, str] = {}


def mirrored() -> dict[str, str]:
    return {
        str(path.relative_to(PACKAGE).with_suffix("")): str(
            path.relative_to(PACKAGE).with_name(f"test_{path.name}")
        )
        for path in SOURCES
        if path.name != "__init__.py"
    }


def test_every_module_has_its_test_or_is_named_with_the_one_that_covers_it():
    missing = {name for name, test in mirrored().items() if not (TESTS / test).exists()}
    assert missing == set(COVERED_BY)


def test_what_is_named_as_cover_is_there():
    gone = {test for test in COVERED_BY.values() if not (TESTS / test).exists()}
    assert gone == set()


def test_no_test_is_left_of_a_module_that_is_gone():
    """Tests of several modules together, and of the repository, have names of their own."""
    folders = {path.parent.relative_to(PACKAGE) for path in SOURCES}
    several = {
        *("training/test_sequences.py", "training/test_gpu.py", "training/test_kills.py"),
        "run/test_former_versions.py",
    }
    extra = {
        str(path.relative_to(TESTS))
        for folder in folders
        for path in (TESTS / folder).glob("test_*.py")
        if str(path.relative_to(TESTS)) not in {*mirrored().values(), *several}
    }
    assert extra == set()
