"""A Lab beside the training of transformers' Trainer."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.edits import Drop, Relabel, Separate
from greenlatent.lab.lab import Lab

transformers = pytest.importorskip("transformers", reason="transformers is not installed")
pytest.importorskip("accelerate", reason="accelerate is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


class Classifier(nn.Module):
    """Of token ids, as Hugging Face's models: keywords in, loss and logits out."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.words, self.body, self.head = nn.Embedding(20, 8), nn.Linear(8, 6), nn.Linear(6, 2)
        self.met = []

    def forward(self, input_ids, labels=None):
        logits = self.head(self.body(self.words(input_ids).mean(1)).relu())
        if labels is None:
            return transformers.modeling_outputs.SequenceClassifierOutput(logits=logits)
        self.met.append(labels.clone())
        loss = F.cross_entropy(logits, labels)
        return transformers.modeling_outputs.SequenceClassifierOutput(loss=loss, logits=logits)


def fit(tmp_path, edits=(), **options):
    from greenlatent.integrations.huggingface import HuggingFaceCallback

    tokens = torch.randint(0, 10, (128, 5), generator=torch.Generator().manual_seed(0))
    tokens[64:] += 10
    items = [{"id": i, "input_ids": t.tolist(), "labels": int(i >= 64)} for i, t in enumerate(tokens)]
    train = Samples.from_dataset(items, x="input_ids", y="labels", classes=["low", "high"])
    model = Classifier()

    def call(model, x):
        return model(input_ids=x).logits

    with Lab(
        model, train, valid=train, latent="body", call=call, threads=1, device="cpu", session=False
    ) as lab:
        for edit in edits:
            lab.journal.add(edit)
        callback = HuggingFaceCallback(lab)
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path),
            per_device_train_batch_size=16,
            learning_rate=0.01,
            remove_unused_columns=False,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=True,
            **{"num_train_epochs": 3, **options},
        )
        transformers.Trainer(
            model, arguments, train_dataset=items, data_collator=callback.collate, callbacks=[callback]
        ).train()
        assert not lab.runner.running
        return lab, model, lab.trainer.evaluate()["accuracy"], lab.trainer.recent


def test_transformers_trains_and_the_lab_watches(tmp_path):
    lab, _, accuracy, (loss, _) = fit(tmp_path)
    assert lab.trainer.steps == 24 and accuracy > 0.9 and 0 < loss < 1
    assert (lab.trainer.seen.predicted >= 0).all() and lab.energy["train"].known


def test_edits_act_in_the_steps_of_transformers(tmp_path):
    edits = [Relabel(range(10), "high"), Drop(range(20, 40)), Separate("low", "high", margin=5.0)]
    _, model, _, (_, feedback) = fit(tmp_path, edits, num_train_epochs=2)
    later = torch.cat(model.met[8:])
    assert feedback > 0 and (later == 1).sum() == 64 + 10 and (later == -100).sum() == 20


def test_accumulated_batches_are_steps_of_the_lab_each(tmp_path):
    lab, model, _, _ = fit(tmp_path, num_train_epochs=1, gradient_accumulation_steps=2)
    assert lab.trainer.steps == 8 == len(model.met)
