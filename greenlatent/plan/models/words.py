"""Words: the counts of a model by formulas, without making it and without torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .sizes import HEADS, as_image, as_series, row_shape, widths
from .workload import FITS, Workload

OF_A_TENSOR = 12  # operations of Adam on one tensor of parameters; counted.py knows the same
OF_A_LOSS = 12  # of a loss, its backward pass and the step around it
# What one answer takes of scikit-learn, in what a fit takes beside its rows, for each estimator: as timed once; it is
# calls, and hardly the size.
ANSWERED = {
    "svm": 0.5,
    "tree": 0.24,
    "knn": 0.9,
    "forest": 0.05,
    "adaboost": 0.06,
    "bagging": 0.07,
    "linear": 0.05,
}
ANSWERED |= {"boosting": 0.5}


@dataclass
class _Sum:
    """What layers add up to, for one row; operations and tensors for a whole batch."""

    forward: float = 0.0  # FLOPs
    step: float = 0.0
    written: float = 0.0  # elements of a forward pass
    both: float = 0.0  # and of a step
    operations: float = 0.0
    step_operations: float = 0.0
    parameters: float = 0.0
    tensors: int = 0
    weights: float = 0.0  # elements that a step writes once, whatever the batch

    def layer(
        self,
        flops: float,
        out: float,
        parameters: float,
        *,
        first: bool,
        calls: tuple[float, float],
        tensors=2,
    ):
        """One with weights: its backward pass takes as much for the input, which the first needs not, as for them."""
        self.forward += flops
        self.step += flops * (2 if first else 3)
        self.operations += calls[0]
        self.step_operations += calls[1]
        self.written += out
        self.parameters += parameters
        self.weights += parameters
        self.tensors += tensors

    def plain(self, out: float, back: float, calls: tuple[float, float]) -> None:
        """One without: `out` elements forward and `back` more backward."""
        self.written += out
        self.both += back
        self.operations += calls[0]
        self.step_operations += calls[1]


def workload(
    model: str, size: str | None, *, rows: float, shape: int | Sequence[int], classes: int, batch: int
) -> Workload:
    """The counts of one step, or of one fit.

    >>> workload("mlp", "64", rows=1000, shape=20, classes=3, batch=64).parameters
    1539.0
    """
    wide, row = widths(model, size), row_shape(shape)
    if model in FITS:
        return _fit(model, wide[0], rows, math.prod(row), classes)
    found = _Sum()
    {"mlp": _mlp, "cnn": _cnn, "gru": _recurrent, "lstm": _recurrent, "transformer": _attending}[model](
        found, model, wide, row, classes
    )
    how = f"formulas for {model} {'-'.join(map(str, wide))}"
    answer = Workload(
        found.forward,
        found.written,
        found.parameters,
        found.operations,
        found.written,
        kind="infer",
        family=model,
        how=how,
    )
    return Workload(
        found.step * batch,
        found.written * batch,
        found.parameters,
        found.step_operations + OF_A_TENSOR * found.tensors + OF_A_LOSS,
        (found.written + found.both) * batch + found.weights,
        family=model,
        batch=batch,
        answer=answer,
        name=f"{model} {'-'.join(map(str, wide))}",
        how=how,
    )


def _dense(found: _Sum, dims: int, width: int, *, first: bool = False, times: float = 1.0) -> None:
    """A linear layer, on each of `times` places."""
    calls = (1, 3 if first else 4)
    found.layer(2.0 * dims * width * times, width * times, dims * width + width, first=first, calls=calls)
    found.both += 0 if first else dims * times


def _relu(found: _Sum, out: float) -> None:
    found.plain(out, out, (1, 2))


def _head(found: _Sum, dims: int, classes: int) -> None:
    _dense(found, dims, classes)
    found.both += classes


def _mlp(found: _Sum, model: str, wide: list[int], row: tuple[int, ...], classes: int) -> None:
    dims = math.prod(row)
    for k, width in enumerate(wide):
        _dense(found, dims, width, first=not k)
        _relu(found, width)
        dims = width
    _head(found, dims, classes)


def _cnn(found: _Sum, model: str, wide: list[int], row: tuple[int, ...], classes: int) -> None:
    channels, *space = as_image(row)
    for k, width in enumerate(wide):
        out, kernel = width * math.prod(space), 3 ** len(space)
        flops, parameters = 2.0 * out * channels * kernel, width * channels * kernel + width
        found.layer(flops, out, parameters, first=not k, calls=(1, 2))
        found.both += channels * math.prod(space) if k else 0
        _relu(found, out)
        if min(space) > 1:
            space = [side // 2 for side in space]
            small = width * math.prod(space)
            found.plain(2 * small, out, (1, 2))  # values and where they were
        channels = width
    _head(found, channels * math.prod(space), classes)


def _recurrent(found: _Sum, model: str, wide: list[int], row: tuple[int, ...], classes: int) -> None:
    time, dims = as_series(row)
    gates = 3 if model == "gru" else 4
    # operations and elements of a width, of one step of time, as meta counts them: forward, and with backward
    calls, out = ((16.6, 39.2), (29.3, 49.3)) if model == "gru" else ((13.7, 37.2), (29.5, 49.4))
    for width in wide:
        flops = 2.0 * time * gates * width * (dims + width)
        found.layer(
            flops,
            out[0] * time * width,
            gates * width * (dims + width + 2),
            first=False,
            calls=(calls[0] * time, calls[1] * time),
            tensors=4,
        )
        found.both += (out[1] - out[0]) * time * width
        found.weights += (
            2.1 * time * gates * width * width
        )  # each step of time adds to the gradient of the weights
        dims = width
    _head(found, dims, classes)


def _attending(found: _Sum, model: str, wide: list[int], row: tuple[int, ...], classes: int) -> None:
    time, dims = as_series(row)
    width = wide[0]
    _dense(found, dims, width, first=True, times=time)
    for _ in wide:
        _dense(found, width, 3 * width, times=time)
        _dense(found, width, width, times=time)
        attention = 4.0 * time * time * width  # two products of matrices
        found.forward += attention
        found.step += 3 * attention
        found.plain(
            5 * time * time * HEADS + 8 * time * width, 5 * time * time * HEADS + 14 * time * width, (20, 40)
        )
        found.plain(2 * time * width, 4 * time * width, (2, 6))  # sums and two norms
        found.parameters += 4 * width
        found.tensors += 4
        _dense(found, width, 2 * width, times=time)
        _relu(found, 2 * width * time)
        _dense(found, 2 * width, width, times=time)
    found.plain(width, time * width, (1, 3))
    _head(found, width, classes)


def _fit(model: str, estimators: int, rows: float, features: int, classes: int) -> Workload:
    """What the size of a fit of scikit-learn multiplies to, in units that its speed is in; and of an answer.

    What a fit takes beyond that is how classes overlap, which no size tells: worst for a support vector machine.
    """
    n, d, c = float(rows), float(features), float(classes)
    log = math.log2(max(n, 2.0))
    ways = c if c > 2 else 1.0
    sizes = {
        "svm": n * n * (d + 20),
        "tree": n * log * d,
        "knn": n * d,
        "forest": estimators * n * log * math.sqrt(d),
        "adaboost": estimators * n * log * d,
        "bagging": estimators * n * log * d,
        "linear": n * (d + 10) * (c + 3),
        "boosting": estimators * ways * n * log * d,
    }
    how = f"the size of a fit of {model} with {rows:g} rows, {features} features and {classes} classes"
    held = (
        estimators * n
        if model in ("forest", "bagging", "boosting")
        else n * d
        if model in ("svm", "knn")
        else d * c
    )
    calls = float(estimators * (ways if model == "boosting" else 1))
    many = estimators if model in ("forest", "adaboost", "bagging") else 1
    answer = Workload(
        n * d / 50 if model in ("svm", "knn") else 0.0,
        parameters=held,
        operations=ANSWERED[model] * many,
        kind="infer",
        family=model,
        how=how,
    )
    name = model if estimators == 1 else f"{model} {estimators}"
    return Workload(sizes[model], 0.0, held, calls, n * d, family=model, answer=answer, name=name, how=how)
