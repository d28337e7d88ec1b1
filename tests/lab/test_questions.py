import numpy as np
import pytest

from greenlatent.data.samples import Samples
from greenlatent.datasets import digits
from greenlatent.edits import Affirm, Drop, Relabel, Weigh
from greenlatent.lab.lab import Lab
from greenlatent.suggestions.diagnosis import diagnosis
from greenlatent.suggestions.proposal import Proposal

from ..parts import digit_samples, net
from ..run.test_runner import wait_for
from .test_lab import Page
from .test_panels import heard


def made(**options):
    train, valid = digit_samples(noise="blob")
    valid = digits().take(valid.origin)  # labelled right, so that doubts can be weighed against it
    return Lab(
        net(), train, valid=valid, latent="encoder", batch_size=32, threads=1, session=False, **options
    )


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lab = made()
    yield lab
    lab.close()


def left_out(lab):
    """Digits with blobs of wrong labels, some steps after the machine left out what it doubted."""
    lab.step(480)
    lab.revise()
    lab.step(60)
    return Page(lab)


def told(page):
    return heard(page, "suggestion")[-1]


def ask(page, do, **arguments):
    """Press a button, and wait for what it leads to: what is told then, and the samples of the card."""
    count = len(heard(page, "suggestion"))
    page.press(do, **arguments)
    wait_for(lambda: len(heard(page, "suggestion")) > count)
    (ids, *_) = next(buffers for header, buffers in reversed(page.heard) if header["type"] == "suggestion")
    return told(page), np.frombuffer(ids, "<u4").tolist()


def out(lab):
    return set(np.flatnonzero(lab.trainer.upcoming.weights == 0).tolist())


# Suggestions


def test_the_seconds_of_an_answer_leave_out_what_was_done_otherwise_meanwhile(lab):
    lab.step(800)
    page = Page(lab)
    page.press("suggest")
    wait_for(lambda: heard(page, "suggestion"))
    lab._dashboard.panels.questions._since -= 100  # asked that long ago
    lab.journal.add(Relabel([3], 1), by="human", seconds=60.0, frame=800)
    page.press("accept", card=told(page)["card"])
    wait_for(lambda: len(lab.journal) == 2)
    _, answer = lab.journal
    assert answer.seconds is not None
    assert 0 <= answer.seconds < 60, "not the hundred since it was asked"


def test_a_suggestion_is_looked_at_accepted_and_not_asked_again(lab):
    lab.step(800)
    page = Page(lab)
    page.press("suggest")
    wait_for(lambda: heard(page, "suggestion"))
    card = heard(page, "suggestion")[-1]
    assert card["n"] > 2 and card["given"] != card["proposed"] and card["reason"] and card["trusted"]
    page.press("select", card=card["card"])
    ids = lab.selection.tolist()
    assert len(ids) == card["n"]
    for _ in range(2):  # a second press must not answer the next one
        page.press("accept", card=card["card"])
    wait_for(lambda: heard(page, "suggestion")[-1]["card"] != card["card"])
    (event,) = lab.journal.active
    assert event.edit == Relabel(ids, card["proposed"])
    assert event.by == "human" and event.seconds is not None and event.frame == 800
    later = heard(page, "suggestion")[-1]
    page.press("reject", card=later["card"])
    wait_for(lambda: heard(page, "suggestion")[-1]["card"] != later["card"])
    assert len(lab.journal.active) == 1, "what was rejected changes nothing"


def test_a_run_until_a_suggestion_stops_and_shows_it(lab):
    page = Page(lab)
    page.press("start", pace=None, until="suggestion")
    assert lab.wait(60)
    wait_for(lambda: heard(page, "suggestion"))
    assert heard(page, "suggestion")[-1]["trusted"]
    page.press("start", pace=1000, until="epoch")
    assert lab.wait(60)
    assert lab.trainer.epoch_done and len(heard(page, "suggestion")) == 1


