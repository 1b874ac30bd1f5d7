"""Keys of a neuron among the arguments of its model."""

from collections.abc import Collection

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.calls import Signature
from spikegraph.dsl.schema.key import Scope


def key_given_to_model(call: ast.Call, keys: Collection[str], signature: Signature, scope: Scope) -> bool:
    """Whether an argument of a model is a key of the neuron; adds an error if so."""
    own = {key.name for key in signature.parameters}
    wrong = next((a for a in call.arguments if a.name in keys and a.name not in own), None)
    if wrong is None:
        return False
    rest = tuple(a for a in call.arguments if a is not wrong)
    model = flat(ast.Call(call.function, rest, call.span)) if rest else call.function.id
    text = f"{model}  {wrong.name} = {flat(wrong.value)}"
    fix = Fix(call.span, text, f"write `model = {text}`")
    summary = f"`{wrong.name}` is a key of the neuron, not of its model"
    scope.diagnostics.error("SG0216", wrong.span, summary, help=f"write `model = {text}`", fixes=[fix])
    return True
