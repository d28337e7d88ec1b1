"""Learners of scikit-learn by the names that plans have for them."""

from __future__ import annotations

from typing import Any

from .workload import FITS


def estimator(family: str, estimators: int = 1, *, seed: int = 0) -> Any:
    """A fresh estimator; scikit-learn's defaults, but for how many trees, stumps or stages there are."""
    if family not in FITS:
        raise ValueError(f"{family!r} is no learner of scikit-learn; there are {', '.join(FITS)}")
    from sklearn import ensemble, linear_model, neighbors, svm, tree

    many = {"n_estimators": estimators, "random_state": seed}
    made = {
        "svm": lambda: svm.SVC(random_state=seed),
        "tree": lambda: tree.DecisionTreeClassifier(random_state=seed),
        "knn": neighbors.KNeighborsClassifier,
        "forest": lambda: ensemble.RandomForestClassifier(**many),
        "adaboost": lambda: ensemble.AdaBoostClassifier(**many),
        "bagging": lambda: ensemble.BaggingClassifier(**many),
        "linear": lambda: linear_model.LogisticRegression(max_iter=100, random_state=seed),
        "boosting": lambda: ensemble.GradientBoostingClassifier(**many),
    }
    return made[family]()
