"""A few training steps of LeNet-5 on the handwritten digits that ship with scikit-learn."""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import archdsl

__all__ = ["digits", "train"]


def digits() -> tuple[Tensor, Tensor]:
    """1,797 pictures as ``N x 1 x 32 x 32`` with values from 0 to 1, and their classes."""
    data = load_digits()
    pictures = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    return nn.functional.interpolate(pictures, size=(32, 32)), torch.tensor(data.target)


def train(steps: int = 120, seed: int = 0) -> tuple[list[float], float]:
    """The loss of every step, and the accuracy on the pictures that were held back."""
    torch.manual_seed(seed)
    pictures, classes = digits()
    order = torch.randperm(len(pictures))
    held_back, shown = order[:360], order[360:]
    network = archdsl.load("specs/lenet5.arch").to_torch()
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    losses = []
    for _ in range(steps):
        batch = shown[torch.randint(len(shown), (64,))]
        loss = nn.functional.cross_entropy(network(pictures[batch]), classes[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    with torch.no_grad():
        guesses = network.eval()(pictures[held_back]).argmax(1)
    return losses, (guesses == classes[held_back]).float().mean().item()


if __name__ == "__main__":
    losses, accuracy = train()
    for step in range(0, len(losses), 20):
        print(f"step {step:3}  loss {losses[step]:.3f}")
    print(f"step {len(losses):3}  loss {losses[-1]:.3f}")
    print(f"accuracy on 360 held-back digits: {accuracy:.1%}")
