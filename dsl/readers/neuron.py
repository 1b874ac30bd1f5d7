"""`neuron` and `candidates`."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.base.nearest import listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.layout import flat
from spikegraph.dsl.limits import MOST_CANDIDATES, MOST_STAGES
from spikegraph.dsl.readers.block import allowed, named_entries, read_block
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.neuron_models import MODEL, NEURON_MODELS, Learnable, ModelSignature
from spikegraph.dsl.schema.params import param_named, unseen
from spikegraph.dsl.schema.per_step import refused_per_step
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.scalars import Flag, Whole

_KEYS = tuple(key.name for key in keys(spec.Neuron))
_NUMBERS = tuple(key.name for key in keys(spec.Neuron) if isinstance(key.type, Learnable | Whole | Flag))
"""The keys of a neuron that have no words."""


def read_neuron(node: ast.Declaration, scope: Scope) -> tuple[spec.Neuron, ast.Declaration] | None:
    """The neuron, and its declaration with every default of a key that its model has; None if it is wrong."""
    if _names_param(node, scope):
        return None
    entries, _ = named_entries(node.body, Scope(Diagnostics(), {}))
    signature = _signature(entries.get("model"), scope)
    defaults = {name: default_expr(value, node.name.span) for name, value in signature.defaults.items()}
    rest = {"name": node.name.id, "signature": signature, "span": node.span}
    if _numbers_of_model(entries, signature, scope):
        return None
    block = read_block(spec.Neuron, node.body, "neuron", node.name.span, scope, defaults, **rest)
    if block is None:
        return None
    neuron = block.record
    numbers = {**vars(neuron), **neuron.model.named}.items()
    if any(refused_per_step(name, value, signature, scope.diagnostics) for name, value in numbers):
        return None
    has = ("model", *signature.keys)
    for name, entry in entries.items():
        if name not in has:
            help = f"it has {listed(has, len(has), 'and')}" if len(has) > 1 else "remove it"
            summary = f"a neuron with `model = {neuron.model.name}` has no `{name}`"
            scope.diagnostics.error("SG0203", entry.key.span, summary, help=help)
            return None
    narrow = [type_.read(entries[name].value, scope) for name, type_ in signature.types.items() if name in entries]
    if None in narrow:
        return None
    written = [s for s in block.body if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name) and s.key.id in has]
    return neuron, replace(node, body=tuple(written))


def _numbers_of_model(entries: Mapping[str, ast.Entry], signature: ModelSignature, scope: Scope) -> bool:
    """Whether a key is a number or an option of the model, which its call gives; adds an error if so."""
    own = {key.name for key in signature.parameters}
    wrong = next((entry for name, entry in entries.items() if name in own and name not in _KEYS), None)
    if wrong is None:
        return False
    value = entries["model"].value if "model" in entries else ast.Name(signature.name, wrong.span)
    given = value.arguments if isinstance(value, ast.Call) else ()
    name = flat(wrong.key)
    argument = ast.Argument(name, wrong.value, wrong.span)
    text = flat(ast.Call(ast.Name(signature.name, wrong.span), (*given, argument), wrong.span))
    summary = f"`{name}` is a number or option of the model `{signature.name}`, not a key of the neuron"
    scope.diagnostics.error("SG0203", wrong.key.span, summary, help=f"write `model = {text}`")
    return True


def _signature(entry: ast.Entry | None, scope: Scope) -> ModelSignature:
    """That of the model that an entry names, or else of `lif`; of an unknown one, an error elsewhere, the library's `lif`."""
    match None if entry is None else entry.value:
        case ast.Name(name) | ast.Call(ast.Name(name)):
            pass
        case _:
            name = "lif"
    found = MODEL.among(scope).get(name)
    return found if isinstance(found, ModelSignature) else NEURON_MODELS["lif"]


def _names_param(node: ast.Declaration, scope: Scope) -> bool:
    """Whether a value is a param of a network or block, which no declaration sees; adds an error if so."""
    for statement in node.body:
        value = statement.value if isinstance(statement, ast.Entry) else None
        key = statement.key if isinstance(statement, ast.Entry) else None
        if not isinstance(value, ast.Name) or not isinstance(key, ast.Name) or key.id not in _NUMBERS:
            continue
        found = param_named(value, scope)
        if found is not None:
            owner = found[1]
            help = f"write `{node.name.id}({key.id} = {value.id})` where the {owner.partition(' ')[0]} uses it"
            unseen(value, owner, help, scope)
            return True
    return False


def read_candidates(node: ast.Declaration, scope: Scope) -> tuple[spec.Candidates, ast.Declaration] | None:
    """The candidates in order; None if the block is wrong."""
    sound = allowed(node.body, "candidates", scope)
    entries, once = named_entries(node.body, scope)
    if not (sound and once):
        return None
    if not entries:
        scope.diagnostics.error(
            "SG0222", node.name.span, f"`{node.name.id}` has no operation", help="add one, such as `skip = identity`"
        )
        return None
    if len(entries) > MOST_CANDIDATES:
        summary, help = f"`{node.name.id}` has {len(entries)} operations", f"there may be at most {MOST_CANDIDATES}"
        scope.diagnostics.error("SG0218", node.name.span, summary, help=help)
        return None
    operations: list[spec.Candidate] = []
    for name, entry in entries.items():
        stages = entry.value.stages if isinstance(entry.value, ast.Pipe) else (entry.value,)
        if len(stages) > MOST_STAGES:
            summary, help = f"a pipeline of {len(stages)} stages", f"there may be at most {MOST_STAGES}"
            scope.diagnostics.error("SG0218", entry.value.span, summary, help=help)
            return None
        for stage in stages:
            if not isinstance(stage, ast.Name | ast.Call):
                scope.diagnostics.error("SG0207", stage.span, "expected an operation, such as `conv(3)` or `norm`")
                sound = False
        operations.append(spec.Candidate(name, stages, entry.span))
    return (spec.Candidates(node.name.id, tuple(operations), node.span), node) if sound else None
