"""On a GPU: the share of a bare loop's speed that is left on 200,000 windows. Without one there is nothing to see."""

import time

import torch
from torch.nn import functional as F

from greenlatent.training.trainer import Trainer
from tests.benchmarks import judge, ratios
from tests.training.test_gpu import model, windows

BATCH = 256


def seconds_a_step(work, steps: int) -> float:  # type: ignore[no-untyped-def]
    torch.cuda.synchronize()
    begun = time.perf_counter()
    work(steps)
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / steps


def main() -> None:
    if not torch.cuda.is_available():
        print("\nNo GPU here: what it would show is not measured.")
        return
    train = windows(200_000)
    x, y = train.x, train.y.cuda()
    net = model().cuda()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    generator = torch.Generator().manual_seed(0)

    def bare(steps: int) -> None:
        for ids in torch.randperm(len(x), generator=generator).split(BATCH)[:steps]:
            optimizer.zero_grad()
            at = ids.cuda(non_blocking=True)
            F.cross_entropy(net(x[ids].cuda(non_blocking=True)), y[at]).backward()
            optimizer.step()

    trainer = Trainer(model(), train, latent="encoder", batch_size=BATCH)
    share = ratios(
        lambda n: seconds_a_step(bare, n),
        {"trainer": lambda n: seconds_a_step(trainer.step, n)},
        steps=200,
        rounds=11,
    )["trainer"]
    judge("200,000 windows on a GPU, share of a bare loop's steps per second", share, 0.95, least=True)


if __name__ == "__main__":
    main()
