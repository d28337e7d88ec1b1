"""Begin: what to begin a run with, from rows, classes, machine and a rehearsal of 20 steps, each with its reason."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..data.samples import Samples
from ..energy.budget import Budget
from ..energy.joules import Joules, total
from ..energy.meter import Meter
from ..energy.names import count
from ..run.setup import Setup
from ..training.trainer import Trainer
from .asking import powers as able
from .asking import reply, trial
from .asking.llm import Llm
from .asking.names import plain
from .asking.price import Server, priced
from .asking.wire import Failed, Held, Stop
from .cards import forecast
from .limits import AGENT

SIZES = (16, 32, 64, 128, 256)
EACH = 4  # steps of each size: 20 in all
STEPS = 12  # that an epoch has at least: fewer, larger ones learn too little from a pass
PASSES = 40_000  # samples that a run sees, as those of docs/agent.md
LEAST, MOST = 3, 60  # epochs
HIDDEN = 64  # units of the net that stands in for yours
RATES = ("0.0003", "0.001", "0.003")
SHOWN = 10_000


@dataclass(frozen=True)
class _Rehearsed:
    """Joules a sample by batch size, and what finding out took."""

    each: dict[int, float]
    took: Joules


def setup(train: Samples, valid: Samples | None = None, llm: Llm | None = None) -> Setup:
    """Batch size, rate, loss, epochs, budget and what is shown, for a Lab: `**setup.options`.

    A net of 64 hidden units stands in for yours in the rehearsal. A model that passed its trial may choose
    among the same values; each is checked as one that you give.

    >>> advised = gl.agent.setup(train, valid)
    >>> print(advised)
    >>> lab = gl.Lab(model, train, latent="encoder", **advised.options)
    """
    for name, samples in (("train", train), ("valid", valid)):
        if not isinstance(samples, Samples) and not (name == "valid" and samples is None):
            raise TypeError(f"{name} is {type(samples).__name__}; give Samples, as gl.Samples(x, y)")
    if llm is not None and not isinstance(llm, Llm):
        raise TypeError(f'llm={llm!r} is no model; give gl.Llm("http://127.0.0.1:8080/v1"), or None')
    meter = Meter()
    with meter:
        rehearsed = _rehearse(train, meter)
        values, why = _by_rules(train, rehearsed)
        if llm is not None:
            _by_model(train, llm, values, why, meter)
    return _made(train, valid, values, why, rehearsed)


def _rehearse(train: Samples, meter: Meter) -> _Rehearsed:
    """Joules of a sample at each batch size, by a net that stands in; NaN where nobody can tell."""
    x = train.view(torch.arange(min(2, len(train))))
    outputs = 1 if train.regression else max(2, len(train.classes))
    if train.unlabelled:
        outputs = int(x[0].numel())
    layers: list[nn.Module] = [nn.Flatten(), nn.Linear(int(x[0].numel()), HIDDEN), nn.ReLU()]
    layers += [nn.Linear(HIDDEN, outputs), *([nn.Unflatten(1, x.shape[1:])] if train.unlabelled else [])]
    if not x[0].is_floating_point() or x[0].ndim == 0:
        raise ValueError(
            f"each sample is {x[0].dtype} of shape {tuple(x[0].shape)}, and the net of the rehearsal takes rows of"
            " numbers: give gl.Samples of x.float(), with an axis of samples and one of features"
        )
    net = nn.Sequential(*layers)
    each: dict[int, float] = {}
    some = train.take(range(min(len(train), SIZES[-1] * EACH)))
    for size in SIZES:
        if size > len(train):
            break
        begun = meter.stamp()
        trainer = Trainer(net, some, latent="1", batch_size=size, threads=1, meter=meter)
        try:
            trainer.step(EACH)
        finally:
            trainer.close()
        took = meter.ledger(since=begun).get("train", Joules.missing())
        each[size] = took.value / (EACH * size) if took.known else math.nan
    spent = [joules for joules in meter.ledger().values() if joules.known]
    return _Rehearsed(each, total(spent) if spent else Joules.missing())


def _by_rules(train: Samples, rehearsed: _Rehearsed) -> tuple[dict[str, str], dict[str, str]]:
    n, each = len(train), rehearsed.each
    fit = [size for size in each if n / size >= STEPS] or [min(each, default=SIZES[0])]
    size = min(fit, key=lambda size: each.get(size, math.nan) if each.get(size, 0) > 0 else math.inf)
    rate = RATES[0] if n < 100 else RATES[1] if size < 64 else RATES[2]
    epochs = min(MOST, max(LEAST, math.ceil(PASSES / max(1, n))))
    cost = each.get(size, math.nan)
    priced = f" {1e3 * cost:.2g} mJ a sample, the least of those tried;" if cost > 0 else ""
    values = {"batch_size": str(size), "lr": rate, "epochs": str(epochs)}
    why = {
        "batch_size": f"{n:,} rows:{priced} {count(math.ceil(n / size), 'step')} an epoch",
        "lr": f"by Adam, which larger batches allow a higher rate; runs on small data used {RATES[1]} to {RATES[2]}",
        "epochs": f"{PASSES:,} samples seen, {LEAST} to {MOST} epochs; an agent ends sooner what gains nothing more",
    }
    return values, why


def _choices(values: dict[str, str]) -> dict[str, tuple[str, ...]]:
    epochs = int(values["epochs"])
    near = {str(max(1, round(epochs * share))) for share in (0.5, 1, 1.5)}
    return {
        "batch_size": tuple(map(str, SIZES)),
        "lr": RATES,
        "epochs": tuple(sorted(near, key=int)),
    }


def _by_model(train: Samples, llm: Llm, values: dict[str, str], why: dict[str, str], meter: Meter) -> None:
    """Let a model that passed its trial choose among the same values; where it cannot, the rules' stand, and say so."""
    try:
        with meter.doing(AGENT):
            found, told = _asked(train, llm, values, meter)
    except Failed as error:
        why["epochs"] += f" (the model was not heard: {error})"
        return
    for name in values:
        if told and found[name] != values[name]:
            why[name] = f"{told} chose it, not checked: “{found['reason']}”; the rules say {values[name]}"
            values[name] = found[name]
    if not told:
        why["epochs"] += f" ({found['reason']})"
    if not llm.played:
        cost = meter.ledger().get(AGENT, Joules.missing())
        why["epochs"] += f". Asking took {cost}" if cost.known else ". What asking took cannot be read"


