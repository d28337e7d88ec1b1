"""Rules about the data: labels, classes, copies, people, and where they may be."""

from __future__ import annotations

from ..models.workload import FITS
from ..parts.situation import Situation
from .finding import Proposal, Remark, are, by_number, half, many, smaller

RARE = 10  # rows of a class under which nobody learns or tests it
PER_CLASS = 10  # labelled rows a class
PARAMETERS = 200  # of a net for each row, over which rows are too few


def labels_missing(s: Situation) -> Remark | None:
    if s.task is None or not s.task.labels or s["labelled"] is None:
        return None
    rows, classes = s["rows"], s["classes"] or 2
    enough = rows is not None and s["labelled"] * rows >= PER_CLASS * classes
    if s["labelled"] > 0 and (rows is None or enough):
        return None
    need = 1.0 if not rows else min(1.0, 1.01 * PER_CLASS * classes / rows)
    named = f"{round(s['labelled'] * rows):,} of {rows:,} rows" if rows else "no row"
    fixes = [(f"Label {need:.1%} of the rows first".replace("%", " %"), {"labelled": round(need, 6)})]
    if rows and PER_CLASS * classes > rows:
        more = PER_CLASS * classes
        fixes = [(f"Collect and label {more:,} rows", {"rows": more, "labelled": 1.0})]
    others = [task for task in s.knowledge.tasks.values() if not task.labels and task.families]
    fixes += [
        (f"{task.plain}, which needs no labels", {"task": task.name, "metric": task.metrics[0]})
        for task in others
    ]
    words = (
        f"Only {named} have a label; {s.task.expert} learns from labels, {PER_CLASS} a class at the least."
    )
    return Remark(words, s.joules, tuple(fixes))


def class_too_rare(s: Situation) -> Remark | None:
    if s["smallest_class"] is None or s["smallest_class"] >= RARE:
        return None
    few = s["smallest_class"]
    first: dict = {"smallest_class": RARE}
    fixes = [(f"Collect {many(RARE - few, 'more row')} of it", first)]
    if s["rows"]:
        first["rows"] = s["rows"] + RARE - few
    if s["classes"] and s["classes"] > 2:
        without: dict = {"classes": s["classes"] - 1, "smallest_class": None}
        if s["rows"]:
            without["rows"] = max(1, s["rows"] - few)
        fixes.append(("Leave that class out", without))
    return Remark(
        f"The rarest class has {many(few, 'row')}: too few to learn it, and to test it.",
        s.joules,
        tuple(fixes),
    )


def chance(s: Situation) -> float | None:
    """How often always saying the commonest class is right."""
    if s["task"] not in (None, "classify"):
        return None
    if s["largest_class"] is not None and s["rows"]:
        return min(1.0, s["largest_class"] / s["rows"])
    return 1 / s["classes"] if s["classes"] and s["classes"] > 1 else None


def one_class(s: Situation) -> Remark | None:
    if s["classes"] != 1 or s["task"] != "classify":
        return None
    alike = s.knowledge.tasks["find anomalies"]
    fixes = (
        ("Collect rows of another class: 2 classes", {"classes": 2, "largest_class": None}),
        (alike.plain, {"task": alike.name, "metric": alike.metrics[0], "classes": None}),
    )
    return Remark("There is one class only: nothing to tell apart.", s.joules, fixes)


def accuracy_hides_rare(s: Situation) -> Remark | None:
    if s["metric"] != "accuracy" or s["largest_class"] is None or not s["rows"]:
        return None
    share = min(1.0, s["largest_class"] / s["rows"])
    if share < 0.8:
        return None
    fixes = tuple((f"Measure by {name}", {"metric": name}) for name in ("F1", "balanced accuracy"))
    words = f"Always saying the commonest class is right in {share:.0%} of the rows: accuracy hides the rare ones."
    return Remark(words.replace("%", " %"), s.joules, fixes)


def same_people(s: Situation) -> Remark | None:
    if s["split"] != "random" or not s["groups"] or s["groups"] < 2:
        return None
    if s["rows"] and s["groups"] >= s["rows"]:
        return None
    fixes = ((f"Split by the {s['groups']:,} groups", {"split": "by group"}),)
    words = f"{s['groups']:,} people or places are on both sides of a random split: the test is too easy."
    return Remark(words, s.joules, fixes)


