"""The panel of advice: cards that are told as text, and presses that do what their names say."""

import pytest
import torch

from greenlatent.suggestions.proposal import DONE, TAKEN_BACK

from ..parts import clusters
from ..tactics.simulated import lab, scripted  # noqa: F401 - a fixture


def unfused(params):
    return torch.optim.Adam(params, lr=1e-3)


def page(run):
    """What the page was told of advice last."""
    heard = {}
    advising = run._dashboard.panels.advising
    before = advising._widget.set_panel

    def set_panel(kind, header, *buffers):
        if kind == "advice":
            heard.update(header)
        return before(kind, header, *buffers)

    advising._widget.set_panel = set_panel
    return heard


def press(run, do, **arguments):
    run._commands.command(do, **arguments)
    run.runner.call(lambda: None)


def row(heard, what):
    return next(each for each in heard["rows"] if what.lower() in each["what"].lower())


def test_a_button_says_what_looking_takes_and_brings_cards_and_what_was_left(scripted):  # noqa: F811
    with lab(train=clusters(160), threads=2) as run:
        heard = page(run)
        run.step(30)
        press(run, "advise")
        assert "Looking takes about" in heard["price"] and "steps in all" in heard["note"]
        assert row(heard, "one thread")["live"] and row(heard, "one thread")["rehearse"]
        assert heard["left"] == run.advice.left and any("(T18)" in each for each in heard["left"])
        assert [each.what for each in run.advice][row(heard, "one thread")["card"]].startswith("one thread")


def test_live_advice_is_applied_taken_back_and_on_record_as_a_proposal(scripted):  # noqa: F811
    with lab(train=clusters(160), threads=2) as run:
        heard, seen = page(run), []
        run._dashboard.panels.questions.desk.listen(
            lambda card, about: seen.append((card.kind, card.state, about["decided_by"]))
        )
        run.step(30)
        press(run, "advise")
        card = row(heard, "one thread")["card"]
        press(run, "apply", card=card)
        assert row(heard, "one thread")["state"] == "acts"
        run.step()
        assert run.trainer.settings.threads == 1
        press(run, "apply", card=card)
        run.step()
        assert run.trainer.settings.threads == 2 and row(heard, "one thread")["state"] == "taken back"
        assert seen == [("advice", DONE, "human"), ("advice", TAKEN_BACK, "human")]


def test_undo_and_redo_of_the_page_take_advice_back_and_its_card_follows(scripted):  # noqa: F811
    with lab(train=clusters(160), threads=2) as run:
        heard = page(run)
        run.step(30)
        press(run, "advise")
        card = row(heard, "one thread")["card"]
        press(run, "apply", card=card)
        press(run, "undo")
        assert run.journal.settings == {"threads": 2} and row(heard, "one thread")["state"] == "taken back"
        press(run, "redo")
        assert run.journal.settings == {"threads": 1} and row(heard, "one thread")["state"] == "acts"
        run.advice[card].undo()
        run.runner.call(lambda: None)
        assert row(heard, "one thread")["state"] == "taken back", "by code, too"


def test_a_set_up_is_told_as_code_and_what_is_left_is_shown_no_more(scripted):  # noqa: F811
    with lab(train=clusters(160)) as run:
        heard = page(run)
        run.advise(steps=20_000)
        card = row(heard, "Batches of 32")["card"]
        press(run, "apply", card=card)
        assert heard["note"] == f"For another run: gl.Lab(**lab.advice[{card}].apply())"
        press(run, "leave", card=card)
        assert card not in [each["card"] for each in heard["rows"]]
        with pytest.raises(ValueError, match="shown no more"):
            run._dashboard.panels.advising.apply(card)


def test_a_rehearsal_by_a_press_gives_its_verdict(scripted):  # noqa: F811
    with lab(train=clusters(160)) as run:
        heard = page(run)
        run.advise(steps=2_000)
        card = row(heard, "Batches of 32")["card"]
        press(run, "rehearse", card=card)
        assert (
            "Rehearsed over " in row(heard, "Batches of 32")["accuracy"]
            and row(heard, "Batches of 32")["rehearse"] == ""
        )


def test_an_agent_proposes_what_was_advised_and_applies_nothing_that_is_not_live(scripted):  # noqa: F811
    with lab(train=clusters(160), threads=2, optimizer=unfused) as run:
        heard, agent = page(run), run.agent("suggest")
        run.step(30)
        assert [card for card in agent.suggest(9) if card.kind == "advice"] == [], (
            "it looks for none by itself"
        )
        found = run.advise(steps=20_000)
        offered = {card.reason: card for card in agent.suggest(20) if card.kind == "advice"}
        live = next(
            card for said, card in offered.items() if said.startswith("One thread instead of 2 (threads).")
        )
        fused = next(card for said, card in offered.items() if "(T11)." in said)
        assert "Nothing of this run changes" in fused.reason and live.saves.known
        assert run.journal.settings == {} and agent.level == "suggest", "a card alone does nothing"
        said = agent.accept(fused)
        assert said == f"For another run: gl.Lab(**lab.advice[{found.index(found.of('T11'))}].apply())"
        assert not run.trainer.stepper.optimizer.defaults["fused"]
        assert "acts from the next step on" in agent.accept(live)
        assert run.journal.settings == {"threads": 1} and row(heard, "one thread")["state"] == "acts"
        press(run, "apply", card=row(heard, "one thread")["card"])
        assert run.journal.settings == {"threads": 2} and agent.desk.now(live).state == TAKEN_BACK


def test_of_advice_that_was_rejected_the_agent_says_no_more_and_by_itself_it_says_each_once(scripted):  # noqa: F811
    with lab(train=clusters(160), threads=2) as run:
        heard, agent = page(run), run.agent("suggest")
        run.step(30)
        run.advise(steps=20_000)
        run.step()
        run.wait()  # a pause is a border at which a card may come
        mine = [card for card in agent.pending if card.kind == "advice"]
        assert len(mine) == 1 and mine[0].reason.startswith(str(run.advice[0]))
        agent.reject(mine[0])
        assert mine[0].reason not in [card.reason for card in agent.suggest(20)]
        assert not any(each["card"] == 0 for each in heard["rows"]), "left in the panel, too"
