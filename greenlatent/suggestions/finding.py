"""Finding: the samples that a few words ask for, of their labels, groups and what training saw of them."""

from __future__ import annotations

import re
from difflib import get_close_matches

import numpy as np

from ..training.trainer import Trainer
from .groups import CLASS

WRONG = "wrong"  # the label in force is not what the model guesses
NUMBERS = ("loss", "belief", "certainty", "forgotten")  # of each sample, as training saw it last
LABELS = ("given", CLASS, "guess")  # as the data came, as they are now, as the model sees them
_TERM = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[^\s"'])+)""")
_COMPARED = re.compile(r"^(.+?)\s*(!=|<=|>=|=|<|>)\s*(.*)$", re.DOTALL)
_IDS = re.compile(r"^#?(\d+)(?:-(\d+))?(?:,\d+(?:-\d+)?)*$")
_LETTERS = 200  # of what is asked


def find(trainer: Trainer, text: str) -> np.ndarray:
    """The ids, ascending, of all samples for which every term of `text` holds; on the thread that owns the model.

    >>> find(trainer, "wrong belief<0.2 wearer=3")
    """
    if (named := _named(trainer, text.strip())) is not None:
        return np.flatnonzero(named)  # a name of several words needs no quotes where it stands alone
    terms = [term for term in _TERM.findall(_joined(text[:_LETTERS])) if term]
    if not terms:
        raise ValueError(f"nothing is asked for; try {_examples(trainer)}")
    kept = np.ones(len(trainer.train), bool)
    for term in terms:
        kept &= _holds(trainer, term)
    return np.flatnonzero(kept)


def words(trainer: Trainer) -> list[str]:
    """What can be asked for, as terms to complete."""
    train = trainer.train
    classes = [] if train.regression or train.unlabelled else [WRONG, *(f"{name}=" for name in LABELS)]
    return [*classes, *(f"{name}>" for name in _numbers(trainer)), *(f"{name}=" for name in train.groups)]


def _joined(text: str) -> str:
    """Without the spaces around signs and commas, so that a term is one word."""
    return re.sub(r"\s*(!=|<=|>=|[=<>,])\s*", r"\1", text)


def _holds(trainer: Trainer, term: str) -> np.ndarray:
    """Which samples the term holds for, (n,) bool."""
    train = trainer.train
    if term.casefold() == WRONG and not train.regression:
        label, guess = trainer.mending.y.numpy(), trainer.seen.predicted.cpu().numpy()
        return (guess >= 0) & (label >= 0) & (guess != label)
    if compared := _COMPARED.match(term):
        return _compared(trainer, *compared.groups())
    if _IDS.match(term):
        return _by_ids(term, len(train))
    word = term.strip("\"'")
    if (named := _named(trainer, word)) is not None:
        return named
    near = get_close_matches(word, [*(train.names or ()), *trainer.classes, *words(trainer)], 1)
    raise ValueError(
        f"no sample, class or group is called {word!r}; "
        + (f"did you mean {near[0]!r}?" if near else f"try {_examples(trainer)}")
    )


def _named(trainer: Trainer, word: str) -> np.ndarray | None:
    """The sample, class or group that is called so; None where there is none."""
    train = trainer.train
    if train.names and word in train.names:
        return np.asarray(train.names) == word
    if word in trainer.classes:
        return np.asarray([*trainer.classes, ""])[trainer.mending.y.numpy()] == word
    held = (_texts(values) == word for values in train.groups.values() if not word.isdigit())
    return next((each for each in held if each.any()), None)


def _compared(trainer: Trainer, name: str, sign: str, value: str) -> np.ndarray:
    """Which samples have this relation to the value."""
    train, value, group = trainer.train, value.strip("\"'"), {n.casefold(): n for n in trainer.train.groups}
    if name.casefold() in group:
        values = np.asarray(train.groups[group[name.casefold()]])
        if sign in ("=", "!="):
            if not (same := _texts(values) == value).any():
                raise ValueError(
                    f"no sample is in {name} {value!r}; there are {_some(np.unique(_texts(values)))}"
                )
            return same if sign == "=" else ~same
        if values.dtype.kind not in "fiu":
            raise ValueError(f"{name} holds names, not numbers: ask for {name}={_texts(values)[0]}")
        return _between(values, sign, value)
    if name.casefold() in LABELS and not train.regression:
        if sign not in ("=", "!="):
            raise ValueError(
                f"a class is equal to another or not: ask for {name}={_quoted(train.classes[0])}"
            )
        index = trainer.class_index(value)
        column = {"given": train.y, CLASS: trainer.mending.y, "guess": trainer.seen.predicted.cpu()}
        same = column[name.casefold()].numpy() == index
        return same if sign == "=" else ~same
    numbers = _numbers(trainer)
    if name.casefold() not in numbers:
        there = [*numbers, *(() if train.regression else LABELS), *train.groups]
        raise ValueError(f"nothing is known of {name!r}; there are {_some(there)}")
    return _between(numbers[name.casefold()], sign, value)


def _between(values: np.ndarray, sign: str, value: str) -> np.ndarray:
    """`=` takes a range, too: 0.2..0.5; what was never seen is never found."""
    try:
        ends = [float(end) for end in value.split("..", 1)]
    except ValueError:
        raise ValueError(f"{value!r} is no number; write it as 0.5, or as 0.2..0.5 behind =") from None
    with np.errstate(invalid="ignore"):
        if len(ends) == 2 and sign == "=":
            return (values >= ends[0]) & (values <= ends[1])
        if len(ends) == 2:
            raise ValueError(f"a range comes behind =, as in ={value}")
        relations = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
        related = (relations | {"=": np.equal, "!=": np.not_equal})[sign]
        return related(values, ends[0]) & np.isfinite(values)


def _by_ids(term: str, n: int) -> np.ndarray:
    kept = np.zeros(n, bool)
    for part in term.lstrip("#").split(","):
        first, _, last = part.partition("-")
        if int(first) >= n:
            raise ValueError(f"there is no sample {first}; the last is {n - 1}")
        kept[int(first) : int(last or first) + 1] = True
    return kept


def _numbers(trainer: Trainer) -> dict[str, np.ndarray]:
    """What training saw, by the words of the page, as far as there is any."""
    seen, train = trainer.seen, trainer.train
    if train.regression or train.unlabelled:
        return {"loss": seen.loss.cpu().numpy()}
    columns = (seen.loss, seen.confidence, seen.certainty, seen.forgotten)
    return {name: column.cpu().numpy() for name, column in zip(NUMBERS, columns, strict=True)}


def _texts(values: object) -> np.ndarray:
    return np.asarray(values).astype(str)


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"\s", name) else name


def _some(names: object) -> str:
    listed = [str(name) for name in names][:8]  # type: ignore[attr-defined]
    return ", ".join(listed)


def _examples(trainer: Trainer) -> str:
    train = trainer.train
    if train.regression or train.unlabelled:
        return "loss>2, or 12-40"
    return f"{WRONG}, belief<0.2, guess={_quoted(train.classes[0])}, or 12-40"