def test_a_suggestion_is_edited_before_it_is_accepted_and_what_it_led_to_is_told_an_epoch_later(lab):
    lab.step(800)
    page = Page(lab)
    page.press("suggest")
    wait_for(lambda: heard(page, "suggestion"))
    card = heard(page, "suggestion")[-1]
    (ids, *_) = next(buffers for header, buffers in page.heard if header is card)
    shown = np.frombuffer(ids, "<u4").tolist()
    assert len(shown) == card["n"] and shown[0] == lab._dashboard.panels.questions._asked.medoid
    other = next(c for c in lab.trainer.train.classes if c not in (card["given"], card["proposed"]))
    page.press("accept", card=card["card"], label=other)
    wait_for(lambda: heard(page, "suggestion")[-1]["card"] != card["card"])
    (event,) = lab.journal.active
    assert sorted(event.edit.ids) == sorted(shown) and event.edit.label == other
    assert "see what an epoch makes of it" in heard(page, "suggestion")[-1]["led"][0]
    lab.step(40)
    wait_for(lambda: "40 steps later the model sees that in" in heard(page, "suggestion")[-1]["led"][0])
    assert "accuracy went from" in heard(page, "suggestion")[-1]["led"][0]


def test_what_an_accepted_suggestion_led_to_goes_with_its_edit_and_nothing_outlives_a_reset(lab):
    lab.step(800)
    page = Page(lab)
    led = lambda: heard(page, "suggestion")[-1]["led"]  # noqa: E731
    page.press("suggest")
    wait_for(lambda: heard(page, "suggestion"))
    page.press("accept", card=heard(page, "suggestion")[-1]["card"])
    wait_for(lambda: len(led()) == 1)
    page.press("undo")
    wait_for(lambda: led() == [])
    lab.step(40)
    lab.wait()
    assert led() == [], "an edit that was taken back leads nowhere"
    page.press("redo")
    wait_for(lambda: len(led()) == 1)
    card = heard(page, "suggestion")[-1]["card"]
    lab.trainer.reset()
    wait_for(lambda: led() == [] and heard(page, "suggestion")[-1]["card"] is None)
    page.press("accept", card=card)
    lab.step(1)
    assert len(lab.journal.active) == 1, "a card of the run before is not answered"


# What was left out


def test_the_machine_leaves_out_what_is_suggested_and_says_so_and_undo_takes_it_back(lab):
    lab.step(480)
    page = Page(lab)
    suggested = {i for s in lab.suggest(1000) if s.trusted for i in s.ids}
    card, _ = ask(page, "revise")
    (event,) = lab.journal.active
    assert event.edit == Drop(sorted(suggested)) and event.by == "machine" and len(suggested) > 100
    assert card["card"] is None and out(lab) == suggested
    assert card["note"].startswith(f"The machine left out {len(suggested)} samples and took back 0. Undo")
    wait_for(lambda: heard(page, "journal")[-1]["rows"])
    assert heard(page, "journal")[-1]["rows"][0]["by"] == "machine"
    page.press("undo")
    wait_for(lambda: not lab.journal.active)
    assert out(lab) == set()


def test_later_it_takes_back_what_the_model_guesses_as_labelled_by_now(lab):
    lab.step(480)
    before = lab.revise()
    assert before.astray and before.cleared == ()
    lab.step(200)
    done = lab.revise()
    assert done.cleared and set(done.cleared) <= set(before.astray)
    assert out(lab) == set(before.astray) - set(done.cleared) | set(done.astray)
    later = lab.journal.active[1:]
    assert [type(event.edit) for event in later] == [Drop] * bool(done.astray) + [Weigh]
    assert {event.by for event in later} == {"machine"}
    assert lab.energy["suggest"].known


def test_a_sample_comes_back_as_often_as_it_was_met_before(lab):
    lab.trainer.train.weights[:600] = 2.0
    lab.step(480)
    lab.revise()
    lab.step(200)
    done = lab.revise()
    weights = lab.trainer.upcoming.weights[list(done.cleared)]
    assert weights.tolist() == [2.0 if i < 600 else 1.0 for i in done.cleared] and len(set(weights)) == 2
    assert sum(isinstance(event.edit, Weigh) for event in lab.journal.active) == 2


def test_before_anything_can_be_trusted_nothing_is_left_out_or_sorted(lab):
    page = Page(lab)
    assert "Train on" in ask(page, "revise")[0]["note"]
    lab.step(100)
    assert "too early to trust" in ask(page, "revise")[0]["note"]
    assert lab.revise().astray == ()
    card, ids = ask(page, "review")
    assert (
        card["note"] == "Nothing is left out yet. Leave out all suspects first."
        and card["card"] is None
        and not ids
    )
    assert len(lab.journal) == 0


