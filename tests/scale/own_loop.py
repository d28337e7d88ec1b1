"""A loop of somebody's own, as it runs in one process and once a rank: `python -m tests.scale.own_loop host:port rank
steps`."""

import sys

import torch
from torch.nn import functional as F

import greenlatent as gl
from tests.parts import clusters, linear_net

TOKEN = "a word"
STEPS = 24


def made(ranks=None, **options):
    return gl.Trainer(linear_net(), clusters(), latent="0", batch_size=9, threads=1, ranks=ranks, **options)


def loop(run, model, x, *, rank, size, steps=STEPS, clip=False, after=lambda step: None):
    """Uneven shares of the batch: the first rank has every row that no other takes."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(5)
    for step in range(steps):
        batch = torch.randperm(len(x), generator=generator)[:9]
        ids = batch if size == 1 else (batch[:6] if rank == 0 else batch[6:])
        with run.around(ids) as s:
            optimizer.zero_grad()
            output = model(x[ids])
            losses = F.cross_entropy(output, s.y, reduction="none")
            loss = (losses * s.weight).sum() / s.weight.sum() * s.loss_scale
            loss.backward()
            if clip:
                s.add_up()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 0.05)
            optimizer.step()
            s.done(loss, output)
        after(step)


if __name__ == "__main__":
    where, number, count, clips = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "clip"
    with gl.scale.Ranks(2, address=where, rank=number, timeout=30, token=TOKEN) as ranks:
        trainer = made(ranks)
        loop(trainer, trainer.model, clusters().x, rank=number, size=2, steps=count, clip=clips)
        trainer.close()