def copies(s: Situation) -> Remark | None:
    if not s["duplicates"] or s["split"] in ("copies together", "by group"):
        return None
    fixes: list[Proposal] = [("Split with copies on one side", {"split": "copies together"})]
    if s["rows"] and s["rows"] > s["duplicates"]:
        left = s["rows"] - s["duplicates"]
        fixes.insert(0, (f"Leave the copies out: {many(left, 'row')}", {"rows": left, "duplicates": 0}))
    share = s["duplicates"] / s["rows"] if s["rows"] else 0.0
    return Remark(
        f"{are(s['duplicates'], 'copies', 'a copy')}: trained on twice, and asked about on both sides of the test.",
        s.joules * min(share, 1.0),
        tuple(fixes),
    )


def too_few_rows(s: Situation) -> Remark | None:
    if not s["model"] or not s["rows"] or s.estimate is None:
        return None
    parameters, classes = s.estimate.workload.parameters, s["classes"] or 1
    net = s["model"] not in FITS
    if s["rows"] >= 5 * classes and not (net and parameters > PARAMETERS * s["rows"]):
        return None
    fixes = [*smaller(s)]
    tree = {"model": "tree", "size": None}
    if net and s.task is not None and "tree" in s.task.families:
        fixes.append(("Use tree", tree))
    need = round(max(5 * classes, parameters / PARAMETERS if net else 0)) + 1
    fixes.append((f"Collect {many(need - s['rows'], 'more row')}", {"rows": need}))
    what = f"{by_number(parameters)} parameters" if net else many(classes, "class", "classes")
    return Remark(f"{are(s['rows'], 'few', 'little')} for {what} of {s.name}.", s.joules, tuple(fixes))


def model_for_other_data(s: Situation) -> Remark | None:
    if not s["model"] or not s["kind"]:
        return None
    family = s.knowledge.families[s["model"]]
    does = s.task is None or s["model"] in s.task.families or not s.task.families
    if s["kind"] in family.eats and does:
        return None
    there = list(dict.fromkeys(model for model, _ in s.knowledge.candidates(s["task"], s["kind"])))
    fixes = tuple((f"Use {name}", {"model": name, "size": None}) for name in there)
    what = (
        f"does no {s.task.expert}"
        if not does
        else f"reads {', '.join(family.eats)}, and these are {s['kind']}"
    )
    return Remark(f"{s['model']} {what}.", s.joules, fixes)


def may_not_leave(s: Situation) -> Remark | None:
    if not s["stays_in"] or not s["region"] or _same(s["stays_in"], s["region"]):
        return None
    fixes = (
        (f"Run it in {s['stays_in']}", {"region": s["stays_in"]}),
        ("They may leave", {"stays_in": None}),
    )
    words = f"The data may not leave {s['stays_in']}, and it is planned to run in {s['region']}."
    return Remark(words, s.joules, fixes)


def _same(a: str, b: str) -> bool:
    from ..facts.tables import region

    try:
        return region(a).grid.iso3 == region(b).grid.iso3
    except ValueError:
        return a.casefold() == b.casefold()


def do_not_fit(s: Situation) -> Remark | None:
    if not s["gigabytes"] or not s["memory_gb"] or s["gigabytes"] <= s["memory_gb"]:
        return None
    share = s["memory_gb"] / s["gigabytes"]
    fewer: dict = {"gigabytes": s["memory_gb"]}
    if s["rows"]:
        fewer["rows"] = max(1, int(s["rows"] * share))
    fixes = (
        (f"Take {share:.0%} of the rows".replace("%", " %"), fewer),
        (f"Give it {s['gigabytes']:g} GB", {"memory_gb": s["gigabytes"]}),
    )
    return Remark(f"{s['gigabytes']:g} GB of data do not fit into {s['memory_gb']:g} GB.", s.joules, fixes)


def nothing_new(s: Situation) -> Remark | None:
    if not s["retrain"] or s["new_rows"] != 0:
        return None
    fixes = (
        ("Train it once", {"retrain": 0.0}),
        ("There will be new rows, how many is not known", {"new_rows": None}),
    )
    words = f"It is trained again {s['retrain']:g} times a year, and there are no new rows to learn from."
    return Remark(words, s.stage("train again"), fixes)


def half_of_the_rows(s: Situation) -> dict:
    """The change that takes every second row."""
    rows = half(s, "rows")
    found: dict = {"rows": rows}
    for name in ("largest_class", "smallest_class", "duplicates", "missing", "gigabytes"):
        if s[name]:
            found[name] = s[name] / 2 if name == "gigabytes" else half(s, name, 0)
    return found
