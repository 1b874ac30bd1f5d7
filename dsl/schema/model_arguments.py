"""Keys of a neuron among the arguments of its model."""

from collections.abc import Collection

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.other_neurons import Meant, meant
from spikegraph.dsl.schema.calls import Signature
from spikegraph.dsl.schema.key import Scope


def without_keys(call: ast.Call, keys: Collection[str], signature: Signature, scope: Scope) -> ast.Expr:
    """A model without those arguments that are keys of the neuron, here or in another library; adds an error for each."""
    own = {key.name for key in signature.parameters}
    moved = [(a, key) for a in call.arguments if a.name not in own and (key := _key(a, keys)) is not None]
    if not moved:
        return call
    rest = tuple(a for a in call.arguments if all(a is not wrong for wrong, _ in moved))
    model = ast.Call(call.function, rest, call.span) if rest else call.function
    text = "  ".join([flat(model), *(f"{key.text}" for _, key in moved)])
    for wrong, key in moved:
        summary = f"`{call.function.id}` has no parameter `{wrong.name}`"
        if wrong.name in keys:
            summary = f"`{wrong.name}` is a key of the neuron, not of its model"
        fix = Fix(call.span, text, f"write `model = {text}`")
        scope.diagnostics.error("SG0216", wrong.span, summary, help=f"write `model = {text}`{key.reason}", fixes=[fix])
    return model


def _key(argument: ast.Argument, keys: Collection[str]) -> Meant | None:
    name = argument.name or ""
    if name in keys:
        return Meant(f"{name} = {flat(argument.value)}", "", argument.span)
    return meant(name, argument.value, argument.span)
