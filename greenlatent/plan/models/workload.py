"""Workload: what a model has to do in one step of training and for one answer, as counts that any machine can price."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...energy.arguments import number, whole
from ..facts.reasons import many

NETS = ("mlp", "cnn", "gru", "lstm", "transformer")
FITS = ("svm", "tree", "knn", "forest", "adaboost", "bagging", "linear", "boosting")
FAMILIES = (*NETS, *FITS)
KINDS = ("train", "infer")
PRECISIONS = ("fp32", "bf16", "fp16")


@dataclass(frozen=True)
class Workload:
    """Counts of one unit of work: a step of training, or one answer (`kind="infer"`).

    Of a net: operations called, FLOPs (a multiplication and an addition are two), elements written, parameters, and
    `activations`, the elements that one forward pass writes. Of a fit of scikit-learn: `operations` are its estimators,
    `flops` what its size multiplies to. `steps` units make a run.

    >>> Workload(flops=4.1e9, activations=1.1e7, parameters=2.6e7, kind="infer", precision="bf16").family
    'mlp'
    """

    flops: float
    activations: float = 0.0
    parameters: float = 0.0
    operations: float = 0.0
    elements: float = 0.0
    kind: str = "train"
    precision: str = "fp32"
    family: str = "mlp"
    batch: int = 1
    steps: float = 1.0
    answer: Workload | None = None
    """The counts of one answer of the same model."""
    name: str = ""
    how: str = "given"
    """Where the counts come from, in words."""

    def __post_init__(self) -> None:
        for name in ("flops", "activations", "parameters", "operations", "elements", "steps"):
            number(name, getattr(self, name), "a finite count of at least 0", least=0)
        for name, choices in (("kind", KINDS), ("precision", PRECISIONS), ("family", FAMILIES)):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name}={getattr(self, name)!r}; there are {', '.join(choices)}")
        whole("batch", self.batch, "how many rows a batch holds, at least one", least=1)

    @property
    def fit(self) -> bool:
        """Whether it is a fit of scikit-learn, not a net."""
        return self.family in FITS

    @property
    def counts(self) -> tuple[float, float, float, float]:
        """Operations, FLOPs, elements and parameters of one unit."""
        return self.operations, self.flops, self.elements, self.parameters

    @property
    def one_answer(self) -> tuple[Workload, dict[str, float]]:
        """The counts of one answer, and what was guessed of them, with the factor either way that it may be off."""
        if self.answer is not None:
            return self.answer, {}
        if self.kind == "infer":
            return replace(self, steps=1.0), {}
        if self.fit:  # what an answer takes follows from no count of its fit
            return Workload(0.0, family=self.family, kind="infer"), {"not given: counted as 0": 1.0}
        # a step goes forward once, and takes about twice as much for the way back
        each = 3.0 * self.batch
        return Workload(
            self.flops / each,
            self.activations / self.batch,
            self.parameters,
            self.operations / 3,
            self.elements / each,
            kind="infer",
            precision=self.precision,
            family=self.family,
        ), {"not given: a third of a step, by row": 3.0}

    def times(self, steps: float) -> Workload:
        """A run of so many units."""
        return replace(self, steps=number("steps", steps, "how many units are done", least=0))

    def __str__(self) -> str:
        unit = "fit" if self.fit else "step" if self.kind == "train" else "answer"
        does = f"{many(self.flops, 'FLOP')} and {many(self.operations, 'operation')}"
        return f"{self.name or self.family}: {does} a {unit}"
