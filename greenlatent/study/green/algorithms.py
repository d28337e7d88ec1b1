"""Algorithms: the six of the published study, nets through our own trainer, and anything with fit and predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ... import Samples, Trainer


@dataclass(frozen=True)
class Algorithm:
    """A name, and what makes one for a seed: an object with fit(X, y) and predict(X).

    >>> Algorithm("ridge", lambda seed: RidgeClassifier(random_state=seed))
    """

    name: str
    make: Callable[[int], Any]

    def __post_init__(self) -> None:
        # a class of scikit-learn takes something else than a seed first, and would be made with that
        if not callable(self.make) or (isinstance(self.make, type) and hasattr(self.make, "get_params")):
            raise TypeError(
                f"{self.name}: make takes a seed and returns what has fit and predict, such as lambda seed:"
                f" Tree(random_state=seed); got {self.make!r}"
            )

    def made(self, seed: int) -> Any:
        made = self.make(seed)
        for method in ("fit", "predict"):
            if not callable(getattr(made, method, None)):
                raise TypeError(
                    f"{self.name} makes {type(made).__name__}, which has no {method}; give what has fit and predict"
                )
        return made


def six() -> list[Algorithm]:
    """Those of the published study, with its settings: what it balanced is balanced."""
    from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    return [
        Algorithm("SVM", lambda seed: SVC(class_weight="balanced", random_state=seed)),
        Algorithm("Decision Tree", lambda seed: DecisionTreeClassifier(random_state=seed)),
        Algorithm("KNN", lambda seed: KNeighborsClassifier()),
        Algorithm(
            "Random Forest", lambda seed: RandomForestClassifier(class_weight="balanced", random_state=seed)
        ),
        Algorithm("AdaBoost", lambda seed: AdaBoostClassifier(random_state=seed)),
        Algorithm("Bagging", lambda seed: BaggingClassifier(random_state=seed)),
    ]


@dataclass(frozen=True)
class Net:
    """A torch net through `Trainer`; `model(features, classes)` makes it, and `latent` names a layer of it.

    Give `steps=`, the same whatever is left of the rows, or `epochs=`, which fewer rows make shorter.

    >>> Net("MLP", lambda features, classes: mlp(features, classes), "0", steps=400, batch_size=64)
    """

    name: str
    model: Callable[[int, int], Any]
    latent: str
    steps: int | None = None
    epochs: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError(f"{self.name}: how long is it trained? Give steps= or epochs=, one of the two")

    def told(self) -> str:
        """How it is trained, by which a record tells it from another of its name."""
        given = {"steps": self.steps, "epochs": self.epochs, **self.options}
        return f"{self.name} by {', '.join(f'{k}={v}' for k, v in given.items() if v is not None)}"

    def made(self, seed: int) -> _Fitted:
        return _Fitted(self, seed)


class _Fitted:
    """A net as what has fit and predict."""

    def __init__(self, net: Net, seed: int):
        self._net, self._seed = net, seed

    def fit(self, X: Any, y: np.ndarray) -> None:
        import torch

        if hasattr(X, "tocsr"):
            raise TypeError(f"{self._net.name} is a net, which takes dense rows; pass X.toarray()")
        self._names, codes = np.unique(y, return_inverse=True)
        samples = Samples(X.astype(np.float32), codes)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            model = self._net.model(X.shape[1], len(self._names))
        options = {"statistics": False, "seed": self._seed, **self._net.options}
        self._trainer = Trainer(model, samples, latent=self._net.latent, **options)
        self._trainer.step(self._net.steps, epochs=self._net.epochs)
        self._model = model

    def predict(self, X: Any) -> np.ndarray:
        import torch

        with torch.inference_mode():
            self._model.eval()
            return self._names[self._model(torch.from_numpy(X.astype(np.float32))).argmax(1).numpy()]
