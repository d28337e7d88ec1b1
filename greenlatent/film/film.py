"""Film: a recorded run, to look at again, to ask, to compare and to send; it needs neither a model nor torch."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..energy.names import count
from ..files import place
from ..widgets.theme import Theme
from .moments import Moment, moments
from .sprite import Sprite, sprite_of
from .tape import LARGEST, Message, Tape, load, read

if TYPE_CHECKING:
    from torch import nn

    from ..data.samples import Samples
    from ..edits.journal import Journal

FILM = "film.bin"  # in a session and its zip


class Film:
    """A run as it was shown: from the folder of a session, its zip, the file itself, or a Lab.

    >>> lab = gl.Lab(model, train, latent="encoder", session=False)
    >>> film = gl.Film(lab)        # in a notebook it shows the scatter, with a time line below
    >>> film.save("run.html")      # one file that plays in any browser, offline

    With `previews=True` it shows what samples look like as well, which a Lab knows; of a session give the Samples:
    `gl.Film(folder, previews=train)`.
    """

    #: What previews are made of; None where nobody has given them.
    samples: Samples | None = None

    def __init__(self, source: Any, *, previews: bool | Samples = False):
        if hasattr(source, "film") and not isinstance(source, Film):
            source = source.film  # a Lab
        if isinstance(source, Film):
            self.samples = source.samples
        self._messages: list[Message] = source._messages if isinstance(source, Film) else _messages(source)
        self._moments = moments(self._messages)
        run = self._first("run")
        self.title = str(run.get("title", ""))
        grown = [message.header for message in self._messages if message.kind == "classes"]
        self.classes = tuple(str(name) for name in [run, *grown][-1].get("classes", ()))
        if not self._moments:
            raise ValueError("this film has no frames: nothing was shown of this run yet")
        #: What its samples look like; None where they are left out.
        self.sprite: Sprite | None = self.drawn(previews)

    @classmethod
    def of(
        cls, journal: Journal, model: nn.Module, train: Samples, *, looks: int = 200, **options: Any
    ) -> Film:
        """The film of a run that only its journal tells of: it is replayed, with exact frames at so many steps."""
        from .replayed import film_of

        film = cls(film_of(journal, model, train, looks=looks, **options))
        film.samples = train
        return film

    def __len__(self) -> int:
        return len(self._moments)

    def frame(self, i: int) -> Moment:
        """What was shown at frame i; negative numbers count from the end."""
        if not -len(self) <= i < len(self):
            raise IndexError(f"there is no frame {i}; frames run from 0 to {len(self) - 1}")
        return self._moments[i]

    def step_of(self, i: int) -> int:
        """The training step of frame i."""
        return self.frame(i).step

    @property
    def steps(self) -> list[int]:
        return [moment.step for moment in self._moments]

    @property
    def points(self) -> np.ndarray:
        """(frames, n, 2) where each sample was in each frame; n are all that were ever shown, `ids` their ids."""
        ids = self.ids
        out = np.full((len(self), len(ids), 2), np.nan)
        for k, moment in enumerate(self._moments):
            out[k, np.searchsorted(ids, moment.sample_ids)] = moment.points
        return out

    @property
    def ids(self) -> np.ndarray:
        """All samples that were ever shown, ascending."""
        sets = {id(moment.ids): moment.sample_ids for moment in self._moments}
        return np.unique(np.concatenate(list(sets.values())))

    @property
    def edits(self) -> list[dict[str, Any]]:
        """Each edit as the journal lists it, in its last state."""
        last: dict[int, dict[str, Any]] = {}
        for message in self._messages:
            if message.kind == "edits":
                last |= {row["n"]: row for row in message.header["rows"]}
        return [last[n] for n in sorted(last)]

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """Step, samples and accuracy of each evaluation."""
        return [
            {name: message.header[name] for name in ("step", "passes", "accuracy")}
            for message in self._messages
            if message.kind == "evaluation"
        ]

    def to_frame(self) -> Any:
        """A pandas table, a line a frame: its step, seconds, and what was read then."""
        import pandas

        rows = []
        for moment in self._moments:
            reading = {} if moment.reading is None else moment.reading.header
            joules = (reading.get("joules") or {}).get("value")
            read_then = {name: reading.get(name) for name in ("epoch", "accuracy", "loss", "edits")}
            rows.append(
                {"step": moment.step, "seconds": moment.frame.header["t"]} | read_then | {"joules": joules}
            )
        return pandas.DataFrame(rows)

    def drawn(self, previews: bool | Samples | None) -> Sprite | None:
        """Previews of all that was ever shown, in at most 3 MB; None stands for those it was opened with."""
        if previews is None or previews is False:
            return None if previews is False else self.sprite
        if previews is not True:
            self.samples = previews
        if self.samples is None:
            raise ValueError(
                "a film keeps no previews of its own: pass the samples, as in gl.Film(folder, previews=train)"
            )
        return sprite_of(self.samples, self.ids.tolist())

    def compare(self, other: Any) -> Pair:
        """Two runs side by side on one time line, with one selection: with you, and without."""
        return Pair(self, Film(other))

    def save(
        self,
        path: str | Path,
        *,
        anonymous: bool = False,
        title: str | None = None,
        previews: bool | None = None,
    ) -> Path:
        """One file that plays from disk in any browser, offline, and asks nobody for anything.

        `anonymous` leaves out titles, names of classes, groups and people, and all previews. `previews` shows what
        samples look like, in at most 3 MB: smaller or fewer where there are too many; None as it was opened.
        """
        return _save([self], path, anonymous, title, previews)

    def embed(
        self, *, height: int | None = None, previews: bool | None = None, theme: str | None = None
    ) -> Any:
        """The same as an output that stays in a saved notebook and in its HTML export.

        `height` in pixels; without one it fits. `theme` is "light" or "dark"; without one a film follows the system.
        """
        return _embed([self], height, previews, theme)

    @property
    def messages(self) -> Sequence[Message]:
        """What was recorded, in order."""
        return self._messages

    def _first(self, kind: str) -> dict[str, Any]:
        return next((message.header for message in self._messages if message.kind == kind), {})

    def __repr__(self) -> str:
        steps = self.steps
        seen = "" if self.sprite is None else f", {self.sprite}"
        frames, edits = count(len(self), "frame"), count(len(self.edits), "edit")
        return f"Film({frames} of steps {steps[0]} to {steps[-1]}, {edits}{seen})"

    def _repr_html_(self) -> str:
        return self.embed(theme=Theme.name()).data  # as the notebook around it


class Pair:
    """Two films side by side; shown, saved and embedded like one."""

    def __init__(self, one: Film, other: Film):
        self.films = [one, other]

    def save(
        self,
        path: str | Path,
        *,
        anonymous: bool = False,
        title: str | None = None,
        previews: bool | None = None,
    ) -> Path:
        return _save(self.films, path, anonymous, title, previews)

    def embed(
        self, *, height: int | None = None, previews: bool | None = None, theme: str | None = None
    ) -> Any:
        return _embed(self.films, height, previews, theme)

    def _repr_html_(self) -> str:
        return self.embed(theme=Theme.name()).data  # as the notebook around it


def _save(
    films: list[Film], path: str | Path, anonymous: bool, title: str | None, previews: bool | None
) -> Path:
    from .html import page_of

    sprites = [None if anonymous else film.drawn(previews) for film in films]
    path = place(path)
    path.write_text(page_of(films, sprites, anonymous=anonymous, title=title), encoding="utf-8")
    return path


def _embed(films: list[Film], height: int | None, previews: bool | None, theme: str | None) -> Any:
    from .embedded import frame_of

    return frame_of(films, [film.drawn(previews) for film in films], height, theme)


def _messages(source: Any) -> list[Message]:
    if isinstance(source, Tape):
        return source.messages()
    if isinstance(source, list):
        return source
    path = Path(source)
    if path.is_dir():
        path /= FILM
    if not path.exists():
        raise FileNotFoundError(f"there is no film at {path}; a Lab made with film=False leaves none")
    if not zipfile.is_zipfile(path):
        return load(path)
    with zipfile.ZipFile(path) as pack:
        if FILM not in pack.namelist():
            raise ValueError(f"{path} holds no {FILM}; film it again by gl.Film.of(journal, model, train)")
        if pack.getinfo(FILM).file_size > LARGEST:
            raise ValueError(f"the film in {path} says that it has more than {LARGEST:,} bytes")
        with pack.open(FILM) as file:
            data = file.read(LARGEST + 1)  # the size that it declares may be a lie
    if len(data) > LARGEST:
        raise ValueError(f"the film in {path} has more than {LARGEST:,} bytes")
    return [message for message, _ in read(data)]
