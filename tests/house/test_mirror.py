"""Tests lie where their modules lie: `greenlatent/x/y.py` is tested by `tests/x/test_y.py`."""

from .source import CHECKOUT, PACKAGE, SOURCES

TESTS = CHECKOUT / "tests"
# Small parts that are tested through another: module -> the test that covers it.
COVERED_BY = {
    "agent/cards": "agent/test_agent.py",
    "agent/deciding": "agent/test_agent.py",
    "agent/record": "agent/test_agent.py",
    "agent/allowance": "agent/test_mcp.py",
    "agent/shown": "agent/test_agent.py",
    "agent/words": "agent/test_agent.py",
    "agent/asking/lines": "agent/asking/test_digest.py",
    "agent/asking/names": "agent/asking/test_digest.py",
    "agent/asking/offer": "agent/test_seated.py",
    "agent/asking/spent": "agent/test_seated.py",
    "agent/asking/seat": "agent/test_seated.py",
    "agent/asking/thread": "agent/test_seated.py",
    "study/green/algorithms": "study/green/test_data_centric.py",
    "study/green/nets": "study/green/test_searches.py",
    "study/green/equation": "study/green/test_findings.py",
    "study/green/published": "study/green/test_findings.py",
    "search/course/shape": "search/course/test_record.py",
    "search/landing": "search/test_search.py",
    "search/page/listing": "search/page/test_board.py",
    "search/page/pictures": "search/page/test_shown.py",
    "search/page/style": "browser/test_search.py",
    "search/purse": "search/test_search.py",
    "search/asked": "search/test_search.py",
    "search/results": "search/test_search.py",
    "search/course/aims": "search/course/test_rungs.py",
    "search/course/candidate": "search/course/test_rungs.py",
    "search/course/stopping": "search/test_simulation.py",
    "run/failures": "run/test_run.py",
    "run/listeners": "run/test_run.py",
    "model/rows": "training/solving/test_readout.py",
    "data/inputs": "data/test_samples.py",
    "data/seeds": "data/test_reader.py",
    "datasets/noise": "datasets/test_offline.py",
    "datasets/wheels": "datasets/test_offline.py",
    "edits/agreement": "edits/test_journal.py",
    "edits/amounts": "edits/test_journal.py",
    "edits/changes": "edits/test_journal.py",
    "edits/events": "edits/test_journal.py",
    "edits/locking": "edits/test_journal.py",
    "edits/logfile": "edits/test_journal.py",
    "edits/mending": "edits/test_tables.py",
    "edits/mends": "edits/test_tables.py",
    "edits/validate": "edits/test_tables.py",
    "energy/arguments": "energy/test_meter.py",
    "energy/counting/accounts": "energy/test_meter.py",
    "energy/counting/book": "energy/test_meter.py",
    "energy/counting/history": "energy/counting/test_timeline.py",
    "energy/counting/ledger": "energy/test_meter.py",
    "energy/counting/recorder": "energy/test_meter.py",
    "energy/counting/regression": "energy/counting/test_attribution.py",
    "energy/counting/sums": "energy/test_meter.py",
    "energy/forecast": "energy/test_budget.py",
    "energy/intervals": "energy/test_calibration.py",
    "energy/machine": "energy/sources/test_model.py",
    "energy/names": "plots/test_energy_meter.py",
    "energy/marks": "energy/counting/test_timeline.py",
    "energy/reading": "energy/test_record.py",
    "energy/report": "energy/test_record.py",
    "energy/sources/answer": "energy/sources/test_plugs.py",
    "energy/sources/automatic": "energy/test_import.py",
    "energy/sources/channel": "energy/sources/test_sampled.py",
    "children": "search/workers/test_pool.py",
    "course/copies": "course/test_grading.py",
    "faces": "house/test_faces.py",
    "film/moments": "film/test_film.py",
    "film/replayed": "film/test_film.py",
    "picture/columns": "lab/test_lab.py",
    "picture/look": "film/test_sprite.py",
    "feedback/margins": "feedback/test_feedback.py",
    "feedback/survey": "feedback/test_feedback.py",
    "lab/feed": "lab/test_lab.py",
    "lab/sessions": "lab/test_lab.py",
    "lab/presence": "run/costs/test_spending.py",
    "model/layers": "suggestions/test_groups.py",
    "model/network": "training/test_trainer.py",
    "model/ownership": "training/test_trainer.py",
    "model/threads": "training/test_trainer.py",
    "plan/conflicts/data": "plan/conflicts/test_conflict.py",
    "plan/conflicts/environment": "plan/conflicts/test_conflict.py",
    "plan/conflicts/finding": "plan/conflicts/test_conflict.py",
    "plan/conflicts/life": "plan/conflicts/test_conflict.py",
    "plan/conflicts/problem": "plan/conflicts/test_conflict.py",
    "plan/data/actions": "plan/data/test_part.py",
    "plan/engine": "plan/test_plan.py",
    "plan/page/figure": "plan/page/test_view.py",
    "plan/page/form": "plan/page/test_view.py",
    "plan/page/fix_row": "plan/page/test_view.py",
    "plan/page/notes": "plan/page/test_view.py",
    "plan/page/said": "plan/page/test_view.py",
    "plan/page/still": "plan/page/test_view.py",
    "plan/parts/changes": "plan/parts/test_alternatives.py",
    "plan/parts/field": "plan/parts/test_part.py",
    "plan/parts/situation": "plan/parts/test_part.py",
    "plan/facts/reasons": "plan/test_estimate.py",
    "plan/models/count": "plan/test_estimate.py",
    "plan/models/learners": "plan/test_rehearsal.py",
    "plan/models/nets": "plan/models/test_words.py",
    "plan/models/sizes": "plan/models/test_words.py",
    "plan/models/workload": "plan/models/test_counted.py",
    "plan/project/events": "plan/project/test_book.py",
    "plan/rehearsing": "plan/test_rehearsal.py",
    "plan/wanted": "plan/test_estimate.py",
    "picture/embedding_worker": "picture/test_embedding.py",
    "plots/editable": "plots/test_scatter.py",
    "plots/labels": "plots/test_scatter.py",
    "plots/table": "plots/test_scatter.py",
    "run/evaluations": "lab/test_lab.py",
    "run/following": "scale/test_leader.py",
    "scale/choice": "scale/test_leader.py",
    "scale/follow": "scale/test_leader.py",
    "scale/packing": "scale/test_leader.py",
    "scale/ranks": "scale/test_leader.py",
    "scale/wire": "scale/test_leader.py",
    "study/costs": "study/person/test_compare.py",
    "study/person/arms": "study/person/test_run.py",
    "study/person/beside": "study/person/test_advised.py",
    "study/person/decisions": "study/person/test_advised.py",
    "study/person/done": "study/person/test_run.py",
    "study/person/automatic": "study/person/test_run.py",
    "study/person/trial": "study/person/test_person.py",
    "study/person/works": "study/person/test_compare.py",
    "study/visits/coral": "study/visits/test_meet.py",
    "study/visits/naming": "study/visits/test_meet.py",
    "study/visits/nets": "study/visits/test_meet.py",
    "study/record": "study/person/test_compare.py",
    "suggestions/outcome": "lab/test_questions.py",
    "suggestions/unnamed": "lab/test_questions.py",
    "suggestions/proposal": "suggestions/test_desk.py",
    "tactics/offer": "tactics/finders/test_training.py",
    "tactics/planned": "tactics/test_advisor.py",
    "tactics/outcome": "tactics/test_advice.py",
    "training/around": "training/test_trainer.py",
    "training/evaluate": "training/test_trainer.py",
    "training/in_force": "training/test_sequences.py",
    "training/marking": "training/test_trainer.py",
    "training/replay": "training/test_sequences.py",
    "training/report": "training/test_trainer.py",
    "training/step": "training/test_trainer.py",
    "training/tells": "training/test_trainer.py",
    "widgets/answers": "widgets/test_widget.py",
    "widgets/cell": "lab/test_lab.py",
    "widgets/channel": "widgets/test_widget.py",
    "widgets/traits": "widgets/test_widget.py",
    "widgets/theme": "film/test_embedded.py",
}


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
        *("training/test_sequences.py", "training/test_found.py"),
        *("training/test_gpu.py", "training/test_kills.py"),
        "lab/test_solving.py",
        *("scale/test_gpu.py", "scale/test_kills.py"),
        *("tactics/test_evidence.py", "tactics/test_rows.py"),
        *("agent/test_life.py", "agent/test_odd.py", "agent/asking/test_smollm2.py"),
        *("energy/test_fork.py", "energy/test_gpu.py", "energy/test_import.py"),
        *(
            "run/test_former_versions.py",
            "lab/test_marimo.py",
            "integrations/test_accelerate.py",
            "edits/test_tables.py",
            "widgets/test_malformed.py",
        ),
    }
    known = {*mirrored().values(), *several}
    extra = {
        str(path.relative_to(TESTS))
        for folder in folders
        for path in (TESTS / folder).glob("test_*.py")
        if str(path.relative_to(TESTS)) not in known
    }
    assert extra == set()
