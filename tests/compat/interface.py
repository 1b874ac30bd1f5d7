"""What a release offers to programs: commands with their options, the functions of the package, the forms of JSON."""

import inspect

import click

import spikegraph
from spikegraph.cli.group import COMMANDS, cli

OUTPUTS = {
    "check": ("check", "net.sdhs"),
    "stats": ("stats", "net.sdhs", "--genotype", "runs/complete/genotype.sdhs"),
    "evaluate": ("evaluate", "runs/complete", "--data", "data", "--device", "cpu"),
    "runs": ("runs",),
    "show": ("show", "runs/complete"),
    "diff": ("diff", "runs/complete", "runs/interrupted"),
    "specs": ("specs",),
    "ops": ("ops",),
    "passes": ("passes",),
}
"""The command of each form of JSON, without `--json`, in a folder with `net.sdhs`, `data` and `runs`."""


def commands():
    """The options of each command, with their short forms."""
    found = {}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        parts = {name: command}
        if isinstance(command, click.Group):
            parts = {f"{name} {sub}": part for sub, part in command.commands.items()}
        for path, part in parts.items():
            found[path] = sorted(o for p in part.params if isinstance(p, click.Option) for o in (*p.opts, *p.secondary_opts))
    return found


def functions():
    """The parameters of each public function: whether they can be given by position, and whether they have a default."""
    found = {}
    for name in spikegraph.__all__:
        value = getattr(spikegraph, name)
        if callable(value) and not isinstance(value, type):
            found[name] = [
                {"name": p.name, "position": p.kind is p.POSITIONAL_OR_KEYWORD, "default": p.default is not p.empty}
                for p in inspect.signature(value).parameters.values()
            ]
    return found


def errors():
    """The classes of errors, by name with the names of their bases."""
    classes = [value for value in map(spikegraph.__dict__.get, spikegraph.__all__) if isinstance(value, type)]
    return {c.__name__: sorted(b.__name__ for b in c.__mro__[1:] if issubclass(b, Exception)) for c in classes}


def form(value):
    """The form of JSON: names of keys and types; of a list the form of its first item, of which all have the same."""
    if isinstance(value, dict):
        return {key: form(part) for key, part in value.items()}
    if isinstance(value, list):
        return [form(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def lost(before, now, path="$"):
    """The places where a form has lost a key or changed a type; None may become a value, and a value None."""
    if "NoneType" in (before, now) or before == [] or now == []:
        return []
    if isinstance(before, dict) and isinstance(now, dict):
        found = [f"{path}.{key}" for key in before if key not in now]
        return found + [p for key in before if key in now for p in lost(before[key], now[key], f"{path}.{key}")]
    if isinstance(before, list) and isinstance(now, list):
        return lost(before[0], now[0], f"{path}[]")
    return [] if before == now else [path]
