"""Messages: the SMS Spam Collection that somebody downloaded, as counts of words."""

from __future__ import annotations

import hashlib
import warnings
from numbers import Integral
from os import PathLike
from pathlib import Path

import numpy as np

from ..data.samples import Samples

KNOWN = "7d039a24"  # how the SHA-256 of SMSSpamCollection begins, 5,574 messages
CLASSES = ("ham", "spam")


def sms(path: str | PathLike[str], words: int = 2000) -> Samples:
    """Short messages as counts of the `words` most frequent words, from the file SMSSpamCollection (Almeida, Gómez
    Hidalgo and Yamakami 2011): a line each, "ham" or "spam", a tab, the text. Group "copy" is the place of the first
    message with the same text; give it to `study.data_centric(by=)` so that no copy lies on both sides.

    It is read, never shipped: it holds telephone numbers.

    >>> train = gl.datasets.sms("data/SMSSpamCollection")
    """
    if isinstance(words, bool) or not isinstance(words, Integral) or words < 1:
        raise ValueError(f"words={words!r}; give how many words to count, such as 2000")
    from sklearn.feature_extraction.text import CountVectorizer

    raw = Path(path).read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if not found.startswith(KNOWN):
        warnings.warn(
            f"{Path(path).name} is not the collection that is known here: its SHA-256 begins with {found[:8]}, not"
            f" {KNOWN}; it is read all the same, and figures may differ",
            stacklevel=2,
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{Path(path).name} is no text in UTF-8, as the collection is: {error}; save it so, or download it again"
        ) from error
    labels, texts = _lines(Path(path).name, text)
    counting = CountVectorizer(max_features=int(words))
    counts = counting.fit_transform(texts).toarray().astype(np.float32)
    first: dict[str, int] = {}
    copies = [first.setdefault(text, i) for i, text in enumerate(texts)]
    return Samples(
        counts,
        labels,
        classes=["wanted", "spam"],
        groups={"copy": np.array(copies)},
        features=counting.get_feature_names_out().tolist(),
        preview=lambda i: texts[i],
    )


def _lines(name: str, text: str) -> tuple[np.ndarray, list[str]]:
    labels, texts = [], []
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        label, tab, said = line.rstrip("\r").partition("\t")
        if not tab or label not in CLASSES:
            raise ValueError(
                f"{name}, line {n} is no message of the collection: it begins with {line[:20]!r}, and not with ham or"
                " spam and a tab"
            )
        labels.append(CLASSES.index(label))
        texts.append(said)
    if not texts:
        raise ValueError(f"{name} holds no message; give the file SMSSpamCollection")
    return np.array(labels), texts
