"""NVML: the energy counters of NVIDIA cards, or their power summed up on cards that have none."""

import math
import os
import warnings

from .channel import Channel, Odometer, Reading, Unavailable

_CHECK_SECONDS = 3.0  # for so long after the start power is read beside the counter,
_CHECK_AVERAGE_SECONDS = 10.0  # and for so long if it is the mean of a second, which lags behind
_TOLERANCE = 0.10


class Nvml:
    """The cards that CUDA_VISIBLE_DEVICES leaves us. Needs `nvidia-ml-py`, whose module is `pynvml`."""

    name = "NVML"

    def open(self) -> list[Channel]:
        try:
            with warnings.catch_warnings():
                # the deprecated package of the same name warns of itself
                warnings.simplefilter("ignore", FutureWarning)
                import pynvml
        except ImportError:
            raise Unavailable("NVIDIA cards are read with nvidia-ml-py: pip install nvidia-ml-py") from None
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise Unavailable(f"no NVIDIA driver answers ({error})") from None
        channels: list[Channel] = []
        try:
            for index, handle in visible(pynvml, os.environ.get("CUDA_VISIBLE_DEVICES")):
                channels.append(_channel(pynvml, index, handle))
        except pynvml.NVMLError as error:
            for channel in channels:
                channel.close()
            raise Unavailable(f"the NVIDIA driver refuses ({error})") from None
        finally:
            pynvml.nvmlShutdown()  # the driver counts: it stays open for the cards' own sake
        if not channels:
            raise Unavailable("CUDA_VISIBLE_DEVICES leaves no card to this process")
        mixed = len({channel.name.split(" ", 2)[-1] for channel in channels}) > 1
        if mixed and os.environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
            channels[0].remark(
                "CUDA may number unlike cards differently; set CUDA_DEVICE_ORDER=PCI_BUS_ID to be sure"
            )
        return channels


def visible(nvml, wanted: str | None):
    """(index, handle) of the cards CUDA shows us, named by index, UUID or MIG slice; as CUDA does, stop at
    nonsense."""
    count = nvml.nvmlDeviceGetCount()
    handles = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(count)]
    if wanted is None:
        return list(enumerate(handles))
    uuids = [_text(nvml.nvmlDeviceGetUUID(handle)) for handle in handles]
    found: dict[int, object] = {}
    for name in (part.strip() for part in wanted.split(",")):
        if name.isdigit() and int(name) < count:
            index = int(name)
        elif name.startswith("MIG-"):
            index = _parent(nvml, name, uuids)
        else:
            matches = [i for i, uuid in enumerate(uuids) if name.startswith("GPU-") and uuid.startswith(name)]
            index = matches[0] if len(matches) == 1 else -1
        if index < 0:
            break
        found[index] = handles[index]
    return list(found.items())


def _parent(nvml, name: str, uuids: list[str]) -> int:
    """The card that a MIG slice is cut from: old names hold its UUID, new ones are asked for."""
    for index, uuid in enumerate(uuids):
        if uuid in name:
            return index
    try:
        slice_ = nvml.nvmlDeviceGetHandleByUUID(name)
        card = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(slice_)
        return uuids.index(_text(nvml.nvmlDeviceGetUUID(card)))
    except (nvml.NVMLError, ValueError):
        return -1


def _channel(nvml, index: int, handle) -> Channel:
    name = f"GPU {index} {_text(nvml.nvmlDeviceGetName(handle))}"
    try:
        nvml.nvmlDeviceGetTotalEnergyConsumption(handle)
        channel: Card = Counted(nvml, handle, name)
    except nvml.NVMLError:  # before Volta
        channel = Summed(nvml, handle, name)
        channel.remark("has no energy counter; its power is summed up")
    try:
        channel.peak_watts = nvml.nvmlDeviceGetEnforcedPowerLimit(handle) * 1e-3
    except nvml.NVMLError:
        pass
    channel.look_round()
    return channel


def is_shared(nvml, handle) -> bool:
    try:
        if nvml.nvmlDeviceGetMigMode(handle)[0] == nvml.NVML_DEVICE_MIG_ENABLE:
            return True
    except nvml.NVMLError:
        pass
    try:
        others = [p.pid for p in nvml.nvmlDeviceGetComputeRunningProcesses(handle) if p.pid != os.getpid()]
    except nvml.NVMLError:
        return False
    # In a container NVML shows the host's numbers: a single process that is not to be seen here may be
    # ourselves.
    return len(others) > 1 or any(os.path.exists(f"/proc/{pid}") for pid in others)


