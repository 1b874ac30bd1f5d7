"""What is checked of a module and its example before it is traced."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from spikegraph.backends.torch.foreign.autapses import without_autapses
from spikegraph.backends.torch.foreign.example import called, fresh, kept, several
from spikegraph.foreign.classes import FOLLOWED
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.of_classes import family_of
from spikegraph.foreign.statements import Lead

_OF_MODULES = tuple(vars(nn.Module()))
"""What PyTorch keeps in each module."""


SHIFTED = 100.0
"""What is added to a tensor that a module keeps, to see whether it computes with it; no neuron stays silent with it."""


def not_a_module(given: object) -> ForeignError:
    """The error that something that isn't a module is given: raise it."""
    if isinstance(given, type):
        return ForeignError(f"what is given is the class {given.__name__}, not a module", "make a module of it and give this")
    return ForeignError(f"what is given is of the type `{type(given).__name__}`, not a module", "give a torch.nn.Module")


def check_kind(module: nn.Module) -> None:
    """Checks that no part of a module is compiled, whose code can't be followed, and no weight has a hook that isn't known.

    Raises:
        ForeignError: One is, or has.
    """
    for name, part in _parts(module):
        compiled = "torch.jit" if isinstance(part, torch.jit.ScriptModule) else None
        compiled = "torch.compile" if hasattr(part, "_orig_mod") else compiled
        if compiled:
            where = f"`{name}`" if name else "the module"
            raise ForeignError(f"{where} is compiled by {compiled}", "give it as it was before")
    for name, weight in module.named_parameters():
        if weight._backward_hooks and not without_autapses(weight):
            raise ForeignError(
                f"`{name}` has a hook, which changes its gradient",
                "make the module without it; a hook that zeroes the diagonal of a square matrix, whose own is 0, is known",
            )


def check_hooks(name: str, part: nn.Module) -> None:
    """Checks that a layer has no hooks, in whose place nothing could be written, also if they change no result of the example.

    Raises:
        ForeignError: It has some that aren't those by which PyTorch computes its weights.
    """
    kinds = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
    hooks = [hook for kind in kinds for hook in vars(part).get(kind, {}).values()]
    if any(not type(hook).__module__.startswith("torch.nn.utils.") for hook in hooks):
        where = f"`{name}`, {type(part).__name__}" if name else "the module"
        raise ForeignError(f"{where}: it computes otherwise with its hooks", "remove them, and write layers for what they do")


def check_example(inputs: Sequence[Tensor], lead: Lead) -> None:
    """Checks an example.

    Raises:
        ForeignError: It hasn't the dimensions `lead` and channels, or hasn't finite floating-point numbers.
    """
    for x in inputs:
        if x.dim() <= len(lead):
            raise ForeignError(
                f"the example has the shape {list(x.shape)}",
                "give [T, N, C, ...]: all time steps"
                if "T" in lead
                else "give [N, C, ...]: one time step, with samples and channels",
            )
        if not x.is_floating_point():
            raise ForeignError(
                f"the example has numbers of the type {str(x.dtype).removeprefix('torch.')}",
                "give floating-point numbers; what takes others, such as Embedding, stays outside the module",
            )
        if not x.numel():
            raise ForeignError(f"the example has the shape {list(x.shape)}, without any number", "give one sample or more")
        if not x.isfinite().all():
            raise ForeignError("the example has numbers that aren't finite", "give finite numbers")
        if x.shape[: len(lead)] != inputs[0].shape[: len(lead)]:
            shapes = " and ".join(str(list(one.shape)) for one in inputs)
            raise ForeignError(f"the examples {shapes} have several numbers of steps or samples", "give them the same")


def check_weights(module: nn.Module) -> None:
    """Checks the weights of a module.

    Raises:
        ForeignError: They aren't finite real numbers.
    """
    for name, part in _parts(module):
        for own, x in () if family_of(part) else (*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)):
            path = f"{name}.{own}" if name else own
            if is_lazy(x):
                raise ForeignError(f"`{path}` has no shape yet", "call the module once before it is imported")
            if x.is_complex():
                raise ForeignError(f"`{path}` has complex numbers", "use real numbers")
            if not x.isfinite().all():
                raise ForeignError(f"`{path}` has numbers that aren't finite", "give a module with finite weights")


def check_calls(module: nn.Module, inputs: Sequence[Tensor], *, multi_step: bool, keeps_states: bool) -> None:
    """Checks that a module can be called with its example, and computes the same from the same start.

    Args:
        module: The module.
        inputs: The example.
        multi_step: Whether it takes all time steps at once.
        keeps_states: Whether its code keeps states from step to step.

    Raises:
        ForeignError: It can't, or it doesn't.
    """
    _check_states_stay(module, inputs, multi_step=multi_step)
    if not keeps_states:
        _check_same_again(module, inputs)


def own_states(module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool]) -> bool:
    """Whether a module's code keeps tensors from call to call, and computes with them.

    Raises:
        ForeignError: It can't be called with its example.
    """
    kept_here = [
        (name, own)
        for name, own, part in what_changes(module, inputs)
        if isinstance(getattr(part, own), Tensor) and not is_leaf(part)
    ]
    if not kept_here:
        return False
    again = fresh(module).eval()
    first = [x.clone() for x in _tensors(called(again, inputs))]
    for name, own in kept_here:  # one by one: a reset may hide a potential
        other = fresh(again)
        part = other.get_submodule(name)
        setattr(part, own, getattr(part, own) + SHIFTED)
        if not _equal(first, _tensors(called(other, inputs))):
            return True
    return False


