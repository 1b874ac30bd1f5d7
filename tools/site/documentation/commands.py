"""A page for each command, from what `--help` prints."""

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from documentation import markdown
from spikegraph.cli.group import GROUPS, cli

FOLDER = "commands"
_EXAMPLE = re.compile(r"^\s*Examples?:\n", re.MULTILINE)


def pages() -> Iterator[tuple[str, str]]:
    """The place and the text of each page, and of their list."""
    yield f"{FOLDER}/index", _index()
    yield from ((f"{FOLDER}/{name}", page(command, f"spikegraph {name}")) for name, command in commands())


def commands() -> Iterator[tuple[str, click.Command]]:
    """All commands by name."""
    context = click.Context(cli, info_name="spikegraph")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            yield name, command


def _index() -> str:
    found = dict(commands())
    parts = ["# Commands\n", _prose(cli.help or ""), ""]
    for heading, names in GROUPS.items():
        rows = (f"- [`spikegraph {name}`](/{FOLDER}/{name}.md): {_first(found[name])}" for name in names)
        parts += [f"## {heading}\n", *rows, ""]
    return "\n".join([*parts, *_examples(cli)])


def page(command: click.Command, path: str, level: int = 1) -> str:
    """A command's page; commands below it are sections."""
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    parts = [f"{'#' * level} {path}\n", markdown.fenced(usage, "text"), _prose(command.help or ""), ""]
    records = (each.get_help_record(context) for each in command.get_params(context))
    options = [record for record in records if record is not None and record[1]]
    if options:
        parts += [f"{'#' * (level + 1)} Options\n" if level == 1 else "Options:\n"]
        parts += [markdown.terms((f"`{name}`", [markdown.escaped(" ".join(words.split()))]) for name, words in options)]
    parts += _examples(command)
    if isinstance(command, click.Group):
        below = ((name, command.get_command(context, name)) for name in command.list_commands(context))
        parts += [page(each, f"{path} {name}", level + 1) for name, each in below if each is not None]
    return "\n".join(parts) + "\n"


def _first(command: click.Command) -> str:
    return markdown.escaped(command.get_short_help_str(200))


def _prose(help: str) -> str:
    """A help text as paragraphs; what is indented or set off by click's mark stays as it is."""
    found: list[str] = []
    for paragraph in cleandoc(help).split("\n\n"):
        marked = paragraph.startswith("\b\n")
        found.append(markdown.fenced(paragraph.removeprefix("\b\n"), "text") if marked else markdown.escaped(paragraph))
    return "\n\n".join(found)


def _examples(command: click.Command) -> Iterator[str]:
    for part in (command.epilog or "").split("\b\n"):
        head, _, rest = part.strip("\n").partition("\n")
        if rest:
            language = "sh" if head.startswith("Example") else "text"
            yield f"{head}\n\n{markdown.fenced(markdown.dedented(rest), language)}"