class Card(Channel):
    """One card, read through one handle."""

    device = True
    lags = tuple(i * 0.01 for i in range(16))

    def __init__(self, nvml, handle, name: str):
        super().__init__(name, "gpu")
        self.nvml, self.handle = nvml, handle
        nvml.nvmlInit()
        self._open = True
        self._instant = True
        self._summed = 0.0
        self._power: tuple[int, float] | None = None
        self._felt = 0

    def look_round(self) -> None:
        """Whether others use it, too; once they did, it stays an upper bound."""
        if not self.shared and is_shared(self.nvml, self.handle):
            self.shared = True
            self.remark(
                "is shared (MIG, or other processes): the whole card is an upper bound for this process"
            )

    def feel(self, now: int) -> None:
        """Once a second, who else uses it, and how warm it is: a warmer chip leaks more, which a comparison of
        two runs must know."""
        if now < self._felt:
            return
        self._felt = now + 1_000_000_000
        self.look_round()
        try:
            degrees = float(self.nvml.nvmlDeviceGetTemperature(self.handle, self.nvml.NVML_TEMPERATURE_GPU))
        except (self.nvml.NVMLError, AttributeError):
            return
        coldest, warmest = self.degrees or (degrees, degrees)
        self.degrees = min(coldest, degrees), max(warmest, degrees)

    def close(self) -> None:
        if self._open:
            self._open = False
            self.nvml.nvmlShutdown()

    def watts(self) -> float:
        """Power now. The plain call of recent cards is an average over a second: the field goes first."""
        if self._instant:
            try:
                field = self.nvml.nvmlDeviceGetFieldValues(
                    self.handle, [self.nvml.NVML_FI_DEV_POWER_INSTANT]
                )[0]
                if field.nvmlReturn == self.nvml.NVML_SUCCESS:
                    return field.value.uiVal * 1e-3
            except (self.nvml.NVMLError, AttributeError, IndexError):
                pass
            self._instant = False
        return self.nvml.nvmlDeviceGetPowerUsage(self.handle) * 1e-3

    def sum_up(self, now: int) -> float:
        """Joules by the trapezoid over the power read so far."""
        watts = self.watts()
        if not watts >= 0 or math.isinf(watts):
            raise ValueError(f"{self.name} reads {watts} W")
        if self._power is not None:
            self._summed += (watts + self._power[1]) / 2 * max(0, now - self._power[0]) * 1e-9
        self._power = now, watts
        return self._summed


class Counted(Card):
    """A card with an energy counter, cross-checked against its power in the first seconds."""

    jumps = True

    def __init__(self, nvml, handle, name: str):
        super().__init__(nvml, handle, name)
        self.odometer = Odometer(None)
        self._check: tuple[int, float, float] | None = None  # since when, counter then, power summed up then
        self._checked = False
        self._previous: float | None = None

    def poll(self, now: int) -> list[Reading]:
        self.feel(now)
        millijoules = self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle)
        count = self.odometer.add(millijoules)
        if count is None:
            self._previous = None
            self.remark("its counter fell: the driver was loaded again")
            return [(now, None), (now, self.odometer.count * 1e-3)]
        joules = count * 1e-3
        if not self._checked:
            self._cross_check(now, joules)
        return [(now, joules)]

    def _cross_check(self, now: int, joules: float) -> None:
        try:
            summed = self.sum_up(now)
        except (self.nvml.NVMLError, ValueError):
            self._checked = True
            return
        moved = self._previous is not None and joules != self._previous
        self._previous = joules
        if not moved:
            return
        if self._check is None:
            self._check = now, joules, summed
        elif now - self._check[0] >= (_CHECK_SECONDS if self._instant else _CHECK_AVERAGE_SECONDS) * 1e9:
            counter, power = joules - self._check[1], summed - self._check[2]
            if power > 0 and abs(counter / power - 1) > _TOLERANCE:
                self.remark(f"its counter reads {counter / power - 1:+.0%} against its own power, summed up")
                self.error = max(self.error, abs(power / counter - 1))
            self._checked = True


class Summed(Card):
    """A card without a counter. What happens between two readings is not seen: its error is larger."""

    badge = "sampled"
    continuous = True
    every = 0.0

    def __init__(self, nvml, handle, name: str):
        super().__init__(nvml, handle, name)
        self.error = 0.10

    def poll(self, now: int) -> list[Reading]:
        self.feel(now)
        return [(now, self.sum_up(now))]


def _text(value) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
