"""The ledger: what the sources read in a span, as joules per kind of work."""

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from ..calibration import Calibration
from ..joules import Joules, Origin, Ratio, total
from ..machine import machine
from ..marks import FAILURES, METER, WAITING
from ..sources import Model, Unavailable
from .accounts import Account, Tally
from .attribution import Share, attribute
from .sums import Second, Sums

log = logging.getLogger("greenlatent.energy")


class Ledger:
    """Puts the sources together: what counts towards the total, what is beside it, and what each kind cost.

    A meter of the whole machine covers everything; otherwise every part (gpu, cpu, dram) counts once, from
    the first source that offers it. The model fills in the processor and the memory where nothing counts
    them.
    """

    def __init__(self, model: Model | None, *, pue: float, psu: float):
        self.model, self.pue, self.psu = model, pue, psu
        self.calibration: Calibration | None = None
        self.accounts: list[Account] = []
        self.owners: list[str] = []  # the source of each account

    def open(self, sources: Iterable) -> Iterator[str]:
        """Open the sources and an account for each of their channels; yields what went wrong. Opened again,
        an account goes on."""
        known = {(owner, account.channel.name): account for owner, account in self._owned()}
        for source in sources:
            try:
                channels = list(source.open())
            except Unavailable as error:
                yield f"{source.name}: {error}"
                continue
            except FAILURES as error:
                log.exception("%s cannot be opened", source.name)
                yield f"{source.name}: cannot be opened ({type(error).__name__}: {error})"
                continue
            for channel in channels:
                if (account := known.get((source.name, channel.name))) is not None:
                    account.channel = channel
                else:
                    self.accounts.append(Account(channel))
                    self.owners.append(source.name)

    def _owned(self) -> Iterator[tuple[str, Account]]:
        yield from zip(self.owners, self.accounts, strict=True)

    def counts(self) -> list[int]:
        """Which accounts make up the total."""
        return self._parts_once(wall=True) or self._parts_once(wall=False)

    def _parts_once(self, *, wall: bool) -> list[int]:
        """The machine's accounts, or those of its parts; each part from the first source that has it."""
        first: dict[str, str] = {}
        for owner, account in self._owned():
            if (account.channel.part == "machine") == wall:
                first.setdefault(account.channel.part, owner)
        return [
            i for i, (owner, account) in enumerate(self._owned()) if first.get(account.channel.part) == owner
        ]

    def modelled(self) -> tuple[bool, bool]:
        """Whether the model stands in for the processor, and for the memory."""
        if self.model is None:
            return False, False
        covered = {self.accounts[i].channel.part for i in self.counts()}
        return not covered & {"cpu", "machine"}, not covered & {"dram", "machine"}

    def lines(self, span: Sums, run: Sums, origin: Origin, only: str | None = None) -> dict[str, Joules]:
        """Joules per kind in `span`; `run` is everything up to its end."""
        shares = list(self._shares(span, run))
        kinds = [k for k in _there(span) if only in (None, span.kinds[k])]
        lines = {span.kinds[k]: self._line([k], shares, span, origin) for k in kinds}
        for kind in dict.fromkeys(kind for kind, _ in span.charges if only in (None, kind)):
            lines[kind] = _charged([lines[kind]] if kind in lines else [], span, (kind,))
        return lines

    def together(self, span: Sums, run: Sums, origin: Origin) -> dict[tuple[str, ...], Joules]:
        """The same, with one line for kinds that no counter can tell apart: of those, what is uncertain is the
        split."""
        shares = list(self._shares(span, run))
        groups: list[set[int]] = []
        for k in (there := _there(span)):
            group = {k}.union(*(share.merged[k] for _, share in shares if share is not None)).intersection(
                there
            )
            for other in [other for other in groups if other & group]:
                groups.remove(other)
                group |= other
            groups.append(group)
        lines = {
            tuple(sorted(span.kinds[k] for k in group)): self._line(sorted(group), shares, span, origin)
            for group in groups
        }
        for kind in dict.fromkeys(kind for kind, _ in span.charges):
            lines.setdefault(next((names for names in lines if kind in names), (kind,)), _NOTHING)
        return {
            names: _charged([line] if line is not _NOTHING else [], span, names)
            for names, line in lines.items()
        }

    def _line(self, kinds: list[int], shares, span: Sums, origin: Origin) -> Joules:
        parts = [self._part(i, share, kinds, span) for i, share in shares]
        parts += [part for k in kinds for part in self._model_part(span, k)]
        return self._whole(parts, float(span.seconds[kinds].sum()), origin)

    def total(self, span: Sums, run: Sums, origin: Origin, *, filled: bool = False) -> Joules:
        """The joules of a span: differences of counters, not a sum of what was attributed. `filled` adds what
        the gaps would have cost at the watts of the same kinds, give or take all of it."""
        if span.elapsed <= 0:
            return _charged([], span) if span.charges else Joules.missing(origin)
        parts = []
        for i, share in self._shares(span, run):
            if share is None:
                parts.append(Joules.missing())
            else:
                gap = share.gap if filled else 0.0
                value, own = share.total + gap, math.hypot(share.edge, gap)
                parts.append(self._read(self.accounts[i], value, own, share.coverage, span.tallies[i]))
        return _charged(
            [self._whole([*parts, *self._model_total(span)], float(span.seconds.sum()), origin)], span
        )

    def own(self, span: Sums, run: Sums, origin: Origin) -> Joules:
        """What of the total is ours, by our time, where others load the same hardware."""
        if span.elapsed <= 0:
            return Joules.missing(origin)
        parts = []
        for i, share in self._shares(span, run):
            if share is None:
                parts.append(Joules.missing())
                continue
            tally, channel = span.tallies[i], self.accounts[i].channel
            mine = 1 - tally.foreign / tally.joules if tally.joules > 0 else 1.0
            if channel.shared:
                seconds = span.device if channel.device else span.seconds
                idle = sum(seconds[k] for k, kind in enumerate(span.kinds) if kind in ("other", WAITING))
                mine *= 1 - float(idle) / max(float(seconds.sum()), 1e-9)
            parts.append(
                self._read(self.accounts[i], share.total, share.edge, share.coverage, None)
                * min(max(mine, 0), 1)
            )
        return self._whole([*parts, *self._model_total(span)], float(span.seconds.sum()), origin)

    def _shares(self, span: Sums, run: Sums) -> Iterator[tuple[int, Share | None]]:
        for i in self.counts():  # what came with a later start has not read that span
            yield i, self._share(i, span, run) if i < len(span.tallies) else None

    def _share(self, i: int, span: Sums, run: Sums) -> Share | None:
        account = self.accounts[i]
        seconds = span.device if account.channel.device else span.seconds
        share = attribute(span.tallies[i], run.tallies[i], seconds, span.cpu, account)
        if share is not None and account.channel.part in ("cpu", "machine"):
            _charge_meter(share, span)
        return share

    def _part(self, i: int, share: Share | None, kinds: list[int], span: Sums) -> Joules:
        if share is None:
            return Joules.missing()
        merged: tuple[str, ...] = ()
        if len(kinds) == 1:
            own = float(share.down[kinds[0]]), float(share.up[kinds[0]])
            merged = tuple(span.kinds[j] for j in share.merged[kinds[0]])
        else:
            groups = {min(k, *share.merged[k], k) for k in kinds}
            own = (math.hypot(*(float(share.group[k]) for k in groups)),) * 2
        value = float(share.joules[kinds].sum())
        return self._read(self.accounts[i], value, own, share.coverage, span.tallies[i], merged)

    def _read(
        self, account: Account, value: float, own, coverage: float, tally: Tally | None, merged=()
    ) -> Joules:
        channel = account.channel
        bounded = tally.bounded / tally.joules if tally is not None and tally.joules > 0 else 0.0
        badges = {
            name: share
            for name, share in ((channel.badge, 1 - bounded), ("upper bound", bounded))
            if share > 0
        }
        shared = {f"{channel.name}@{machine()}": (channel.error * value, channel.error * value)}
        joules = Joules.of(value, own, shared, badges, coverage=coverage, merged=merged)
        return joules if channel.part == "machine" else self._before_supply(joules)

    def _model_part(self, span: Sums, k: int) -> list[Joules]:
        processor, memory = self.modelled()
        if self.model is None or not (processor or memory):
            return []
        seconds, cpu = float(span.seconds[k]), float(span.cpu[k])
        held = span.gigabyte_seconds * seconds / max(float(span.seconds.sum()), 1e-9)
        joules = self.model.joules(
            span.kinds[k], seconds if processor else 0.0, cpu if processor else 0.0, held if memory else 0.0
        )
        return [self._before_supply(joules)]

    def _before_supply(self, joules: Joules) -> Joules:
        """With what the power supply loses; a calibration has that in its gain."""
        return joules if self.psu == 1.0 or self.calibration is not None else joules * (1 / self.psu)

    def _model_total(self, span: Sums) -> list[Joules]:
        lines = [line for k in range(len(span.kinds)) for line in self._model_part(span, k)]
        return [total(lines)] if lines else []

    def _whole(self, parts: Iterable[Joules], seconds: float, origin: Origin) -> Joules:
        joules = total(parts)
        if not joules.known:
            return Joules.missing(origin)
        if self.calibration is not None and not self.on_the_wall():
            joules = self.calibration.apply(joules, seconds)
        if self.pue != 1.0:
            joules = joules * self.pue
        more = joules.shared, joules.coverage, joules.merged, origin
        return Joules(joules.value, joules.low, joules.high, joules.badges, *more)

    def on_the_wall(self) -> bool:
        return any(self.accounts[i].channel.part == "machine" for i in self.counts())

    def idle(self, span: Sums, origin: Origin) -> Joules:
        """What the hardware would have drawn at rest: by the model, or by the quietest second there was."""
        if span.elapsed <= 0:
            return Joules.missing(origin)
        parts = []
        for i in self.counts():
            account = self.accounts[i]
            if i >= len(span.tallies) or not math.isfinite(account.rest_watts):
                parts.append(Joules.missing())
                continue
            value = account.rest_watts * float(span.tallies[i].present(span.seconds).sum())
            parts.append(self._read(account, value, 0.0, 1.0, None))
        if self.model is not None and self.modelled()[0]:
            parts.append(self._before_supply(self.model.joules("idle", float(span.seconds.sum()), 0.0, 0.0)))
        return self._whole(parts, float(span.seconds.sum()), origin)

    def compare(self, course: list[Second]) -> dict[tuple[str, str], Ratio]:
        """Sources that cover the same parts: one beside the total over the one that counts, and a meter of
        the machine over all that it covers."""
        counted, pairs = self.counts(), []
        for part in dict.fromkeys(account.channel.part for account in self.accounts):
            owners = dict.fromkeys(self.owners[i] for i in self._of(part))
            first, *others = ([i for i in self._of(part) if self.owners[i] == owner] for owner in owners)
            pairs += [(other, first) for other in others]
        if self.on_the_wall() and (inner := self._parts_once(wall=False)):
            pairs.append((counted, inner))
        return {(self._name(a), self._name(b)): _over(course, a, b) for a, b in pairs}

    def _of(self, part: str) -> list[int]:
        return [i for i, account in enumerate(self.accounts) if account.channel.part == part]

    def _name(self, accounts: list[int]) -> str:
        return "+".join(dict.fromkeys(self.owners[i] for i in accounts))


