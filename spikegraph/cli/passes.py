"""`spikegraph passes`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.terminal import columns, reflowed
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import out, out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.passes.base import Pass

FORMAT_VERSION = 1


@click.command("passes", epilog=examples("spikegraph passes", "spikegraph passes fold-norm"))
@click.argument("name", required=False)
@json_option
@common_options
def command(name: str | None, as_json: bool) -> int:
    """List the passes, or explain one.

    `compile SPEC --emit passes` prints a spec's pipeline in the form that `--passes` takes.
    """
    from spikegraph.passes.registry import PASSES  # noqa: PLC0415 (slow to import)

    if name is not None and name not in PASSES:
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415 (only for the message)
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        help = did_you_mean(name, PASSES) or "`spikegraph passes` lists them"
        raise click.UsageError(f"no pass is called `{name}`; {help} {HINT}")
    chosen = [p for n, p in PASSES.items() if name in (None, n)]
    if as_json:
        out_json({"format_version": FORMAT_VERSION, "passes": [as_object(p) for p in chosen]})
    elif name is not None:
        out_text(f"{usage(chosen[0])}\n\n{reflowed(documentation(chosen[0]), columns(sys.stdout))}")
    else:
        out(table([("pass", "what it does"), *((usage(p), p.summary()) for p in chosen)], wrap=1))
    return 0


def as_object(kind: "type[Pass]") -> dict[str, Any]:
    """A pass as JSON."""
    defaults = kind()
    return {
        "name": kind.name,
        "options": [
            {"name": name, "values": list(values(kind, name)), "default": getattr(defaults, name)} for name in kind.options()
        ],
        "summary": kind.summary(),
        "documentation": documentation(kind),
    }


def usage(kind: "type[Pass]") -> str:
    """The usage, such as `mix{at=spike|membrane}`; an option without a fixed set of values shows its default."""
    defaults = kind()
    options = [f"{name}={'|'.join(values(kind, name)) or getattr(defaults, name)}" for name in kind.options()]
    return f"{kind.name}{{{','.join(options)}}}" if options else kind.name


def values(kind: "type[Pass]", option: str) -> tuple[str, ...]:
    """The values of an option with a fixed set of values, else nothing."""
    from typing import get_args, get_type_hints  # noqa: PLC0415

    hint = get_type_hints(kind)[option]
    return ("true", "false") if hint is bool else tuple(w for w in get_args(hint) if isinstance(w, str))


def documentation(kind: "type[Pass]") -> str:
    """The docstring without its indentation."""
    from inspect import cleandoc  # noqa: PLC0415 (slow to import)

    return cleandoc(kind.__doc__ or "")
