"""Published code of papers, from a folder that the user gives: no line of it is in this project.

Each is a small model of a repository. Code that needs an older SpikingJelly says so: run the tool in an environment with it.
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from foreign_models.model import FirstOf, Made
from spikegraph.base.errors import UserError


@dataclass(frozen=True)
class Published:
    """Code of a paper.

    Attributes:
        title: The paper's model.
        repository: Where the code is published.
        folder: Where in the repository its modules are.
        module: The module to import, with the folder in front of the path of imports.
        needs: The oldest API of other packages that it imports, such as `spikingjelly.clock_driven`.
        make: Makes a model of the imported module.
    """

    title: str
    repository: str
    folder: str
    module: str
    needs: tuple[str, ...]
    make: Callable[[Any], Made]

    def found(self, folder: Path) -> Path | None:
        """The folder of the modules, in a folder that has the repository under its name, with or without its owner's."""
        owner, name = self.repository.split("/")
        places = (folder / form / self.folder for form in (name, f"{owner}+{name}", f"{owner}-{name}", f"{owner}/{name}"))
        return next((place for place in places if place.is_dir()), None)

    def made(self, folder: Path) -> Made:
        """The model and its example.

        Raises:
            UserError: The repository isn't there, or what it imports is missing.
        """
        place = self.found(folder)
        if place is None:
            raise UserError(f"{folder} has no copy of {self.repository}", f"git clone https://github.com/{self.repository}")
        for name in self.needs:
            if not _has(name):
                raise UserError(f"its code imports `{name}`, which isn't installed", "run in an environment that has it")
        sys.path.insert(0, str(place))
        return self.make(_imported(self.module))


def _has(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _imported(name: str) -> ModuleType:
    return importlib.import_module(name)


def _tet_vgg(module: Any) -> Made:
    return module.VGGSNNwoAP(), torch.rand(1, 3, 2, 48, 48)


def _tet_resnet(module: Any) -> Made:
    net = module.resnet19(num_classes=10)
    net.T = 3
    return net, torch.rand(1, 3, 32, 32)


def _stbp_resnet(module: Any) -> Made:
    module.steps = importlib.import_module("setting").STEPS  # the code uses the name and doesn't import it
    return module.resnet19(), torch.rand(1, 3, 32, 32, module.steps)


def _ms_resnet(module: Any) -> Made:
    return module.resnet18(), torch.rand(1, 3, 64, 64)


def _on_torch(module: nn.Module) -> nn.Module:
    """Multi-step neurons that compute by torch, since the papers' choice needs a GPU."""
    for part in module.modules():
        if hasattr(part, "backend"):
            part.backend = "torch"  # type: ignore[assignment]
    return module


def _without_cupy() -> None:
    """Lets neurons be made that ask for a GPU's kernels."""
    from spikingjelly.clock_driven import neuron  # type: ignore[import-not-found]

    neuron.check_backend = lambda backend: None


def _spikformer(module: Any) -> Made:
    sizes: dict[str, Any] = {"img_size_h": 32, "img_size_w": 32, "patch_size": 4, "in_channels": 3, "num_classes": 10}
    keys: dict[str, Any] = {"embed_dims": 64, "num_heads": 4, "mlp_ratios": 4, "depths": 2, "sr_ratios": 1, "T": 2}
    _without_cupy()
    return _on_torch(module.Spikformer(**sizes, **keys)), torch.rand(2, 3, 32, 32)


def _spike_driven(module: Any) -> Made:
    sizes: dict[str, Any] = {"img_size_h": 32, "img_size_w": 32, "patch_size": 4, "in_channels": 3, "num_classes": 10}
    keys: dict[str, Any] = {"embed_dims": 64, "num_heads": 4, "depths": 2, "sr_ratios": 1, "T": 2, "pooling_stat": "0011"}
    _without_cupy()
    return FirstOf(_on_torch(module.SpikeDrivenTransformer(**sizes, **keys))), torch.rand(2, 3, 32, 32)


OLD = ("spikingjelly.clock_driven", "timm")
"""What code of 2022 and 2023 imports."""

PUBLISHED = {
    "tet_vggsnn": Published("TET, VGGSNN", "Gus-Lab/temporal_efficient_training", ".", "models.VGG_models", (), _tet_vgg),
    "tet_resnet19": Published(
        "TET, ResNet-19", "Gus-Lab/temporal_efficient_training", ".", "models.resnet_models", (), _tet_resnet
    ),
    "stbp_resnet19": Published("tdBN, ResNet-19 (STBP-simple)", "thiswinex/STBP-simple", ".", "model", (), _stbp_resnet),
    "ms_resnet18_code": Published("MS-ResNet-18", "Ariande1/MS-ResNet", "models", "MS_ResNet", (), _ms_resnet),
    "spikformer_code": Published("Spikformer, 64 channels", "ZK-Zhou/spikformer", "cifar10", "model", OLD, _spikformer),
    "spike_driven_code": Published(
        "Spike-driven Transformer, 64 channels", "BICLab/Spike-Driven-Transformer", ".", "model.spikeformer", OLD, _spike_driven
    ),
}
