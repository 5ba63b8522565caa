"""Gaussian classes in two modalities, and the kernels of their features."""

import numpy as np
import torch

from hint_train.data.pairs import TrainingPairs
from hint_train.methods.config import Config
from hint_train.methods.supervised import batch, dch, srlch
from hint_train.methods.supervised.closed_form import kernels_of
from hint_train.methods.supervised.options import (
    AnchorConfig,
)

CPU = torch.device("cpu")


LEARN = {"srlch": srlch.learn, "batch": batch.learn, "dch": dch.learn}


def blobs(n=60, classes=4, seed=0, widths=(5, 4)):
    """Return rows of both modalities, float32 of shapes (n, d), and their classes as one-hot rows."""
    rng = np.random.default_rng(seed)
    of = rng.integers(classes, size=n)
    image, text = ((rng.standard_normal((classes, d)) * 2)[of] + rng.standard_normal((n, d)) for d in widths)
    return image.astype(np.float32), text.astype(np.float32), np.eye(classes)[of]


def problem(n=60, seed=0, image_anchors=12, text_anchors=15):
    """Kernels of all rows, dense copies of them, labels."""
    image, text, labels = blobs(n, seed=seed)
    config = Config(seed=seed, anchors=AnchorConfig(image_anchors=image_anchors, text_anchors=text_anchors))
    kernels = kernels_of(TrainingPairs(image, text), config, CPU)
    dense = {m: torch.cat([block for _, block in kernel.blocks()]).numpy() for m, kernel in kernels.items()}
    return kernels, dense, torch.from_numpy(labels), config
