"""`spikegraph ops`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.terminal import columns, reflowed
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import out, out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.ir.opdef import Op

FORMAT_VERSION = 1


@click.command("ops", epilog=examples("spikegraph ops", "spikegraph ops conv"))
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Include operations that only passes create.")
@json_option
@common_options
def command(name: str | None, everything: bool, as_json: bool) -> int:
    """List the operations of the graph and the neuron models, or explain one.

    A wire of a spec uses these operations, declared neurons, trellises and blocks, and `chain([cells], width = ...)`.
    A neuron has one of the models: `neuron NAME { model = alif }`. A name that both have is the operation.
    """
    from spikegraph.dsl.schema.neuron_models import NEURON_MODELS  # noqa: PLC0415 (slow to import)
    from spikegraph.ir.opdef import OPS  # noqa: PLC0415

    model = None if name is None or name in OPS else NEURON_MODELS.get(name)
    if model is not None:
        from spikegraph.cli import neuron_model_page  # noqa: PLC0415 (slow to import)

        if as_json:
            out_json({"format_version": FORMAT_VERSION, "operations": [], "models": [neuron_model_page.as_object(model)]})
        else:
            out_text(neuron_model_page.page(model, columns(sys.stdout)))
        return 0
    if name is not None and name not in OPS:
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415 (only for the message)
        from spikegraph.elaborate.unknown_operations import other_name  # noqa: PLC0415
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        written = [n for n, op in OPS.items() if op.written]
        other = other_name(name, written)
        help = did_you_mean(name, (*written, *NEURON_MODELS)) if other is None else f"did you mean `{other}`?"
        help = help or "`spikegraph ops` lists them"
        raise click.UsageError(f"no operation or neuron model is called `{name}`; {help} {HINT}")
    from spikegraph.ir.operation_text import parameters_text  # noqa: PLC0415 (slow to import)

    chosen = [op for n, op in OPS.items() if (n == name if name is not None else op.written or everything)]
    if as_json:
        out_json({"format_version": FORMAT_VERSION, "operations": [as_object(op) for op in chosen]})
    elif name is not None:
        out_text(page(chosen[0], columns(sys.stdout)))
    else:
        rows = [(op.name, ", ".join(op.operands), parameters_text(op), op.summary()) for op in chosen]
        out(table([("name", "operands", "parameters", "what it does"), *rows], drop=(2, 1), wrap=3))
        models = sorted(NEURON_MODELS.values(), key=lambda each: each.name)
        out("")
        out(table([("neuron model", "what it is"), *((m.name, m.doc) for m in models)], wrap=1))
    return 0


def as_object(op: "type[Op]") -> dict[str, Any]:
    """An operation as JSON."""
    from spikegraph.ir.operation_text import documentation, type_text, written_parameters  # noqa: PLC0415 (slow to import)

    return {
        "name": op.name,
        "operands": list(op.operands),
        "implied_operands": list(op.implied),
        "optional_operands": list(op.optional),
        "parameters": [
            {
                "name": name,
                "type": type_text(op, name),
                "required": default is ...,
                "default": None if default is ... else default,
            }
            for name, default in written_parameters(op).items()
        ],
        "written": op.written,
        "composite": op.traits.expanded_by is not None,
        "summary": op.summary(),
        "documentation": documentation(op),
    }


def page(op: "type[Op]", width: int | None = None) -> str:
    """An operation's page: usage, docstring and parameters."""
    from spikegraph.ir.operation_text import default_text, documentation, type_text, usage, written_parameters  # noqa: PLC0415 (slow to import)

    parameters = written_parameters(op)
    parts = [usage(op), "", reflowed(documentation(op), width)]
    if parameters:
        rows = [(n, type_text(op, n), default_text(op, n, d)) for n, d in parameters.items()]
        parts += ["", table([("parameter", "type", "default"), *rows])]
    return "\n".join(parts)
