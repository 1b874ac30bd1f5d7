"""The settings of one call of the program, and the options that every command has."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO, TypeVar

import click

from spikegraph.base.visible import visible_name
from spikegraph.cli.streams import notice, out

F = TypeVar("F", bound=Callable[..., Any])
Color = Literal["auto", "always", "never"]


@dataclass
class Settings:
    """The settings of this call; options fill them in before the command runs.

    Attributes:
        arguments: The command line, without the program's name.
        color: Whether output has colours; `auto` decides for each stream.
        debug: Show tracebacks.
        json: Print the result, and diagnostics too, as JSON.
    """

    arguments: tuple[str, ...] = ()
    color: Color = "auto"
    debug: bool = False
    json: bool = False

    @classmethod
    def of(cls, arguments: tuple[str, ...], environment: Mapping[str, str]) -> "Settings":
        """The settings before options are parsed."""
        return cls(arguments, debug=environment.get("SPIKEGRAPH_DEBUG", "") not in ("", "0"))

    def colored(self, stream: TextIO) -> bool:
        """Whether text to `stream` has colours; `auto` means on a terminal, unless `NO_COLOR` is set."""
        if self.color != "auto":
            return self.color == "always"
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _color(context: click.Context, parameter: click.Parameter, value: Color | None) -> None:
    if value is not None:
        context.ensure_object(Settings).color = value


def _debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Settings).debug = True


def _json(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    context.ensure_object(Settings).json = value
    return value


def _plugins(context: click.Context, parameter: click.Parameter, values: tuple[Path, ...]) -> None:
    if values and not context.resilient_parsing:
        from spikegraph.plugins.local_files import load_plugin  # noqa: PLC0415 (only where one is given)

        for path in values:
            added = load_plugin(path)
            if added is not None:
                notice(f"note: loaded the plug-in {visible_name(path)}" + (f", which adds {added}" if added else ""))


def _help(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        out(context.get_help())
        context.exit()


help_option = click.help_option("-h", "--help", callback=_help)
"""Add `--help`; unlike click's own, it reports standard output that is closed or full as other commands do."""


def common_options(function: F) -> F:
    """Add `--plugin`, `--color`, `--debug` and `--help`."""
    plugin = click.option(
        "--plugin",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        multiple=True,
        metavar="FILE.py",
        expose_value=False,
        callback=_plugins,
        help="Load a plug-in, which adds operations, passes and more; may be repeated.",
    )
    color = click.option(
        "--color",
        type=click.Choice(("auto", "always", "never")),
        expose_value=False,
        callback=_color,
        help="Use colours; auto: on a terminal, unless NO_COLOR is set.",
    )
    debug = click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_debug,
        help="Print the traceback of an error (also SPIKEGRAPH_DEBUG=1).",
    )
    return plugin(color(debug(help_option(function))))


def json_option(function: F) -> F:
    """Add `--json`, which the command gets as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, is_eager=True, callback=_json, help="Print JSON.")(function)