@pytest.mark.parametrize("right", [True, False])
def test_what_is_selected_of_a_sheet_is_right_or_wrong_and_the_rest_the_opposite(lab, right):
    page = left_out(lab)
    card, ids = ask(page, "review")
    for what in ("among those left out", " left out: which"):
        while what not in card["question"]:
            card, ids = ask(page, "reject", card=card["card"])
        assert len(ids) == card["n"] <= 60 and card["question"].startswith(f"{len(ids)} samples")
        page.press("select", card=card["card"])
        assert lab.selection.tolist() == ids
        lab.selection = [*ids[1:], *set(range(9)).difference(ids)]  # and others that it does not ask about
        lines = len(lab.journal)
        later, next_ids = ask(page, "sort", card=card["card"], right=right)
        affirm, drop = (event for event in lab.journal.active if event.n > lines)
        assert isinstance(affirm.edit, Affirm) and isinstance(drop.edit, Drop)
        few, many = (drop, affirm) if right else (affirm, drop)
        assert set(few.edit.ids) == {ids[0]} and set(many.edit.ids) == set(ids[1:])
        assert affirm.by == drop.by == "human" and affirm.frame == drop.frame == 540
        assert affirm.seconds == drop.seconds is not None
        assert {*drop.edit.ids} <= out(lab) and not {*affirm.edit.ids} & out(lab)
        assert (
            later["note"]
            == f"{len(affirm.edit.ids)} sample{'s' * right} affirmed, {len(drop.edit.ids)} left out."
        )
        assert later["card"] > card["card"] and not {*next_ids} & {*ids}
        assert lab.selection.tolist() == [], "the next sheet is seen undimmed"
        card, ids = later, next_ids


def test_nothing_selected_sorts_nothing_and_a_second_press_answers_nothing(lab):
    page = left_out(lab)
    card, ids = ask(page, "review")
    lines = len(lab.journal)
    again, same = ask(page, "sort", card=card["card"], right=True)
    assert "Press Show all" in again["note"] and (again["card"], same) == (card["card"], ids)
    assert len(lab.journal) == lines
    page.press("select", card=card["card"])
    for _ in range(2):
        page.press("sort", card=card["card"], right=True)
    page.press("accept", card=card["card"] + 1)
    lab.step(1)  # all of it was done
    assert len(lab.journal) == lines + 1, "and a sheet is not accepted as if it were a suggestion"
    assert told(page)["card"] == card["card"] + 1


def test_a_sheet_that_was_skipped_is_not_asked_again_until_the_run_begins_anew(lab):
    page = left_out(lab)
    card, first = ask(page, "review")
    seen = set(first)
    while card["card"] is not None:
        card, ids = ask(page, "reject", card=card["card"])
        assert not seen & set(ids)
        seen |= set(ids)
    assert "Nothing that was left out is in question" in card["note"]
    assert len(lab.journal.active) == 1, "what was skipped changes nothing"
    assert {i for sheet in lab.review(1000) for i in sheet.ids} == seen
    lab.trainer.reset()
    wait_for(lambda: told(page)["note"] == "")
    lab.step(540)
    assert set(ask(page, "review")[1]) & seen


def test_a_sheet_survives_a_reload_and_is_answered_in_another_page(lab):
    page = left_out(lab)
    card, ids = ask(page, "review")
    again = Page(lab)
    assert told(again)["card"] == card["card"] and told(again)["question"] == card["question"]
    lab.selection = ids
    ask(again, "sort", card=card["card"], right=False)
    assert lab.journal.active[-1].edit == Drop(ids)


def test_sheets_hold_only_samples_that_can_be_seen_and_selected():
    lab = made(shown=300)
    page = left_out(lab)
    card, shown = ask(page, "review")[0], set(lab.picture.shown.tolist())
    asked = set()
    while card["card"] is not None:
        page.press("select", card=card["card"])
        asked |= set(lab.selection.tolist())
        card, _ = ask(page, "reject", card=card["card"])
    assert asked and asked <= shown
    assert not {i for sheet in lab.review(1000) for i in sheet.ids} <= shown, "in code there are all"
    lab.close()


