"""Smaller: ways that end in another model, in fewer inputs, or in no net at all."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from greenlatent.model.narrow import narrow
from greenlatent.tactics.finders.data import Projected
from greenlatent.tactics.finders.deployment import Halved, quantised
from greenlatent.tactics.finders.features import with_inputs
from greenlatent.tactics.finders.learners import features, in_order
from tests.benchmarks.evidence.cheaper import told_most
from tests.benchmarks.evidence.tasks import Done, Task, answering, kept_on, loop
from tests.benchmarks.tactics import mlp

WIDTHS = {"digits": (64, 128, 32, 10), "MNIST": (784, 256, 64, 10)}
SURE = 0.9  # of an answer that leaves early


def reading(task: Task, inputs: int) -> nn.Module:
    """The net with another first layer."""
    if task.net.name == "watch":
        model = task.model()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(task.seed)
            model[0] = nn.Conv1d(inputs, 32, 7, stride=2, padding=3)  # type: ignore[operator]
        return model
    return task.model(lambda: mlp(inputs, *WIDTHS[task.net.name][1:]))


def cut(share: float) -> Any:
    def way(task: Task) -> Done:
        if task.net.name == "watch" and share < 0.5:
            raise LookupError("six channels are too few")
        order = told_most(task)
        keep = torch.from_numpy(np.sort(order[: int(share * len(order))]))
        flat = (lambda x: x) if task.net.name == "watch" else (lambda x: x.flatten(1))
        train, test = (with_inputs(part, flat(part.x)[:, keep]) for part in (task.train, task.test))
        return task.run(task.trainer(reading(task, len(keep)), train), test=test)

    return way


def projected(task: Task) -> Done:
    of_nets(task)
    count = 16 if task.net.name == "digits" else 50
    begun = time.thread_time()
    project = Projected(task.train, count)
    train = project(task.train)
    spent = time.thread_time() - begun
    test = project(task.test)
    trainer = task.trainer(reading(task, count), train)
    begun = time.thread_time()
    trainer.step(epochs=task.net.epochs)
    spent += time.thread_time() - begun
    found = task.asked(trainer, spent, test)
    before = answering(lambda: project(task.test)) / len(test)
    return Done(found.seconds, found.accuracy, (found.answer or 0) + before)


def learner(name: str) -> Any:
    def way(task: Task) -> Done:
        made = dict(in_order(task.seed))[name]()
        begun = time.thread_time()
        made.fit(features(task.train.x), task.train.y.numpy())
        spent = time.thread_time() - begun
        right = float((made.predict(features(task.test.x)) == task.test.y.numpy()).mean())
        answer = answering(lambda: made.predict(features(task.test.x))) / len(task.test)
        return Done(spent, right, answer)

    return way


def width(share: float) -> Any:
    return lambda task: task.run(task.trainer(narrow(task.model(), share, seed=task.seed)))


def of_nets(task: Task) -> None:
    if task.net.name not in WIDTHS:
        raise LookupError("no net of Linear layers alone")


def early_exit(task: Task) -> Done:
    """A head after the first layer, and what it is sure of goes no further."""
    of_nets(task)
    trainer = task.trainer()
    over = task.run(trainer)
    parts = list(trainer.model.children())
    first, rest = nn.Sequential(*parts[:3]), nn.Sequential(*parts[3:])
    for each in first.parameters():
        each.requires_grad = False
    way_out = nn.Linear(WIDTHS[task.net.name][1], 10)
    loop(task, nn.Sequential(first, way_out), 5)

    def ask(x: torch.Tensor) -> torch.Tensor:
        h = first(x)
        told = way_out(h).softmax(1)
        unsure = (told.max(1).values < SURE).nonzero()[:, 0]
        told[unsure] = rest(h[unsure])
        return told

    with torch.no_grad():
        right = float((ask(task.test.x).argmax(1) == task.test.y).float().mean())
    return Done(None, right, answering(lambda: ask(task.test.x)) / len(task.test), over)


class Separable(nn.Sequential):
    """Each channel by itself, then across them."""

    def __init__(self, inputs: int, outputs: int, size: int, padding: int):
        super().__init__(
            nn.Conv1d(inputs, inputs, size, stride=2, padding=padding, groups=inputs),
            nn.Conv1d(inputs, outputs, 1),
        )


def separable(task: Task) -> Done:
    if task.net.name != "watch":
        raise LookupError("no convolutions")

    def make() -> nn.Module:
        model = task.net.make()
        model[0], model[2] = Separable(6, 32, 7, 3), Separable(32, 32, 5, 2)  # type: ignore[operator]
        return model

    return task.run(task.trainer(task.model(make)))


def zero(model: nn.Module, share: float) -> None:
    """The smallest weights of each layer."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight[weight.abs() <= weight.abs().flatten().quantile(share)] = 0.0


