"""Devices: seconds and watts on a machine that is not here, from its data sheet."""

from __future__ import annotations

from ...energy.joules import Joules
from ..facts.amount import Amount, within
from ..facts.tables import Fact, look_up
from ..models.workload import Workload

# Fitted on one card, asked of others: 1 / the share of peak that is reached, bytes an activation, the interval.
SHARE = 0.82
BYTES = {"infer": 15.5, "train": 65.6}
WITHIN = {"infer": 1.8, "train": 2.1}
# Of calling one operation from Python and launching its kernel, while the card waits. Not measured by us. Others found
# 4 to 6 microseconds a kernel on an RTX 5070 Ti (susun-blog.com/blog/pegainfer-3-cuda-graph, read 2026-11) and about 20
# from PyTorch on a V100 (NVIDIA's guide to Nsight Systems). A small net takes nothing but that, so its interval holds
# both.
LAUNCH, LAUNCH_WITHIN = 5e-6, 4.0
UNDER_LOAD = (0.65, 0.35, 1.0)  # of the limit of watts


def seconds_on(device: str, workload: Workload) -> Amount:
    """Seconds of one unit of a net's work on a card, from its peak and its bandwidth alone,
    and not less than its operations take to be launched.

    A device whose data sheet lacks either gets no answer.
    """
    if not isinstance(workload, Workload):
        raise TypeError(f"{workload!r} is no workload; give Workload(flops=, activations=, parameters=)")
    fact = look_up("devices", device, "device")
    peak = peak_of(fact, workload.precision)
    bandwidth = fact.numbers.get("bandwidth_gb_s")
    if workload.fit:
        raise ValueError(f"a fit of {workload.family} does not run on {fact.name}; its device is a processor")
    if peak is None or bandwidth is None:
        lacking = f"peak in {workload.precision}" if peak is None else "bandwidth"
        raise ValueError(
            f"the table has no {lacking} of {fact.name}, so no seconds can be told; measure a run there"
        )
    # an activation of fp32 is twice the bytes; training in lower precision keeps what the fit has seen
    size = 2.0 if workload.precision == "fp32" else 1.0
    computing = SHARE * workload.flops / (peak * 1e12)
    moving = size * BYTES[workload.kind] * workload.activations / (bandwidth * 1e9)
    launching = LAUNCH * workload.operations
    if launching > computing + moving:
        return Amount.within(launching, LAUNCH_WITHIN, "s")
    return Amount.within(computing + moving, WITHIN[workload.kind], "s")


def peak_of(fact: Fact, precision: str) -> float | None:
    """TFLOPS in a precision; None where the table does not say."""
    return fact.numbers.get("tflops_fp32" if precision == "fp32" else "tflops_low")


def joules_on(fact: Fact, seconds: Amount) -> Joules:
    """Of the card alone, at a share of its limit; how far both may be off is shared by all that runs on it."""
    share, low, high = UNDER_LOAD
    watts = fact.numbers["peak_watts"]
    wide = seconds.high / seconds.value if seconds.value else 1.0
    factors = {
        f"watts under load@{fact.name}": (share / low, high / share),
        f"speed@{fact.name}": (wide, wide),
    }
    return within(watts * share * seconds.value, factors, fact.name)
