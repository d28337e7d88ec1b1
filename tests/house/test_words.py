"""One word for one thing: the glossary has each word once, and what it replaced is said nowhere."""

import re

import pytest

from .source import CHECKOUT, PACKAGE

CONCEPTS = (CHECKOUT / "docs" / "concepts.md").read_text(encoding="utf-8")
GLOSSARY = re.findall(r"^\| ([a-z' ]+) \| (.+) \|$", CONCEPTS[CONCEPTS.index("## Words") :], flags=re.M)[1:]

# What others say, and our word for it.
OTHERS = {
    r"data ?points?": "sample",
    r"embedding space": "latent",
    r"recommendations?": "suggestion",
    r"hyper-parameters?": "values of a candidate",
    r"(?:power|energy) consumption": "joules",
    r"dry.?runs?": "rehearse",
    r"benchmark runs?": "run",
    r"log ?book": "journal",
    r"notifications?": "card",
    r"autopilot": "agent",
    r"snapshots?": "checkpoint",
}
TEXTS = [
    CHECKOUT / "README.md",
    *(path for path in sorted((CHECKOUT / "docs").glob("*.md")) if path.name != "api.md"),
    *sorted((CHECKOUT / "js" / "src").rglob("*.ts")),
    *sorted(PACKAGE.rglob("*.py")),
]


def test_each_word_is_there_once_with_what_it_is():
    words = [word for word, _ in GLOSSARY]
    assert len(words) == len(set(words)) >= 40
    means = [meaning for _, meaning in GLOSSARY]
    assert len(means) == len(set(means))


@pytest.mark.parametrize(
    "word", ["pass", "look", "blob", "pull", "trusted", "fold", "skim", "strict", "dear"]
)
def test_words_that_documents_use_in_a_sense_of_their_own_are_told_in_a_sentence(word):
    assert [meaning.count(". ") for told, meaning in GLOSSARY if told == word] == [0]


@pytest.mark.parametrize(
    "name", ["Plan", "Search", "Film", "Journal", "Budget", "Samples", "StepReport", "Agent"]
)
def test_public_things_bear_the_words_of_the_glossary(name):
    stem = {"Samples": "sample", "StepReport": "step"}.get(name, name.lower())
    assert stem in {word for word, _ in GLOSSARY}


@pytest.mark.parametrize("other", OTHERS)
def test_no_second_word_is_said_for_one_thing(other):
    said = []
    for path in TEXTS:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(rf"\b{other}\b", line, flags=re.I):
                said.append(f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()[:90]}")
    assert said == [], f"say {OTHERS[other]!r}"


def test_plurals_are_made_in_one_place():
    by_hand = re.compile(r"""["'](?:e?s)["'] (?:if|\*)|["']{2} if [^\n]{1,60} else ["']e?s["']""")
    made = [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()[:90]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if by_hand.search(line)
    ]
    assert made == [], "say energy.names.count, or plural for the word alone"