def test_the_machine_and_its_sheets_may_be_asked_for_while_training_runs(lab):
    lab.step(480)
    lab.start()
    done = lab.revise()
    sheets = lab.review(3)
    assert done.astray and len(sheets) == 3 and lab.runner.running
    for edit in sheets[0].sort(sheets[0].ids[:1]):
        lab.journal.add(edit)
    lab.pause()
    assert not set(sheets[0].ids) & {i for sheet in lab.review(1000) for i in sheet.ids}


def test_numbers_as_labels_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train = Samples(np.zeros((40, 64), "f4"), np.linspace(0, 1, 40))
    lab = Lab(
        net(), train, latent="encoder", threads=1, session=False, loss=lambda out, y: (out[:, 0] - y) ** 2
    )
    for act in (lab.revise, lab.review):
        with pytest.raises(ValueError, match="regression"):
            act()
    lab.close()


def test_a_look_that_nobody_asked_for_stays_within_a_fiftieth_of_training(lab, monkeypatch):
    lab.step(480)
    page = Page(lab)
    monkeypatch.setattr(diagnosis, "ALLOWED", 0.0)
    card, ids = ask(page, "suggest")
    assert (
        card["diagnosis"].startswith("Not looked at: it may take") and "lab.diagnose()" in card["diagnosis"]
    )
    assert lab.diagnose(ids).share > 0, "who asks is answered, and told what it took"
    card, _ = ask(page, "skip", card=card["card"])
    assert card["diagnosis"].startswith("Not looked at"), "those that were asked for do not count against it"
    monkeypatch.setattr(diagnosis, "ALLOWED", 1e6)
    card, ids = ask(page, "skip", card=card["card"])
    assert lab.diagnose(ids).text.startswith(card["diagnosis"].split("; of sample")[0].rstrip("."))


def test_a_queue_has_an_end_and_what_is_skipped_comes_back(lab, monkeypatch):
    monkeypatch.setattr(diagnosis, "ALLOWED", 1e6)
    lab.step(480)
    page = Page(lab)
    first, ids = ask(page, "suggest")
    assert first["trusted"] and first["evidence"].startswith("Of the validation samples most like them")
    assert lab.diagnose(ids).text.startswith(first["diagnosis"].split("; of sample")[0].rstrip("."))
    found = [s for s in lab.suggest(1000) if s.trusted]
    doubted = len({i for s in found for i in s.ids})
    assert first["queue"] == f"Card 1 of about {len(found)} · {doubted} labels in doubt"
    second, others = ask(page, "skip", card=first["card"])
    assert set(others) != set(ids) and second["queue"].startswith(f"Card 1 of about {len(found) - 1}")
    third, _ = ask(page, "reject", card=second["card"])
    assert third["queue"].startswith("Card 2 of about")
    card, met = third, []
    while set(met) != set(ids):
        card, met = ask(page, "skip", card=card["card"])
        assert card["trusted"]


def test_a_card_comes_with_typical_samples_of_both_classes(lab):
    lab.step(480)
    page = Page(lab)
    card, _ = ask(page, "suggest")
    _, *rows = next(buffers for header, buffers in reversed(page.heard) if header["type"] == "suggestion")
    given, proposed = (np.frombuffer(row, "<u4") for row in rows)
    names = lab.trainer.train.classes
    assert {names[int(lab.trainer.train.y[i])] for i in given} == {card["given"]}
    assert {names[int(lab.trainer.train.y[i])] for i in proposed} == {card["proposed"]}
    sheet, _ = ask(page, "review")
    assert sheet["card"] is None


def test_the_line_above_says_why_training_paused_and_leads_to_the_card(lab):
    page = Page(lab)
    page.press("start", until="suggestion")
    wait_for(lambda: heard(page, "status") and heard(page, "status")[-1]["leads"] == "agent")
    status, card = heard(page, "status")[-1], told(page)
    assert status["message"] == (f"Paused: {card['n']} labels {card['given']} in doubt. Answer the card.")
    page.press("reject", card=card["card"])
    wait_for(lambda: heard(page, "status")[-1]["message"] == "" == heard(page, "status")[-1]["leads"])


# Proposals from elsewhere


