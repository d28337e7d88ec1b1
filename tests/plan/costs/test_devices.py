"""A device from its data sheet, held against published measurements."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls

import greenlatent as gl
from greenlatent.plan.costs.devices import joules_on, seconds_on
from greenlatent.plan.facts.tables import look_up
from greenlatent.plan.models.workload import Workload

MEASURED = Path(__file__).parents[2] / "fixtures" / "gpu_speeds.csv"


def off(device: str, column: str, kind: str) -> np.ndarray:
    """Estimated seconds over measured ones."""
    lines = [line for line in MEASURED.read_text().splitlines() if not line.startswith("#")]
    found = []
    for row in csv.DictReader(lines):
        flops, activations = float(row[f"{kind}_gflop"]) * 1e9, float(row[f"{kind}_mactivations"]) * 1e6
        work = Workload(flops=flops, activations=activations, kind=kind, precision="fp16")
        found.append(seconds_on(device, work).value * float(row[column]))
    return np.array(found)


@pytest.mark.parametrize(
    "device, column, kind, within, median",
    [
        ("RTX 4090", "rtx4090", "infer", 0.92, 1.40),
        ("RTX 5090", "rtx5090", "infer", 0.92, 1.40),
        ("RTX 3090", "rtx3090_train", "train", 0.86, 1.40),
    ],
)
def test_two_coefficients_of_one_card_carry_to_others(device, column, kind, within, median):
    factor = np.exp(np.abs(np.log(off(device, column, kind))))
    assert (factor < 2).mean() >= within and np.median(factor) <= median


def test_two_coefficients_of_training_carry_to_nets_that_they_were_not_fitted_on():
    device = look_up("devices", "RTX 3090", "device")
    lines = [line for line in MEASURED.read_text().splitlines() if not line.startswith("#")]
    nets = [row for row in csv.DictReader(lines) if row["rtx3090_train"]]
    peak, width = float(device.numbers["tflops_low"]) * 1e12, float(device.numbers["bandwidth_gb_s"]) * 1e9
    terms = np.array(
        [[float(r["train_gflop"]) * 1e9 / peak, float(r["train_mactivations"]) * 1e6 / width] for r in nets]
    )
    seconds = 1 / np.array([float(r["rtx3090_train"]) for r in nets])
    fold, factors = np.random.default_rng(0).permutation(len(nets)) % 5, []
    for k in range(5):
        rest = fold != k  # least squares of the share by which an estimate is off
        fitted, _ = nnls(terms[rest] / seconds[rest, None], np.ones(int(rest.sum())))
        factors.append(np.exp(np.abs(np.log(terms[~rest] @ fitted / seconds[~rest]))))
    off_by = np.concatenate(factors)
    assert (off_by < 2).mean() >= 0.86 and np.median(off_by) <= 1.40


def test_precision_is_respected():
    half, whole = (
        gl.Plan.seconds_on(
            "RTX 4090", Workload(1e12, activations=1e8, kind="infer", precision=precision)
        ).value
        for precision in ("bf16", "fp32")
    )
    assert whole > 1.9 * half


def test_a_device_without_peak_or_bandwidth_gets_no_answer():
    work = Workload(1e9, kind="infer", precision="fp16")
    with pytest.raises(
        ValueError, match=r"the table has no bandwidth of NVIDIA T4, so no seconds can be told"
    ):
        seconds_on("NVIDIA T4", work)
    with pytest.raises(ValueError, match=r"the table has no peak in fp32 of Google TPU v3 chip"):
        seconds_on("TPU v3", Workload(1e9))
    for name in ("", "  ", 3, None):
        with pytest.raises(ValueError, match=r"give one of NVIDIA B200"):
            seconds_on(name, work)
    with pytest.raises(ValueError, match="did you mean"):
        seconds_on("H1000", work)
    with pytest.raises(TypeError, match="is no workload"):
        seconds_on("NVIDIA T4", 3)


def test_the_ratio_of_two_candidates_on_one_card_is_sharp():
    fact = look_up("devices", "RTX 4090", "device")
    one, two = (
        joules_on(fact, seconds_on(fact.name, Workload(flops, activations=1e7))) for flops in (1e12, 2e12)
    )
    assert one.high / one.low > 4
    ratio = two / one
    assert ratio.high / ratio.low < 1.2


def test_a_small_net_on_a_card_takes_what_its_launches_take():
    small = Workload(flops=2e5, activations=1e4, operations=69.0)
    found = seconds_on("NVIDIA H100 SXM", small)
    assert found.value == pytest.approx(69 * 5e-6) and found.high == pytest.approx(4 * found.value)
    large = Workload(flops=2e13, activations=1e8, operations=69.0)
    assert seconds_on("NVIDIA H100 SXM", large) == seconds_on(
        "NVIDIA H100 SXM", Workload(flops=2e13, activations=1e8)
    )
