"""The program's commands. A command's module is imported when the command is used."""

import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from spikegraph.cli.deprecated import with_new_spellings
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out

GROUPS: dict[str, dict[str, str]] = {
    "Specs": {
        "new": "new",
        "check": "check",
        "fmt": "fmt",
        "stats": "stats",
        "render": "render",
        "import": "importing",
        "vendor": "vendor",
        "lsp": "lsp",
        "mcp": "mcp",
    },
    "Training": {
        "compile": "compile",
        "pretrain": "pretrain",
        "sweep": "sweep",
        "slurm": "slurm",
        "rerun": "rerun",
        "evaluate": "evaluate",
        "predict": "predict",
        "search-progress": "search_progress",
    },
    "Results": {
        "runs": "runs",
        "show": "show",
        "report": "report",
        "figure": "figure",
        "diff": "diff",
        "export": "exporting",
        "package": "package",
        "stream": "streaming",
        "upgrade": "upgrade",
    },
    "Data": {"data": "data"},
    "Reference": {"specs": "specs", "ops": "ops", "passes": "passes", "energies": "energies", "explain": "explain"},
}
"""The commands under the headings of the help page, with their modules in `spikegraph.cli`."""

COMMANDS = {name: module for group in GROUPS.values() for name, module in group.items()}
"""Each command's module; the click command in it is called `command`."""

OTHER_WORDS: dict[str, str] = dict.fromkeys(("train", "search", "retrain", "fit", "run"), "compile SPEC --train")
"""What people may call something that is an option of a command."""

EPILOG = """\b
Examples:
  spikegraph compile builtin:stereo --train
  spikegraph check net.sdhs

\b
Exit status:
  0    success
  1    the spec or the data are wrong, or a check failed
  2    wrong usage, such as a path that doesn't exist
  3    failure while running
  130  ended by Ctrl-C
  143  ended by SIGTERM
  129  ended by SIGHUP, which a closing terminal sends

\b
Shell completion: add this line to your shell's startup file:
  bash  eval "$(_SPIKEGRAPH_COMPLETE=bash_source spikegraph)"
  zsh   eval "$(_SPIKEGRAPH_COMPLETE=zsh_source spikegraph)"
  fish  _SPIKEGRAPH_COMPLETE=fish_source spikegraph | source
"""


class RaisedError(Exception):
    """What a command raised, where click would take it for Ctrl-C or for a closed standard output."""

    def __init__(self, error: EOFError | BrokenPipeError) -> None:
        self.error = error


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command.

        Raises:
            RaisedError: It raised an EOFError or a BrokenPipeError.
        """
        try:
            return super().invoke(ctx)
        except (EOFError, BrokenPipeError) as error:
            raise RaisedError(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"spikegraph.cli.{COMMANDS[cmd_name]}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands under the headings of `GROUPS`."""
        indent = max(map(len, COMMANDS))
        for heading, names in GROUPS.items():
            commands = {name: self.get_command(ctx, name) for name in names}
            rows = [(f"{n:<{indent}}", c.get_short_help_str(formatter.width)) for n, c in commands.items() if c is not None]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments start with.

        Raises:
            click.UsageError: There is no such command, and the message names the nearest; or a spelling was removed.
        """
        if args:
            args, wrong = with_new_spellings(args)
            if wrong is not None:
                ctx.fail(wrong)
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from spikegraph.base.nearest import nearest  # noqa: PLC0415 (only for the message)

            if (command := _command_for(args)) is not None:
                ctx.fail(f"no command is called `{args[0]}`; did you mean `{command}`?")
            near = nearest(args[0], (*COMMANDS, *OTHER_WORDS))
            help = "`spikegraph --help` lists them" if near is None else f"did you mean `{OTHER_WORDS.get(near, near)}`?"
            ctx.fail(f"no command is called `{args[0]}`; {help}")
        return super().resolve_command(ctx, args)


def _command_for(arguments: Sequence[str]) -> str | None:
    """The command line that is meant by one that begins with a spec or a run; None for another one."""
    from spikegraph.base.resources import is_builtin  # noqa: PLC0415 (only for the message)

    first, *rest = arguments
    if is_builtin(first) or first.endswith(".sdhs"):
        command = "compile" if "--train" in rest else "check"
    elif Path(first, "manifest.json").exists():
        command = "show"
    else:
        return None
    return shlex.join(("spikegraph", command, *arguments))


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        import spikegraph  # noqa: PLC0415 (the package is imported; this is its name)

        out(f"spikegraph {spikegraph.__version__}")
        context.exit()


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@common_options
def cli() -> None:
    """A compiler for spiking architectures.

    A spec (.sdhs) declares cells, trellises and networks, and how to train them. `compile` checks it, builds its graph and
    trains it. Results go to standard output, everything else to standard error.
    """
