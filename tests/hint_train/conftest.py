import json
import os
import sys
import types
from pathlib import Path

# Before torch is loaded, as the command does: threads that spin at barriers stall each other where cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pytest
import torch

SHARED = Path(os.environ.get("HINT_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture
def shared():
    """The folder of real data, which is not part of the project."""

    def find(name):
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"{path} is missing; set HINT_SHARED_DATA to the folder that holds {name}")
        return path

    return find


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(7)


@pytest.fixture
def no_pictures(monkeypatch):
    """Drawing takes longer than small runs, and the commands' tests look at the pictures."""
    monkeypatch.setattr("hint_train.runs.training_run.write_report", lambda *_: None)


class Tiny(torch.nn.Module):
    """A picture network of a library in miniature: features, then a last linear layer."""

    def __init__(self):
        super().__init__()
        pool = torch.nn.AdaptiveAvgPool2d(4)
        self.body = torch.nn.Sequential(pool, torch.nn.Flatten(), torch.nn.Linear(48, 12), torch.nn.ReLU())
        self.classifier = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(12, 3))

    def forward(self, x):
        return self.classifier(self.body(x))


class TinyTimm(Tiny):
    def reset_classifier(self, classes):
        assert classes == 0
        self.classifier = torch.nn.Identity()


class TinyClip(Tiny):
    visual = types.SimpleNamespace(image_size=(16, 16))

    def encode_image(self, x):
        return self.body(x)


@pytest.fixture
def tiny_network():
    return Tiny


@pytest.fixture
def libraries(monkeypatch):
    """Stand-ins for torchvision, timm and open_clip with the calls that are used, each with a tiny random network."""

    def seeded(kind):
        torch.manual_seed(1)
        return kind()

    made = {name: types.ModuleType(name) for name in ("torchvision", "torchvision.models", "timm", "open_clip")}
    made["torchvision.models"].list_models = lambda: ["tiny"]
    made["torchvision.models"].get_model = lambda name, weights: seeded(Tiny)
    made["timm"].create_model = lambda name, pretrained: seeded(TinyTimm)
    wanted = {"input_size": (3, 32, 32), "crop_pct": 1.0, "mean": (0.5,) * 3, "std": (0.5,) * 3}
    made["timm"].data = types.SimpleNamespace(resolve_model_data_config=lambda _: wanted)
    made["open_clip"].list_models = lambda: ["tiny"]
    made["open_clip"].create_model = lambda name, pretrained: seeded(TinyClip)
    for name, module in made.items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def coco_files():
    """Writes captions and instances of 60 pictures in COCO's format, and the pictures with `draw(path, seed)`."""

    def write(folder, draw, n=60):
        rng = np.random.default_rng(0)
        nouns = ["cat", "dog", "bus", "kite"]
        images = [{"id": 1000 + 7 * i, "file_name": f"{i:012}.png", "height": 30, "width": 40} for i in range(n)]
        kinds = rng.integers(4, size=n)
        captions, shown = [], []
        for i, image in enumerate(images):
            draw(folder / image["file_name"], i)
            for _ in range(5):
                words = f"A {nouns[kinds[i]]} near the word{rng.integers(50)}"
                captions.append({"image_id": image["id"], "id": len(captions), "caption": words})
            if i % 10:  # every tenth picture shows nothing
                outline = {"bbox": [0, 0, 1, 1], "segmentation": [[0.5] * 8], "iscrowd": 0}
                shown.append({"id": i, "image_id": image["id"], "category_id": 3 * int(kinds[i]) + 1, **outline})
        categories = [{"id": 3 * i + 1, "name": noun, "supercategory": "x"} for i, noun in enumerate(nouns)]
        whole = {"info": {}, "images": images, "annotations": captions}
        (folder / "captions.json").write_text(json.dumps(whole))
        whole = {"annotations": shown, "categories": categories, "images": images}
        (folder / "instances.json").write_text(json.dumps(whole))
        return images, kinds

    return write
