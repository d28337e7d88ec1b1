import pytest

from greenlatent.run import progress as module
from greenlatent.run.progress import Progress


@pytest.fixture
def told():
    return []


@pytest.fixture
def progress(told):
    progress = Progress()
    progress.listen(lambda text, share: told.append((text, share)))
    return progress


def test_what_takes_long_is_told_with_its_share_and_its_end(progress, told, monkeypatch):
    monkeypatch.setattr(module, "PROGRESS_SECONDS", -1.0)
    with progress.doing("Evaluating") as going:
        assert going(0.5) and going(None)
    assert told == [("Evaluating", 0.5), ("Evaluating", None), ("", None)]


def test_what_is_done_soon_is_never_mentioned(progress, told, monkeypatch):
    monkeypatch.setattr(module, "PROGRESS_SECONDS", 1e9)
    with progress.doing("Evaluating") as going:
        assert going(0.5)
    assert told == []


def test_work_that_is_called_off_hears_of_it_and_the_next_one_does_not(progress):
    with progress.doing("Evaluating") as going:
        progress.cancel()
        assert not going(0.5)
    with progress.doing("Evaluating") as going:
        assert going(0.5)


def test_the_end_is_told_of_work_that_failed_and_an_ended_listener_hears_no_more(progress, told, monkeypatch):
    monkeypatch.setattr(module, "PROGRESS_SECONDS", -1.0)
    heard = []
    end = progress.listen(lambda *what: heard.append(what))
    with pytest.raises(ZeroDivisionError), progress.doing("Evaluating") as going:
        going(0.1)
        end(), end()
        raise ZeroDivisionError
    assert told[-1] == ("", None) and heard == [("Evaluating", 0.1)]
