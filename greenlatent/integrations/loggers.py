"""Loggers: steps, accuracy and joules of a run, for TensorBoard, MLflow, Weights & Biases, or a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..run.comparison import Point
from .batches import run_of

Write = Callable[[int, dict[str, Any]], object]  # a step and what is known of it; an empty one closes
COLUMNS = ("step", "samples", "accuracy", "joules", "joules_low", "joules_high", "badges")


def log(lab: Any, to: str, path: str | Path, *, name: str = "greenlatent") -> Callable[[], None]:
    """Write every evaluation, so far and from now on, to "csv", "tensorboard", "mlflow" or "wandb" at a path.

    Each has step, samples trained on, accuracy, joules of training with both ends of their interval, and the badge that
    says how they are known. `path` is a file for CSV, a folder for the others; nothing goes over a network, Weights &
    Biases writes in its offline mode. Returns a function that ends it; the end of the run does so, too.

    >>> end = log(lab, "tensorboard", "runs/mine")
    """
    if to not in WRITERS:
        raise ValueError(f"there is no logger {to!r}; there are {', '.join(WRITERS)}")
    run, written = run_of(lab), [0]
    write, close = WRITERS[to](Path(path), name)

    def tell() -> None:
        points = run.evaluations.points
        if len(points) < written[0]:
            written[0] = 0  # it was reset: another run
        for point in points[written[0] :]:
            write(point.step, row(point))
        written[0] = len(points)

    def hear(word: str) -> None:
        if word == "evaluation":
            tell()
        elif word == "closed":
            end()

    deaf = run.listen(hear)
    done: list[bool] = []

    def end() -> None:
        if not done:
            done.append(True)
            deaf()
            close()

    run.runner.call(tell)
    return end


def row(point: Point) -> dict[str, Any]:
    """What is known of one evaluation; joules are left out where there was no reading."""
    told: dict[str, Any] = {"step": point.step, "samples": point.passes, "accuracy": point.accuracy}
    joules = point.joules
    if joules.known:
        told |= {"joules": joules.value, "joules_low": joules.low, "joules_high": joules.high}
        told["badges"] = " ".join(f"{badge} {share:.0%}" for badge, share in sorted(joules.badges.items()))
    return told


def _csv(path: Path, name: str) -> tuple[Write, Callable[[], object]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w", newline="", encoding="utf-8")
    table = csv.DictWriter(file, COLUMNS)
    table.writeheader()

    def write(step: int, told: dict[str, Any]) -> None:
        table.writerow(told)
        file.flush()

    return write, file.close


def _tensorboard(path: Path, name: str) -> tuple[Write, Callable[[], object]]:
    from torch.utils.tensorboard import SummaryWriter

    board = SummaryWriter(str(path))  # type: ignore[no-untyped-call]

    def write(step: int, told: dict[str, Any]) -> None:
        for key, value in _numbers(told).items():
            board.add_scalar(f"{name}/{key}", value, step)  # type: ignore[no-untyped-call]
        if "badges" in told:
            board.add_text(f"{name}/badges", told["badges"], step)  # type: ignore[no-untyped-call]
        board.flush()  # type: ignore[no-untyped-call]

    return write, board.close


def _mlflow(path: Path, name: str) -> tuple[Write, Callable[[], object]]:
    from mlflow.tracking import MlflowClient

    path.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(tracking_uri=f"sqlite:///{path.absolute() / 'mlflow.db'}")
    known = client.get_experiment_by_name(name)
    experiment = (
        known.experiment_id if known else client.create_experiment(name, (path / "files").absolute().as_uri())
    )
    run = client.create_run(experiment).info.run_id

    def write(step: int, told: dict[str, Any]) -> None:
        for key, value in _numbers(told).items():
            client.log_metric(run, key, value, step=step)
        if "badges" in told:
            client.set_tag(run, "badges", told["badges"])

    return write, lambda: client.set_terminated(run)


def _wandb(path: Path, name: str) -> tuple[Write, Callable[[], object]]:
    import wandb

    path.mkdir(parents=True, exist_ok=True)
    run = wandb.init(mode="offline", dir=str(path), project=name)
    return lambda step, told: run.log(told, step=step), run.finish


def _numbers(told: dict[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in told.items() if key not in ("step", "badges")}


WRITERS: dict[str, Callable[[Path, str], tuple[Write, Callable[[], object]]]] = {
    "csv": _csv,
    "tensorboard": _tensorboard,
    "mlflow": _mlflow,
    "wandb": _wandb,
}