def _charged(ask: Callable[[], Any], wire: Any, llm: Llm, meter: Meter) -> Any:
    """What is answered; what other processes spent on that is booked, as for an agent's questions."""
    server = None if llm.played else Server(llm.address.port)
    before = server.seconds() if server is not None and wire.loopback else None
    begun, answer = time.perf_counter(), None
    try:
        answer = ask()
        return answer
    finally:
        if server is not None:
            took = priced(
                meter,
                llm,
                answer,
                loopback=bool(wire.loopback),
                server=server,
                before=before,
                seconds=time.perf_counter() - begun,
            )
            if took is not None and (answer is not None or took.known):
                meter.charge(AGENT, took)


def _asked(train: Samples, llm: Llm, values: dict[str, str], meter: Meter) -> tuple[dict[str, str], str]:
    """What it chose, and its name; no name where it may not choose."""
    wire, stop = llm.transport(lambda host: False), Stop()
    if not wire.reach(stop):
        raise Held(llm.address.host)
    models = None if llm.name else wire.ask("models", "/models", None, stop)
    listed = able.listed(models)
    if not llm.name and not listed:
        raise Failed(f"{llm.address} lists no model; give its name: Llm(name=)")
    name = llm.name or listed[0]["id"]

    def exchange(about: str, content: dict[str, Any]) -> Any:
        return _charged(lambda: wire.ask(about, "/chat/completions", content, stop), wire, llm, meter)

    powers = able.kept(str(llm.address), name) or able.probe(exchange, name, models)
    if powers.score is None:
        powers = able.scored(powers, trial.examine(exchange, name, powers.lane))
        able.keep(str(llm.address), name, powers)
    score = powers.score or 0
    if score < trial.CHOOSES or powers.lane == "C":
        return {
            "reason": f"the model answered {score} of {trial.ACTS} trial questions, so the rules chose"
        }, ""
    choices = _choices(values)
    told = "; ".join(f"{key} of {', '.join(of)}, the rules say {values[key]}" for key, of in choices.items())
    asked = (
        f"A network is to be trained on {len(train):,} samples, {len(train.classes)} classes. Choose {told}. Give a"
        " short reason."
    )
    schema = reply.enums(choices)
    content = able.request(name, able.ask(asked))
    if powers.lane == "A":
        text = reply.call_of(exchange("setup", able.with_tool(content, schema)))
    else:
        text = reply.text_of(exchange("setup", able.with_schema(content, schema)))
    return reply.chosen(text, choices), plain(name.rsplit("/", 1)[-1], 40)


def _made(
    train: Samples, valid: Samples | None, values: dict[str, str], why: dict[str, str], rehearsed: _Rehearsed
) -> Setup:
    size, epochs = int(values["batch_size"]), int(values["epochs"])
    given: dict[str, Any] = {
        "batch_size": size,
        "lr": float(values["lr"]),
        "loss": None,
        "shown": min(SHOWN, len(train)),
    }
    if valid is not None:
        given["valid"] = valid
    loss = 'cross-entropy; try "gce" once the agent finds wrong labels'
    if train.regression:
        loss = "the mean squared error"
    elif train.unlabelled:
        loss = (
            "none is advised without labels: give loss=, as torch.nn.functional.mse_loss for an autoencoder"
        )
    why |= {
        "loss": loss,
        "shown": "all of them"
        if len(train) <= SHOWN
        else f"{SHOWN:,} of {len(train):,} are enough to see, and cheap",
    }
    cost = rehearsed.each.get(size, math.nan) * len(train) * epochs
    if cost > 0:
        whole = forecast(Joules(cost, cost / 3, cost * 3, {"model": 1.0}))
        given["budget"] = Budget(joules=float(f"{3 * cost:.2g}"))
        why["budget"] = (
            f"so many epochs of a net of {HIDDEN} hidden units take about {whole}; three times that, as yours may be"
            f" larger. The rehearsal of {EACH * len(rehearsed.each)} steps took {rehearsed.took}"
        )
    else:
        given["budget"] = None
        why["budget"] = "none, as joules of the rehearsal cannot be read, or there are too few rows for one"
    if torch.get_num_threads() == 1:
        given["threads"] = 1
        why["threads"] = "the one that this process may use"
    made = Setup(given, why=why, by=AGENT, epochs=epochs)
    made.check(train, valid)
    return made
