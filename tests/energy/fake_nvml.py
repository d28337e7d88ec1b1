"""`pynvml` as far as the meter calls it, answered by simulated cards: a counter that lags and jumps, power
that is an average over a second, and everything that may not be supported."""

import sys
import types

NVML_SUCCESS = 0
NVML_ERROR_NOT_SUPPORTED = 3
NVML_FI_DEV_POWER_INSTANT = 186
NVML_DEVICE_MIG_ENABLE = 1
NVML_TEMPERATURE_GPU = 0


class NVMLError(Exception):
    pass


class Card:
    """One card of a scripted machine."""

    def __init__(self, machine, uuid="GPU-aaaa", name="H200", period=0.1, lag=0.0, scale=1.0):
        self.machine, self.uuid, self.name = machine, uuid, name
        self.period, self.lag, self.scale = period, lag, scale
        self.limit, self.may_set = 700_000, True  # milliwatts
        self.limits: list[int] = []  # that were set
        self.mig = False
        self.processes: list[int] = []
        self.has_counter = self.has_instant = self.answers = True
        self.tells_more = True  # its limits, its slices, its processes, its temperature
        self.degrees = 40
        self.busy = 100  # per cent
        self.offset = 0.0
        self.instant = lambda: None
        self._due, self._value = 0, 0.0

    def energy(self):
        """Joules as the counter shows them: brought up to date every `period`, with what was drawn `lag`
        before."""
        now = self.machine.now
        if now >= self._due:
            self._value = self.scale * self.machine.energy(now - round(self.lag * 1e9)) + self.offset
            step = round(self.period * 1e9)
            self._due = (now // step + 1) * step
        return self._value

    def power(self, window):
        now = self.machine.now
        return (self.machine.energy(now) - self.machine.energy(now - round(window * 1e9))) / window


class FakeNvml(types.ModuleType):
    """The module. `power_calls` tells which way power was asked for."""

    NVMLError = NVMLError
    NVML_SUCCESS = NVML_SUCCESS
    NVML_FI_DEV_POWER_INSTANT = NVML_FI_DEV_POWER_INSTANT
    NVML_DEVICE_MIG_ENABLE = NVML_DEVICE_MIG_ENABLE
    NVML_TEMPERATURE_GPU = NVML_TEMPERATURE_GPU

    def __init__(self, *cards):
        super().__init__("pynvml")
        self.cards = list(cards)
        self.power_calls: list[str] = []
        self.open = 0

    def nvmlInit(self):
        self.open += 1

    def nvmlShutdown(self):
        self.open -= 1

    def nvmlDeviceGetCount(self):
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index):
        return self.cards[index]

    def nvmlDeviceGetName(self, card):
        return card.name

    def nvmlDeviceGetUUID(self, card):
        return card.uuid.encode()  # older versions of the module return bytes

    def nvmlDeviceGetTotalEnergyConsumption(self, card):
        self._alive(card)
        if not card.has_counter:
            raise NVMLError("Not Supported")
        return round(card.energy() * 1000)

    def nvmlDeviceGetFieldValues(self, card, fields):
        self._alive(card)
        self.power_calls.append("instant")
        assert fields == [NVML_FI_DEV_POWER_INSTANT]
        code = NVML_SUCCESS if card.has_instant else NVML_ERROR_NOT_SUPPORTED
        value = types.SimpleNamespace(uiVal=round(card.power(0.002) * 1000))
        return [types.SimpleNamespace(nvmlReturn=code, value=value)]

    def nvmlDeviceGetPowerUsage(self, card):
        self._alive(card)
        self.power_calls.append("average")
        return round(card.power(1.0) * 1000)

    def nvmlDeviceGetEnforcedPowerLimit(self, card):
        self._tells_more(card)
        return 700_000

    def nvmlDeviceGetPowerManagementLimit(self, card):
        self._tells_more(card)
        return card.limit

    def nvmlDeviceGetPowerManagementLimitConstraints(self, card):
        self._tells_more(card)
        return [200_000, 700_000]

    def nvmlDeviceSetPowerManagementLimit(self, card, limit):
        self._alive(card)
        if not card.may_set:
            raise NVMLError("Insufficient Permissions")
        card.limit = limit
        card.limits.append(limit)

    def nvmlDeviceGetTemperature(self, card, sensor):
        self._tells_more(card)
        assert sensor == NVML_TEMPERATURE_GPU
        return card.degrees

    def nvmlDeviceGetUtilizationRates(self, card):
        self._tells_more(card)
        return types.SimpleNamespace(gpu=card.busy, memory=1)

    def nvmlDeviceGetMigMode(self, card):
        self._tells_more(card)
        return [int(card.mig), int(card.mig)]

    def nvmlDeviceGetComputeRunningProcesses(self, card):
        self._tells_more(card)
        return [types.SimpleNamespace(pid=pid) for pid in card.processes]

    def nvmlDeviceGetHandleByUUID(self, uuid):
        for card in self.cards:
            if card.mig and uuid == f"MIG-{card.uuid[4:]}-slice":
                return ("slice", card)
        raise NVMLError("Not Found")

    def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self, handle):
        return handle[1]

    @staticmethod
    def _tells_more(card):
        if not card.tells_more:
            raise NVMLError("Not Supported")

    @staticmethod
    def _alive(card):
        if not card.answers:
            raise NVMLError("GPU is lost")


def installed(monkeypatch, *cards):
    """The driver of these cards, from now on to the end of a test; a person has chosen none of them."""
    module = FakeNvml(*cards)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    for chosen in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.delenv(chosen, raising=False)
    return module