def test_what_is_proposed_elsewhere_is_shown_where_nothing_is_asked_and_answered_by_whoever_made_it(lab):
    lab.step(480)
    page, ask_ = Page(lab), lab._dashboard.panels.questions
    said = []

    def answer(proposal, word, *, by, seconds, label=None, out=False):
        said.append((proposal.ids, word, by, label))
        ask_.desk.move(proposal, "rejected" if word == "reject" else "accepted")
        return "So it was done."

    put = lambda *ids: lab.runner.call(  # noqa: E731
        lambda: ask_.desk.put(Proposal("drop", ids, reason="They look odd.", by="elsewhere"), answer)
    )
    put(3, 4)
    card = told(page)
    assert (card["kind"], card["by"], card["reason"], card["n"]) == ("drop", "elsewhere", "They look odd.", 2)
    put(5)
    assert told(page)["card"] == card["card"], "one card at a time"
    later, ids = ask(page, "accept", card=card["card"])
    assert said == [((3, 4), "accept", "human", None)] and ids == [5] and later["note"] == "So it was done."
    page.press("accept", card=card["card"])
    last, _ = ask(page, "reject", card=later["card"])
    assert said[1:] == [((5,), "reject", "human", None)] and last["card"] is None


def test_samples_that_were_edited_meanwhile_fall_away_and_the_next_card_says_how_many(lab):
    lab.step(800)
    page = Page(lab)
    card, ids = ask(page, "suggest")
    lab.journal.add(Drop([ids[0]]))
    later, _ = ask(page, "accept", card=card["card"])
    assert set(lab.journal.active[-1].edit.ids) == set(ids[1:])
    assert later["note"].startswith("1 sample fell away: edited since this was asked.")


def test_a_card_about_samples_that_others_mostly_edited_ends_and_says_so(lab):
    lab.step(800)
    page = Page(lab)
    card, ids = ask(page, "suggest")
    lab.journal.add(Drop(ids))
    later, _ = ask(page, "accept", card=card["card"])
    assert "were edited since this was proposed" in later["note"] and later["card"] is None
    assert len(lab.journal.active) == 1


def half_named():
    """Digits, of half of whose classes nobody has named anything, and what they are."""
    right, _ = digit_samples()
    y = right.y.clone()
    y[y > 4] = -1
    train = Samples(right.x, y, classes=right.classes)
    return Lab(net(), train, latent="encoder", threads=1, session=False), right.y


def said_now(lab, page):
    lab.runner.call(lambda: None)
    return heard(page, "suggestion")[-1]


def test_without_a_suggestion_one_sample_after_another_is_picked_that_stands_for_others_without_a_label():
    lab, right = half_named()
    with lab:
        lab.step(20)
        page = Page(lab)
        page.press("suggest")
        named = []
        for k in range(10):
            said = said_now(lab, page)
            (i,) = lab.selection.tolist()
            assert right[i] > 4 and i not in named
            assert f"Sample {i:,} stands for others" in said["note"]
            assert f"{k} of 10 are named" in said["note"] and not said["spread"]
            lab.journal.add(Relabel([i], int(right[i])), by="human")  # the next one comes by itself
            named.append(i)
        assert said_now(lab, page)["spread"]
        page.press("spread")
        said = said_now(lab, page)
        assert "got the label of those around them" in said["note"] and not said["spread"]
        assert lab.journal.active[-1].by == "machine" and not {*named} & {*lab.journal.active[-1].edit.ids}
        lab.undo()
        assert [event.edit.ids for event in lab.journal.active] == [(i,) for i in named]


def test_an_edit_of_others_and_a_card_that_nobody_asked_for_leave_the_picked_sample():
    lab, _ = half_named()
    with lab:
        lab.step(20)
        page = Page(lab)
        page.press("suggest")
        said_now(lab, page)
        chosen = lab.selection.tolist()
        lab.journal.add(Relabel([chosen[0] + 1], 3), by="human")
        said_now(lab, page)
        assert lab.selection.tolist() == chosen
        lab.runner.call(lab._dashboard.panels.questions.suggest)  # nobody pressed anything
        lab.journal.add(Relabel(chosen, 3), by="human")
        said_now(lab, page)
        assert lab.selection.tolist() == chosen, "something else is asked now"


def test_where_no_crowd_is_without_a_name_the_page_says_so_and_offers_to_spread():
    right, _ = digit_samples()
    y = right.y.clone()
    y[::2] = -1
    train = Samples(right.x, y, classes=right.classes)
    with Lab(net(), train, latent="encoder", threads=1, session=False) as lab:
        page = Page(lab)
        page.press("suggest")
        said = said_now(lab, page)
        assert said["note"].startswith("No crowd is without a name.") and said["spread"]