_NOTHING = Joules.missing()


def _charged(parts: list[Joules], span: Sums, kinds: tuple[str, ...] | None = None) -> Joules:
    """With what others spent for these kinds of work, or for all: neither this machine's power supply nor its data
    centre has a part in it."""
    charges = [joules for kind, joules in span.charges if kinds is None or kind in kinds]
    if not charges:
        return parts[0]
    origin = parts[0].origin if parts else None
    return replace(total([*parts, *charges]), origin=origin)


def _over(course: list[Second], above: list[int], below: list[int]) -> Ratio:
    """The ratio of two sources' watts, with the interval of its blocks. What a block has too much at its edge
    the next has too little, so that is on the safe side."""
    # A plug tells what was drawn up to two seconds ago: at first, what was before anything ran.
    known = [p for p in course if len(p.counted) > max(*above, *below) and p.elapsed > course[0].elapsed + 2]
    blocks = known[:: max(1, len(known) // 30)]
    if len(blocks) < 5:
        return Ratio(math.nan, math.nan, math.nan)
    joules = np.diff([p.counted for p in blocks], axis=0)
    seconds = np.diff([p.covered for p in blocks], axis=0)
    watts = joules.sum(0) / np.maximum(seconds.sum(0), 1e-9)
    a, b = watts[above].sum(), watts[below].sum()
    if not (a > 0 and b > 0):
        return Ratio(math.nan, math.nan, math.nan)
    ratio = a / b
    left = joules[:, above].sum(1) - ratio * joules[:, below].sum(1)
    half = 1.96 * math.sqrt(len(left)) * left.std(ddof=1) / joules[:, below].sum()
    return Ratio(ratio, max(0.0, ratio - half), ratio + half)


def _there(span: Sums) -> list[int]:
    """The kinds that have a line."""
    if span.elapsed <= 0:
        return []
    charged = {kind for kind, _ in span.charges}
    begun = (span.units > 0) & np.array([kind not in charged for kind in span.kinds])  # or others did them
    busy = (span.seconds > 0) | (span.cpu > 0) | begun
    return [k for k, kind in enumerate(span.kinds) if kind == METER or busy[k]]


def _charge_meter(share: Share, span: Sums) -> None:
    """Move what the meter itself used, by the model's watts, from the other lines to its own."""
    line = span.kinds.index(METER)
    value, low, high = (watts * max(float(span.cpu[line]), 0.0) for watts in Model().busy_watts)
    rest = float(share.joules.sum())
    if not 0 < value < rest / 2:
        return
    for values in (share.joules, share.down, share.up, share.group):
        values *= 1 - value / rest
    share.joules[line], share.down[line], share.up[line] = value, value - low, high - value
    share.group[line] = high - value
