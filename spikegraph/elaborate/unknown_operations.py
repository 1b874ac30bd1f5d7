"""Messages for names that are used as operations but aren't."""

from collections.abc import Collection, Iterable, Mapping

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Binary, Call, Expr, Name
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import KIND_WORDS
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.pytorch_calls import translated
from spikegraph.plugins.registry import HINT

OTHER_NAMES = {
    "batchnorm": "norm",
    "batch_norm": "norm",
    "batchnorm2d": "norm",
    "bn": "norm",
    "instancenorm": "norm(kind = instance)",
    "layer_norm": "norm(kind = layer)",
    "layernorm": "norm(kind = layer)",
    "tdbn": "norm(scale = threshold)",
    "tebn": "norm(per = step)",
    "and": "mul",
    "multiply": "mul",
    "subtract": "sub",
    "divide": "div",
    "chunk": "split",
    "repeat_interleave": "spread",
    "unroll": "each_step",
    "steps_to_channels": "time_to_channels",
    "channels_to_steps": "channels_to_time",
    "logistic": "sigmoid",
    "parameter": "learned",
    "cls_token": "learned(size = [1])",
    "class_token": "learned(size = [1])",
    "pos_embed": "learned",
    "position_embedding": "learned",
    "attention": "attend",
    "matmul": "product",
    "bmm": "product",
    "conv1d": "conv",
    "conv2d": "conv",
    "conv3d": "conv",
    "convolution": "conv",
    "conv_transpose": "transposed",
    "convtranspose2d": "transposed",
    "deconv": "transposed",
    "depthwise": "conv(3, groups = all)",
    "dense": "linear",
    "voting": "vote",
    "maxpool1d": "pool(max)",
    "view": "reshape",
    "unflatten": "reshape",
    "permute": "swap_axes",
    "transpose": "swap_axes",
    "swapaxes": "swap_axes",
    "shuffle": "channel_shuffle",
    "channelshuffle": "channel_shuffle",
    "fc": "linear",
    "maxpool": "pool(max)",
    "maxpool2d": "pool(max)",
    "max_pool": "pool(max)",
    "avgpool": "pool(avg)",
    "avgpool2d": "pool(avg)",
    "avg_pool": "pool(avg)",
    "pooling": "pool",
    "normalization": "norm",
    "normalisation": "norm",
    "cat": "concat",
    "skip": "identity",
}
"""What other libraries call operations, in lower case."""


def report_unknown(call: Call, known: Iterable[str], context: Context, *, values: Collection[str] = ()) -> None:
    """Adds the error that there is no operation of this name; `known` are the operations that can be used there.

    `values` are the values of the network.
    """
    name, span = call.function.id, call.function.span
    found, fixes = context.diagnostics, tuple[Fix, ...]()
    kind = _kind(name, context.spec)
    if kind is None and name in context.values and context.values[name] is None:
        return  # a param, such as one with an unknown neuron, whose error is there
    if kind is not None:
        help = None
        if kind == "cell":
            width = text(call.arguments[0].value) if len(call.arguments) == 1 else "..."
            help = f"a cell is used in `chain([{name}, ...], width = {width})` or as the `cell` of a trellis"
            if len(call.arguments) == 1 and call.arguments[0].name in (None, "width"):
                fixes = (Fix(call.span, f"chain([{name}], width = {width})", "write a chain of the cell"),)
        if kind == "model":
            help = f"declare `neuron NAME {{ model = {name} }}`, and use that name"
        summary = f"`{name}` is {KIND_WORDS[kind]}, not an operation"
        found.error("SG0321", span, summary, help=help or "`spikegraph ops` lists the operations", fixes=fixes)
        return
    if name in values:
        help = "a pipeline begins with a value and goes on with operations"
        if len(call.arguments) == 1 and call.arguments[0].name is None:
            index = text(call.arguments[0].value)
            if index.isdecimal():
                help = f"a cell of a chain is `{name}[{index}]`"
                fixes = (Fix(call.span, f"{name}[{index}]", f"write `{name}[{index}]`"),)
        found.error("SG0321", span, f"`{name}` is a value, not an operation", help=help, fixes=fixes)
        return
    known = list(known)
    other, same = other_name(name, known) or _brought(name, known), translated(call)
    if same is not None and same.split("(")[0] in known:
        fixes = (Fix(call.span, same, f"write `{same}`"),)
        found.error(
            "SG0307", span, f"no operation is called `{name}`", help=f"PyTorch's `{text(call)}` is `{same}`", fixes=fixes
        )
        return
    if other is not None:
        help = f"did you mean `{other}`?"
        if "(" not in other or call.span == span:
            fixes = (Fix(span, other, f"write `{other}`"),)
    else:
        help, fixes = did_you_mean(name, known) or "`spikegraph ops` lists the operations", rename(span, name, known)
    found.error("SG0307", span, f"no operation is called `{name}`", help=f"{help} {HINT}", fixes=fixes)


def other_name(name: str, known: Collection[str]) -> str | None:
    """What another library's name of an operation is called here, if that is known: `conv` for `Conv2d`."""
    other = OTHER_NAMES.get(name.lower())
    return other if other is not None and other.split("(")[0] in known else None


def _brought(name: str, known: Collection[str]) -> str | None:
    """What one named import brings under this name, `resnet_basic` for `basic`; None if several do."""
    found = [each for each in known if each.endswith(f"_{name}")]
    return found[0] if len(found) == 1 else None


def as_call(expr: Name | Call) -> Call:
    """A stage of a pipeline as a call."""
    return expr if isinstance(expr, Call) else Call(expr, (), expr.span)


def report_no_value(expr: Expr, diagnostics: Diagnostics) -> None:
    """Adds the error that an expression, such as a number or a sum, is not a value of the network."""
    summary = f"`{text(expr)}` is not a value of the network"
    help, fixes = "a value is an input, a name defined before, or an operation on values", list[Fix]()
    if isinstance(expr, Binary) and expr.operator == "+":
        total = f"add({text(expr.left)}, {text(expr.right)})"
        help, fixes = f"a sum of values is `{total}`", [Fix(expr.span, total, f"write `{total}`")]
    diagnostics.error("SG0310", expr.span, summary, help=help, fixes=fixes)


def _kind(name: str, spec: Spec) -> str | None:
    """The kind of the declaration of this name, if it is of a kind that pipelines never use."""
    tables = {
        "cell": spec.cells,
        "candidates": spec.candidates,
        "network": spec.networks,
        "dataset": spec.datasets,
        "model": spec.models,
    }
    return next((kind for kind, table in tables.items() if name in table), None)


def report_missing(name: str, span: Span, known: Collection[str], later: Mapping[str, Span], diagnostics: Diagnostics) -> None:
    """Adds the error that no value is called `name` here; `later` are the places of those that are defined later."""
    if name in later:
        summary = f"`{name}` is used before its definition on line {later[name].line}"
        help = f"define values before they are used; its value at the step before is `previous({name})`"
        diagnostics.error("SG0311", span, summary, help=help)
        return
    help = did_you_mean(name, known) or f"known here are {listed(known, last='and')}"
    fixes = rename(span, name, known)
    diagnostics.error("SG0307", span, f"no value is called `{name}` here", help=help, fixes=fixes)
