"""Widget: one anywidget class for all views; arrays, ids and edits go in and out, trainers stay outside."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets
from IPython.display import publish_display_data

from ..edits import kinds as edits
from . import protocol
from .answers import Answers, asker, in_words
from .channel import PageChannel
from .preview import previews_of
from .still import Still
from .theme import Theme
from .traits import Arrangement, Brushes, Ids, brushes_to_json

VIEWS = ("lab", "scatter", "parallel", "radar", "meter")
EDITED, DOUBTFUL, STALE, LEFT_OUT, TOLD = 1, 2, 4, 8, 128  # bits of a sample's state; pages use the others
PART = 4 * 2**20  # bytes of a file that one message carries
Tell = Callable[..., None]  # tell(ids, why=""): what lies together, the nearest first; or none, and why
_STATIC = Path(__file__).parent.parent / "static"


class Widget(anywidget.AnyWidget):
    """A live view. The kernel sends arrays by method, from any thread; the page answers by callbacks.

    Callbacks run on whichever thread Jupyter delivers the message, so they must be short and thread-safe.
    What they raise appears in the view in words.

    >>> widget = Widget("scatter", classes=["calm", "busy"])
    >>> widget.set_ids([0, 1])
    >>> widget.publish([[0.0, 0.0], [1.0, 2.0]], step=0)
    """

    _esm = _STATIC / "widget.js"
    _css = _STATIC / "widget.css"

    view = traitlets.Enum(VIEWS, "lab").tag(sync=True)
    classes = traitlets.Tuple().tag(sync=True)
    link = traitlets.Unicode().tag(sync=True)
    session = traitlets.Unicode().tag(sync=True)
    editable = traitlets.Bool(True).tag(sync=True)
    height = traitlets.Int(420, min=160, max=4000).tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    colour = traitlets.Unicode("given").tag(sync=True)  # the column that colours the picture at first

    # Of the parallel view; the page owns them, a reload brings them back, and they may be set.
    brushes = Brushes().tag(sync=True, echo_update=False, to_json=brushes_to_json)
    combine = traitlets.Enum(("and", "or"), "and").tag(sync=True, echo_update=False)
    arrangement = Arrangement().tag(sync=True, echo_update=False)

    selection = Ids()

    #: Whether the page that last showed a widget of this kernel draws with WebGL2; None before there was one.
    webgl: ClassVar[bool | None] = None

    def __init__(
        self,
        view: str = "lab",
        *,
        classes: Sequence[str] = (),
        link: str | None = None,
        session: str | None = None,
        editable: bool = True,
        height: int = 420,
        title: str = "",
        colour: str = "given",
        samples: int | None = None,
    ) -> None:
        """`link`: views with the same link share their selection in the browser; `session`: the name under
        which a page keeps edits that were not yet answered. Both are random unless given. `samples`: how many
        there are, so that a selection of others is refused."""
        if not 160 <= height <= 4000:
            raise ValueError(f"height={height} pixels; a view takes 160 to 4000")
        self._channel = PageChannel(lambda header, buffers: self.send(header, buffers))
        self._still = Still(title)
        self._on_edit: Callable[..., Any] | None = None
        self._on_command: Callable[..., Any] | None = None
        self._on_preview: Callable[[int], Any] | None = None
        self._on_name: Callable[[int], str] | None = None
        self._on_axes: Callable[[], None] | None = None
        self._on_crowd: Callable[[np.ndarray, int, Tell], object] | None = None
        self._from_page: tuple[np.ndarray, str] | None = None
        self._answers = Answers()
        self.sample_count = samples
        super().__init__(
            view=view,
            classes=tuple(classes),
            link=link or uuid.uuid4().hex,
            session=session or uuid.uuid4().hex,
            editable=editable,
            height=height,
            title=title,
            colour=colour,
        )
        self.observe(self._send_selection, "selection")
        self.on_msg(self._hear)

    # What the kernel tells, from any thread

    def set_ids(self, ids: Any) -> None:
        """Which sample each row shows; what was shown of other rows is forgotten."""
        self._channel.set_ids(ids)

    def set_columns(self, columns: Mapping[str, tuple[str, Any]]) -> None:
        """Columns by name: `("class", indices with -1 for none)`, `("number", floats)`, `("text", values)`,
        `("group", values)` whose samples belong together, `("flags", bytes)`.

        The page knows `given` and `predicted` (class), `confidence` (number) and `state` (flags: 1 edited and
        not yet satisfied, 2 doubtful, 4 stale, 8 left out of training, 128 told as named); it offers to colour by every
        column but the flags. Columns that are not named stay.
        """
        self._channel.set_columns(columns, self.classes)

    def set_axes(
        self,
        names: Sequence[str],
        *,
        space: str = "latent",
        statistics: Sequence[str] = (),
        kinds: Sequence[Mapping[str, Any] | None] = (),
    ) -> None:
        """What the axes of `publish(.., space="axes")` are called; `space` is latent, or input when they are the
        features that a person may rank; `statistics` are the scores that the command `relevance` can ask for;
        `kinds` say of each axis what its values stand for, as in js/PROTOCOL.md."""
        self._channel.set_axes([str(name) for name in names], space, statistics, kinds)

    def set_scores(self, statistic: str, text: str, values: Any, *, step: int = 0) -> None:
        """A score for each axis, NaN for none; `text` explains it."""
        self._channel.set_scores(statistic, text, np.asarray(values), step)

    def publish(
        self,
        points: Any,
        *,
        step: int,
        exact: bool = True,
        trust: float | None = None,
        space: str = "plane",
    ) -> None:
        """Positions (n, 2), or (n, axes) in the space "axes"; NaN for a missing one. Sent when a page is ready;
        the newest wins."""
        self._channel.publish(points, step=step, exact=exact, trust=trust, space=space)

    def share_selection(self, other: Widget) -> None:
        """Keep the selections of two widgets the same here, too: a page links only views that it shows."""
        for one, two in ((self, other), (other, self)):
            one.observe(lambda change, one=one, two=two: two._follow(one, change.new), "selection")

    def share_arrangement(self, other: Widget) -> None:
        """Keep order, scales and hidden axes of two widgets the same."""
        for one, two in ((self, other), (other, self)):
            one.observe(lambda change, two=two: setattr(two, "arrangement", change.new), "arrangement")

    def _follow(self, other: Widget, ids: np.ndarray) -> None:
        if other._from_page is not None and ids is other._from_page[0]:
            self._from_page = other._from_page  # so that the page it came from hears no echo
        self.selection = ids

    def set_status(self, status: Mapping[str, Any]) -> None:
        """What the toolbar and the readings show: see `status` in js/PROTOCOL.md."""
        self._channel.set_status(status)

    def set_panel(self, panel: str, content: Mapping[str, Any], *buffers: bytes) -> None:
        """What a panel of the dashboard shows: `meter`, `journal`, `suggestion` or `comparison` in js/PROTOCOL.md."""
        self._channel.set_panel(panel, content, *buffers)

    def record(self, tape: Callable[[str, dict[str, Any], tuple[bytes, ...]], object] | None) -> None:
        """`tape(type, header, buffers)` is told of samples, columns, planes and scores as they are said, from any
        thread and whether or not a page is open, and of frames of axes as pages get them; None ends it."""
        self._channel.record(tape)

    def show_error(self, text: str) -> None:
        self._channel.error(text)

    def send_file(self, name: str, data: bytes) -> None:
        """Hand the person a file, by way of the browser's downloads."""
        parts = [data[at : at + PART] for at in range(0, len(data), PART)] or [b""]
        for k, part in enumerate(parts):
            self._channel.answer("file", {"name": name, "part": k, "parts": len(parts)}, part)

    def show_alive(self) -> None:
        """Say nothing to anybody, so that a server which ends idle kernels sees that this one is at work."""
        self._channel.alive()

    @property
    def abandoned(self) -> float:
        """Seconds since the last view was taken from the page, as with its cell; 0 while there is one."""
        return self._channel.abandoned

    @property
    def draws_axes(self) -> bool:
        """Whether a page draws axes: else frames of that space need not be built."""
        return self._channel.draws_axes

    @property
    def watched(self) -> bool:
        """Whether a page shows this widget and answers."""
        return self._channel.watched

    def wants_frame(self) -> bool:
        """Whether a page is ready for the next frame; cheap. False while no view is open."""
        return self._channel.wants_frame()

    # What the page tells

    def on_edit(self, callback: Callable[..., int | None] | None) -> None:
        """`callback(edit, *, seconds, frame)` takes an edit and returns its line in the journal, or raises.

        It replaces the callback before it; None takes no more edits.
        """
        self._on_edit = callback

    def on_command(self, callback: Callable[..., Any] | None) -> None:
        """`callback(do, **arguments)` for buttons and keys: step, start, pause, undo, redo, and so on."""
        self._on_command = callback

    def on_preview(self, callback: Callable[[int], Any] | None) -> None:
        """`callback(id)` gives what a sample looks like, asked for on hover: an image as an array (h, w) or
        (h, w, 3) or as PNG bytes, a signal as an array (n,), a text, or None."""
        self._on_preview = callback

    def on_name(self, callback: Callable[[int], str] | None) -> None:
        """`callback(id)` gives a sample's name, shown beside its number; asked for along with the preview."""
        self._on_name = callback

    def on_axes(self, callback: Callable[[], None] | None) -> None:
        """`callback()` when a view of a Lab begins to draw axes, and so wants frames of them."""
        self._on_axes = callback

    def on_crowd(self, callback: Callable[[np.ndarray, int, Tell], object] | None) -> None:
        """`callback(ids, k, tell)` is asked which k samples lie together around these; it may `tell(ids)` later, from
        any thread, or `tell([], why)`."""
        self._on_crowd = callback

    def on_selection(self, callback: Callable[[np.ndarray], Any]) -> None:
        """`callback(ids)` whenever the selection changes, from whichever side."""
        self.observe(lambda change: callback(change.new), "selection")

    @traitlets.validate("classes")
    def _distinct(self, proposal: Any) -> tuple[str, ...]:
        classes = proposal["value"]
        if not all(isinstance(name, str) for name in classes):
            raise TypeError(f"classes takes names, got {classes!r:.80}")
        if len(set(classes)) != len(classes):
            raise ValueError(f"classes holds a name twice: {classes!r:.80}")
        return classes

    @traitlets.validate("selection")
    def _within(self, proposal: Any) -> np.ndarray:
        ids = proposal["value"]
        if self.sample_count is not None and ids.size and ids.max() >= self.sample_count:
            raise ValueError(
                f"there is no sample {ids.max()} to select; ids run from 0 to {self.sample_count - 1}"
            )
        return ids

    def _send(self, msg: Any, buffers: Any = None) -> None:
        """ipykernel 7.4 hands what any page says to the subshell of whoever was sent to last. With that page gone, the
        widget would be deaf to all others; without this note each page's own subshell hears it, as before 7.4."""
        super()._send(msg, buffers)
        getattr(self.comm, "__dict__", {}).pop("_reply_subshell_id", None)

    def _send_selection(self, change: Any) -> None:
        mine = self._from_page is not None and change.new is self._from_page[0]
        self._channel.select(change.new, self._from_page[1] if mine and self._from_page else None)

    def _hear(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        """Every custom message ends here, and so does what it raises: in Jupyter it would vanish unseen."""
        try:
            self._channel.heard()
            message = protocol.parse(content, buffers)
            if message is not None:
                kind, fields = message
                getattr(self, f"_hear_{kind}")(**fields)
        except Exception as error:
            self._channel.error(in_words(error), *asker(content))

    def _hear_hello(
        self,
        view: str,
        open: bool,
        webgl: bool | None,
        axes: bool | None,
        dark: bool | None,
        gone: bool | None,
    ) -> None:
        if open:
            Theme.dark = dark
        if webgl is not None:
            Widget.webgl = webgl
        if open:
            self._channel.opened(view, axes is not False)
            if axes and self._on_axes is not None:
                self._on_axes()
        else:
            self._channel.closed(view, bool(gone))

    def _hear_ack(self, frame: int) -> None:
        self._channel.drawn(frame)

    def _hear_edit(
        self, client: str, number: int, edit: dict[str, Any], seconds: float | None, frame: int | None
    ) -> None:
        def take() -> int | None:
            if self._on_edit is None or not self.editable:
                raise ValueError("this view takes no edits")
            return self._on_edit(edits.from_json(edit), seconds=seconds, frame=frame)

        kind, header = self._answers.once(client, number, take)
        self._channel.answer(kind, {"client": client, "number": number, **header})

    def _hear_command(self, do: str, arguments: dict[str, Any]) -> None:
        if self._on_command is None:
            raise ValueError(f"nothing here takes the command {do!r:.40}")
        self._on_command(do, **arguments)

    def _hear_selection(self, client: str, ids: np.ndarray) -> None:
        if self.sample_count is not None:
            ids = ids[ids < self.sample_count]  # a linked view may know samples that this one does not
            ids.flags.writeable = False  # else it is copied, and its page hears an echo of it
        self._from_page = ids, client
        self.selection = ids

    def _hear_preview(self, ids: np.ndarray) -> None:
        """One answer for all: a sample whose preview fails, comes too late or no longer fits in, has none."""
        if len(ids) > protocol.SHEET:
            raise ValueError(
                f"{len(ids)} previews are more than one message asks for; {protocol.SHEET} at most"
            )
        looks, failed = previews_of(ids.tolist(), self._on_preview, self._channel.clock)
        samples = [
            {"mime": mime, "name": self._name_of(id)}
            for id, (mime, _) in zip(ids.tolist(), looks, strict=True)
        ]
        self._channel.answer("preview", {"samples": samples}, ids.tobytes(), *(data for _, data in looks))
        if failed is not None:
            raise failed

    def _hear_crowd(self, name: str, k: int, ids: np.ndarray) -> None:
        """Whatever happens is an answer: a page waits for it with a point in its hand."""

        def tell(found: Any, why: str = "") -> None:
            self._channel.answer("crowd", {"name": name, "text": why}, np.asarray(found, "<u4").tobytes())

        if self._on_crowd is None:
            return tell([], "There is no latent space here to look for them in.")
        try:
            if k < 1:
                raise ValueError(f"a crowd has one sample or more, got k={k}")
            self._on_crowd(ids, k, tell)
        except Exception as error:
            tell([], in_words(error))

    def _name_of(self, id: int) -> str:
        return str(self._on_name(id))[:200] if self._on_name else ""

    def _hear_picture(self, width: int, height: int, alt: str, png: bytes) -> None:
        self._still.replace(png, alt, width, height)

    # Showing

    def show_still(self) -> None:
        """The still alone, for a widget that lives inside another: below it, so that the page finds it."""
        self._still.show()

    def _ipython_display_(self, **_: Any) -> None:
        """Two outputs: the live view, and the still that is there when the notebook is opened again."""
        data, metadata = self._repr_mimebundle_() or ({}, {})
        # What a reader without the kernel sees above the still.
        data = {**data, "text/plain": "Run this cell to bring the picture to life."}
        publish_display_data(data, metadata)
        self._still.show()
