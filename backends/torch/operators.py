"""Registers functions on tensors as operators of torch: autograd, `torch.export` and `torch.compile` see each as one node."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch._C._functorch import TransformType, is_functorch_wrapped_tensor, peek_interpreter_stack
from torch.autograd import forward_ad
from torch.autograd.function import once_differentiable

LIBRARY = torch.library.Library("spikegraph", "FRAGMENT")
"""The operators of this package: `torch.ops.spikegraph`. They accept any strides."""

COMPOSED: dict[Any, Callable[..., Any]] = {}
"""The functions of the operators that consist of torch's operations and of imitable ones, so that these can be counted."""

Seen = Callable[[str, Sequence[Any]], None]
"""Called with the name of a compiled function and the tensors that it reads and writes."""

_here = threading.local()  # torch's compiler knows no context variables


def operator(
    schema: str,
    function: Callable[..., Any],
    *,
    fake: Callable[..., Any] | None = None,
    imitable: bool = False,
    save: Callable[..., None] | None = None,
    backward: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """Registers an operator.

    Args:
        schema: Name, arguments and results, as `torch.library` writes them.
        function: Computes the results, which must not alias the arguments or each other.
        fake: Makes results of the same shapes, types and strides without values, on tensors without memory. By default
            `function` itself, if it consists of torch's operations.
        imitable: Whether `function` consists of torch's operations and of compiled functions that may be imitated.
        save: Called with `ctx`, `inputs` and `output`, to save what `backward` needs.
        backward: Called with `ctx` and the gradients of the results; returns a gradient for each argument: None, or for a list
            of tensors a list. These can't be differentiated again: training is first order.

    Returns:
        The operator, to be called like `function` with all arguments by position. Calls with ordinary tensors that nobody
        traces call `function` directly, because the dispatcher takes longer than a small operator. It raises a
        NotImplementedError for derivatives that it doesn't have (see `_require_backward_mode`). Under `torch.autocast` types
        stay those of the arguments.
    """
    function, fake = _exact(function), _exact(fake) if fake else None
    name = schema.partition("(")[0]
    LIBRARY.define(schema, tags=(torch.Tag.pt2_compliant_tag,))  # pyright: ignore[reportUnknownMemberType]
    LIBRARY.impl(name, function, "CompositeExplicitAutograd")  # pyright: ignore[reportUnknownMemberType]
    torch.library.register_fake(f"spikegraph::{name}", fake or function, lib=LIBRARY)  # pyright: ignore[reportUnknownMemberType]
    backward = _exact(backward) if backward else None
    gradients = torch.no_grad()(backward or _undefined)
    torch.library.register_autograd(f"spikegraph::{name}", gradients, setup_context=save, lib=LIBRARY)  # pyright: ignore[reportUnknownMemberType]
    registered = getattr(torch.ops.spikegraph, name).default
    if fake is None or imitable:
        COMPOSED[registered] = function
    kinds = [str(a.type) for a in registered._schema.arguments]
    lists = [k for k, kind in enumerate(kinds) if kind == "List[Tensor]"]
    singles = [k for k, kind in enumerate(kinds) if kind in ("Tensor", "Optional[Tensor]")]
    direct = None if backward is None else _direct(function, save, backward, lists, singles)

    def call(*args: Any) -> Any:
        if torch.compiler.is_compiling():
            return registered(*args)
        tensors = [args[k] for k in singles if args[k] is not None]
        for k in lists:
            tensors += args[k]
        within = transformed()
        if within or forward_ad._current_level >= 0:  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
            _require_backward_mode(tensors)
        if within or not all(map(ordinary, tensors)) or _recorded():
            return registered(*args)
        if torch.is_grad_enabled() and any(x.requires_grad for x in tensors):
            return registered(*args) if direct is None else direct(*tensors, args)
        return function(*args)

    return call


def _exact(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function without `torch.autocast`, whose other types for parts of it would be unknown to its derivative."""

    def exact(*args: Any) -> Any:
        if not torch._C._is_any_autocast_enabled():  # pyright: ignore[reportPrivateUsage]
            return function(*args)
        with torch._C._DisableAutocast():  # pyright: ignore[reportPrivateUsage]
            return function(*args)

    return exact


def traced() -> bool:
    """Whether something records or intercepts operations of torch."""
    return torch.compiler.is_compiling() or _recorded()


def _recorded() -> bool:
    return bool(torch._C._len_torch_dispatch_stack() or torch._C._is_tracing())  # pyright: ignore[reportPrivateUsage]


@contextmanager
def imitated(seen: Seen) -> Generator[None]:
    """Compiled functions aren't called in the block, where tensors have no memory; `seen` is told of each call instead.

    It holds for this thread alone.
    """
    before = imitating()
    _here.seen = seen
    try:
        yield
    finally:
        _here.seen = before


def imitating() -> Seen | None:
    """What is told of calls of compiled functions instead of calling them; None if they are called."""
    return getattr(_here, "seen", None)


def transformed() -> bool:
    """Whether operations run within a transformation of functions, such as `vmap`."""
    return peek_interpreter_stack() is not None  # pyright: ignore[reportUnnecessaryComparison]


def ordinary(x: Tensor) -> bool:
    """Whether a tensor's memory holds its values."""
    return type(x) in (Tensor, nn.Parameter) and not x.is_neg() and not x.is_conj()


def _direct(function: Any, save: Any, backward: Any, lists: Sequence[int], singles: Sequence[int]) -> Callable[..., Any]:
    """The same operator as a function of autograd, whose arguments are all tensors in a row and the operator's arguments."""

    def forward(ctx: Any, *tensors_and_args: Any) -> Any:
        args = tensors_and_args[-1]
        output = function(*args)
        ctx.lengths = [len(args[k]) if k in lists else None for k in range(len(args))]
        ctx.present = [k for k in singles if args[k] is not None]
        if save is not None:
            save(ctx, args, output)
        return output

    def gradients(ctx: Any, *grads: Tensor | None) -> Any:
        given = ctx.needs_input_grad
        flat, needed = iter(given), dict[int, Any]()
        for k in (*ctx.present, *lists):
            needed[k] = next(flat) if ctx.lengths[k] is None else [next(flat) for _ in range(ctx.lengths[k])]
        ctx.needs_input_grad = [needed.get(k, False) for k in range(len(ctx.lengths))]
        found = backward(ctx, *grads)
        ctx.needs_input_grad = given
        return *[found[k] for k in ctx.present], *[g for k in lists for g in found[k]], None

    members = {"forward": staticmethod(forward), "backward": staticmethod(once_differentiable(gradients))}
    return cast("Any", type("Direct", (torch.autograd.Function,), members)).apply


UNSUPPORTED = {
    TransformType.Jvp: "forward-mode derivatives, such as `torch.func.jvp`, aren't supported: {backward}",
    TransformType.Grad: "`torch.func.grad` and `torch.func.vjp` aren't supported: {backward}",
    TransformType.Vmap: "`torch.vmap` isn't supported: samples are the axis N of values [T, N, C, *size]",
}
"""The messages for transformations of functions that operators have no rules for."""

BACKWARD = "use `backward()` or `torch.autograd.grad`, and `torch.func.functional_call` for other weights"


def _require_backward_mode(tensors: Sequence[Tensor]) -> None:
    """Raises a NotImplementedError if a transformation reads these tensors, whose derivatives would silently be 0, or fail."""
    if transformed():
        kind, read = peek_interpreter_stack().key(), any(map(is_functorch_wrapped_tensor, tensors))
    else:
        tangents = (forward_ad.unpack_dual(x).tangent for x in tensors)  # pyright: ignore[reportUnknownMemberType]
        kind, read = TransformType.Jvp, any(t is not None for t in tangents)
    if kind in UNSUPPORTED and read:
        raise NotImplementedError(UNSUPPORTED[kind].format(backward=BACKWARD))


def _undefined(*_: Any) -> Any:
    raise RuntimeError("gradients can't be differentiated again: training is first order")
