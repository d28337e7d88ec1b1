"""The course lab's data and network, for `python -m greenlatent.check --lesson docs/course/lesson.py *.zip`."""

import torch

import greenlatent as gl


def lesson(answers):
    """What the student whose answers these are was given."""
    student = int(answers["student"])
    noisy, truth = gl.datasets.digits(noise="blob", seed=student), gl.datasets.digits()
    train, valid = noisy.split(valid=0.3, seed=0)
    torch.manual_seed(0)
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 16))
    model = torch.nn.Sequential(encoder, torch.nn.ReLU(), torch.nn.Linear(16, 10))
    return {"model": model, "train": train, "valid": truth.take(valid.origin)}