def _equal(one: Sequence[Tensor], other: Sequence[Tensor]) -> bool:
    return all(x.shape == y.shape and torch.allclose(x, y, equal_nan=True) for x, y in zip(one, other, strict=True))


def _check_same_again(module: nn.Module, inputs: Sequence[Tensor]) -> None:
    """Checks that a module computes the same when it is called again, with the states of its neurons reset."""
    one, other = fresh(module).eval(), fresh(module).eval()
    before = {name: dict(_attributes(part)) for name, part in _parts(one)}
    first = [x.clone() for x in _tensors(called(one, inputs))]
    changed: dict[tuple[str, str], type] = {}
    for name, part in _parts(one):
        if name not in before or family_of(part) is not None or FOLLOWED in vars(part):  # made in the call, or a library's
            continue
        later = other.get_submodule(name)
        for own, value in _attributes(part).items():
            if own not in _OF_MODULES and (before[name].get(own) is not value or isinstance(value, list | dict)):
                setattr(later, own, value)
                changed[name, own] = type(part)
        for own, buffer in part.named_buffers(recurse=False):
            held = getattr(later, own, None)
            if not isinstance(held, Tensor) or not torch.equal(held, buffer):
                later.register_buffer(own, buffer.clone())
                changed[name, own] = type(part)
    second = _tensors(called(other, inputs))
    if _equal(first, second):
        return
    for (name, own), kind in changed.items():
        raise keeps(name, own, kind, buffer=own in dict(other.get_submodule(name).named_buffers()))
    raise ForeignError(
        "the module computes something else when it is called again, as with random numbers",
        "compute from the inputs and weights alone; for dropout, use nn.Dropout",
    )


def check_samples(module: nn.Module, inputs: Sequence[Tensor], dimension: int) -> None:
    """Checks that what a module computes of a sample doesn't depend on how many others there are.

    Args:
        module: The module, in evaluation mode.
        inputs: The example.
        dimension: The dimension of the samples.

    Raises:
        ForeignError: It does.
    """
    twice = [torch.cat([x, x], dimension) for x in inputs]
    alone = _tensors(called(fresh(module), inputs))
    try:
        among = _tensors(called(fresh(module), twice))
    except ForeignError:  # its code says how many samples there are
        return
    doubled = [torch.cat([x.flatten(), x.flatten()]).sort().values for x in alone]
    if not _equal(doubled, [x.flatten().sort().values for x in among]):
        raise ForeignError(
            "the module's code computes with the number of samples: of one sample it gives something else beside others",
            "compute of each sample alone; a division by the number of samples belongs to the loss",
        )


def keeps(name: str, own: str, kind: type, *, buffer: bool = False) -> ForeignError:
    """The error that a module computes with an attribute that it changes: raise it."""
    where = f"`{name}`, {kind.__name__}" if name else f"the module, {kind.__name__}"
    instead = "keep states in plain attributes, or in spiking neurons" if buffer else "keep states in spiking neurons alone"
    what = f"the buffer `{own}`" if buffer else f"`{own}`"
    return ForeignError(f"{where}: it keeps {what} from call to call, and computes with it", instead)


def what_changes(module: nn.Module, inputs: Sequence[Tensor]) -> list[tuple[str, str, nn.Module]]:
    """The attributes that a module's code sets in a call, each with the name of its part, and the part after the call."""
    again = fresh(module)
    before = {name: dict(_attributes(part)) for name, part in _parts(again)}
    called(again, inputs)
    return [
        (name, own, part)
        for name, part in _parts(again)
        if name in before and family_of(part) is None  # others are made in the call
        for own, value in _attributes(part).items()
        if own not in _OF_MODULES and before[name].get(own) is not value
    ]


def _check_states_stay(module: nn.Module, inputs: Sequence[Tensor], *, multi_step: bool) -> None:
    """Checks that a module of one step leaves the states of its neurons as they are until the next step."""
    neurons = [name for name, part in _parts(module) if family_of(part) is not None and getattr(part, "init_hidden", True)]
    if multi_step or not neurons:
        return
    again = fresh(module)
    called(again, inputs)
    states = {name: [id(x) for x in kept(again.get_submodule(name))] for name in neurons}
    changed = list[str]()

    def note(name: str) -> Any:
        def look(part: nn.Module, *_: Any) -> None:
            if [id(x) for x in kept(part)] != states.pop(
                name, [id(x) for x in kept(part)]
            ):  # what a loop does later isn't seen here
                changed.append(name)

        return look

    for name in neurons:
        again.get_submodule(name).register_forward_pre_hook(note(name))
    called(again, inputs)
    if changed:
        raise ForeignError(
            f"`{changed[0]}`, {type(again.get_submodule(changed[0])).__name__}: "
            "its state is reset or set by the module's code at each step",
            "leave this out of `forward`, and reset before a sequence",
        )


def _attributes(part: nn.Module) -> dict[str, Any]:
    """The attributes of a module; SpikingJelly keeps some in a dictionary."""
    memories: dict[str, Any] = getattr(part, "_memories", {})
    return {**{k: v for k, v in vars(part).items() if not k.startswith("_memories")}, **memories}


def _parts(module: nn.Module) -> list[tuple[str, nn.Module]]:
    return list(cast("Iterator[tuple[str, nn.Module]]", module.named_modules()))


def _tensors(given: Any) -> list[Tensor]:
    """The tensors in what a module returns."""
    if isinstance(given, Tensor):
        return [given]
    if isinstance(given, dict):
        return _tensors(list(given.values()))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    return [x for part in several(given) for x in _tensors(part)] if isinstance(given, tuple | list) else []
