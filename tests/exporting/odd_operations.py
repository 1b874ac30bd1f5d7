"""Operations of a plug-in that can't be exported, each for another reason."""

from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.kernels.base import kernel
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind

PLAIN, STATEFUL = Traits(), Traits(stateful=True)


def odd(name: str, function: Any, traits: Traits = PLAIN, weights: dict[str, tuple[int, ...]] | None = None) -> None:
    """Registers an operation whose kernel is this function of operand [T, N, C, *size], state and weights."""

    def infer(self, x):
        return x.with_(kind=Kind.REAL)

    members = {
        "name": name,
        "traits": traits,
        "infer": infer,
        "weights": lambda self, *operands: weights or {},
        "__module__": __name__,
        "__annotations__": {"name": ClassVar[str], "traits": ClassVar[Traits]},
        "__doc__": "An operation of a plug-in.",
    }
    kernel(register(type("Odd", (Op,), members)))(lambda call, xs, state: function(xs[0], state, call.weights))


def keeps(x: Tensor, state: Any, weights: Any) -> Any:
    total = x.sum(0) if state is None else state + x.sum(0)
    return x + total, total


def doubles(x: Tensor, state: Any, weights: Any) -> Any:
    return torch.ops.others.doubled(x), None


def branches(x: Tensor, state: Any, weights: Any) -> Any:
    return (x if x.sum().item() > 0 else -x), None


def draws(x: Tensor, state: Any, weights: Any) -> Any:
    return x + torch.rand_like(x), None


def selects(x: Tensor, state: Any, weights: Any) -> Any:
    return x * len(torch.nonzero(x)), None


def learns(x: Tensor, state: Any, weights: Any) -> Any:
    weights.weight.data.add_(1)
    return x * weights.weight.sum(), None


def bessel(x: Tensor, state: Any, weights: Any) -> Any:
    return torch.special.bessel_j0(x), None


def leaves_torch(x: Tensor, state: Any, weights: Any) -> Any:
    return torch.from_numpy(2 * x.detach().numpy()), None


def pools_in_bfloat16(x: Tensor, state: Any, weights: Any) -> Any:
    return F.max_pool2d(x[0].to(torch.bfloat16), 1).float()[None], None


def fixes_samples(x: Tensor, state: Any, weights: Any) -> Any:
    return x + torch.zeros(int(x.shape[1]), 1, 1, 1), None


def other_package() -> torch.library.Library:
    """An operator of torch that another package registers, as long as the result exists."""
    library = torch.library.Library("others", "FRAGMENT")
    library.define("doubled(Tensor x) -> Tensor")
    library.impl("doubled", lambda x: 2 * x, "CompositeExplicitAutograd")
    return library


def register_all() -> None:
    """Registers all of them under the names of their functions, and a neuron model without equations."""
    odd("keeps", keeps, STATEFUL)
    odd("keeps_unsaid", keeps)
    for function in (doubles, branches, draws, selects, bessel, leaves_torch, pools_in_bfloat16, fixes_samples):
        odd(function.__name__, function)
    odd("learns", learns, weights={"weight": (1,)})
    NEURON_MODELS.register("mystery", ModelSignature("mystery", (), "a model without equations"))