def zeros_tuned(task: Task) -> Done:
    """From three quarters of the plan on, and once more after each epoch."""
    trainer, epochs = task.trainer(), task.net.epochs
    begun = time.thread_time()
    trainer.step(epochs=3 * epochs // 4)
    zero(trainer.model, 0.5)
    trainer.at_epoch(lambda: zero(trainer.model, 0.5))
    trainer.step(epochs=epochs - 3 * epochs // 4)
    return task.asked(trainer, time.thread_time() - begun)


def zeros_raw(task: Task) -> Done:
    trainer = task.trainer()
    trainer.step(epochs=task.net.epochs)
    over = trainer.evaluate(part=task.test)["accuracy"]
    zero(trainer.model, 0.8)
    found = trainer.evaluate(part=task.test)["accuracy"]
    trainer.close()
    return Done(None, found, None, Done(None, over))


def half_way(task: Task, change: Callable[[nn.Module], nn.Module]) -> Done:
    """Another model from half of the plan on."""
    epochs = task.net.epochs
    first = task.trainer()
    begun = time.thread_time()
    first.step(epochs=epochs // 2)
    spent = time.thread_time() - begun
    found = task.run(task.trainer(change(kept_on(first)), warm=True), epochs - epochs // 2)
    return Done(found.seconds + spent, found.accuracy, found.answer)  # type: ignore[operator]


def pruned(task: Task) -> Done:
    return half_way(task, lambda model: narrow(model, 0.5, trained=True))


def frozen(task: Task) -> Done:
    def freeze(model: nn.Module) -> nn.Module:
        for name, each in model.named_parameters():
            each.requires_grad = int(name.split(".")[0]) > int(task.net.latent)
        return model

    found = half_way(task, freeze)
    found.answer = None
    return found


def taught(task: Task) -> Done:
    """A quarter net that learns from a teacher, which is charged; accuracy is over the same net alone."""
    teacher = task.model()
    spent = loop(task, teacher)
    teacher.eval()
    begun = time.thread_time()
    with torch.no_grad():
        told = (teacher(task.train.x) / 2).softmax(1)
    spent += time.thread_time() - begun

    def loss(output: torch.Tensor, y: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        soft = F.kl_div((output / 2).log_softmax(1), told[ids], reduction="batchmean")
        return 0.5 * F.cross_entropy(output, y) + 2.0 * soft

    small = narrow(task.model(), 0.25, seed=task.seed)
    alone = copy.deepcopy(small)
    found = task.told(small, loop(task, small, loss=loss) + spent)
    found.over = Done(task.looped.seconds, task.told(alone, loop(task, alone)).accuracy)
    found.answer = None
    return found


class Rounded(nn.Module):
    """A Linear layer that computes as one of 8 bits would, with gradients as if it did not."""

    def __init__(self, layer: nn.Linear):
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(_rounded(x), _rounded(self.layer.weight), self.layer.bias)


def _rounded(x: torch.Tensor) -> torch.Tensor:
    step = max(float(x.detach().abs().max()) / 127, 1e-8)
    return torch.fake_quantize_per_tensor_affine(x, step, 0, -128, 127)


def trained_for_int8(task: Task) -> Done:
    of_nets(task)
    model = nn.Sequential(
        *(Rounded(each) if isinstance(each, nn.Linear) else each for each in task.model().children())
    )
    spent = loop(task, model)
    found = task.told(quantised(nn.Sequential(*(getattr(each, "layer", each) for each in model))), spent)
    found.over = task.looped
    return found


def answers_in(make: Callable[[nn.Module], nn.Module], size: int) -> Any:
    """Answers alone, in batches of a size, of the plain run's net."""

    def way(task: Task) -> Done:
        trainer = task.trainer()
        trainer.step(epochs=task.net.epochs)
        model = kept_on(trainer).eval()
        found = []
        for each in (model, make(model)):
            with torch.no_grad():
                right = float((each(task.test.x).argmax(1) == task.test.y).float().mean())
            x = task.test.x[:size]
            found.append(Done(None, right, answering(lambda each=each, x=x: each(x), each) / len(x)))  # type: ignore[misc]
        found[1].over = found[0]
        return found[1]

    return way


WAYS = [
    ("T3", "half of the features, cut", cut(0.5)),
    ("T3", "a quarter of the features, cut", cut(0.25)),
    ("T5", "PCA to 16 (digits) or 50 (MNIST)", projected),
    ("T6", "ridge", learner("ridge")),
    ("T6", "logistic regression", learner("logistic regression")),
    ("T6", "nearest neighbours", learner("nearest neighbours")),
    ("T6", "random forest", learner("a random forest")),
    ("T6", "extra trees", learner("extra trees")),
    ("T8", "half of the width", width(0.5)),
    ("T8", "a quarter of the width", width(0.25)),
    ("T10", "early exit, answers alone", early_exit),
    ("T13", "separable convolutions", separable),
    ("T14", "half of the weights zero, fine-tuned", zeros_tuned),
    ("T14", "80 % zero, as they are", zeros_raw),
    ("T15", "half of the units cut at half time", pruned),
    ("T16", "encoder frozen at half time", frozen),
    ("T17", "a quarter net, teacher charged, points over the same net alone", taught),
    ("T18", "training for int8", trained_for_int8),
    ("T18", "int8 for answers, batches of 256", answers_in(quantised, 256)),
    ("T18", "bf16 for answers", answers_in(Halved, 256)),
]
