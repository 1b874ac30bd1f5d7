"""The program's commands. A command's module is imported when the command is used."""

from importlib import import_module

import click

from spikegraph.cli.settings import common_options

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("spikegraph.cli.check", "command"),
    "fmt": ("spikegraph.cli.fmt", "command"),
    "compile": ("spikegraph.cli.compile", "command"),
    "evaluate": ("spikegraph.cli.evaluate", "command"),
    "stats": ("spikegraph.cli.stats", "command"),
    "render": ("spikegraph.cli.render", "command"),
    "diff": ("spikegraph.cli.diff", "command"),
    "import": ("spikegraph.cli.importing", "command"),
    "show": ("spikegraph.cli.show", "command"),
    "report": ("spikegraph.cli.report", "command"),
    "search-progress": ("spikegraph.cli.search_progress", "command"),
    "data": ("spikegraph.cli.data", "command"),
    "explain": ("spikegraph.cli.explain", "command"),
    "ops": ("spikegraph.cli.ops", "command"),
    "passes": ("spikegraph.cli.passes", "command"),
}
"""Each command's module and the name of the click command in it, in the order of the help page."""

OTHER_WORDS: dict[str, str] = dict.fromkeys(("train", "search", "retrain", "fit", "run"), "compile SPEC --train")
"""What people may call something that is an option of a command."""

EPILOG = """\b
Exit status:
  0    success
  1    the spec has errors, or a check failed
  2    usage error
  3    failure while running
  130  interrupted

\b
Shell completion: add this line to your shell's startup file:
  bash  eval "$(_SPIKEGRAPH_COMPLETE=bash_source spikegraph)"
  zsh   eval "$(_SPIKEGRAPH_COMPLETE=zsh_source spikegraph)"
  fish  _SPIKEGRAPH_COMPLETE=fish_source spikegraph | source
"""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        return getattr(import_module(module), name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments start with.

        Raises:
            click.UsageError: There is no such command; the message names the nearest.
        """
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from spikegraph.dsl.nearest import nearest  # noqa: PLC0415 (only for the message)

            near = nearest(args[0], (*COMMANDS, *OTHER_WORDS))
            help = "`spikegraph --help` lists them" if near is None else f"did you mean `{OTHER_WORDS.get(near, near)}`?"
            ctx.fail(f"no command is called `{args[0]}`; {help}")
        return super().resolve_command(ctx, args)


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        import spikegraph  # noqa: PLC0415 (the package is imported; this is its name)

        click.echo(f"spikegraph {spikegraph.__version__}")
        context.exit()


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@common_options
def cli() -> None:
    """A compiler for spiking architectures.

    A spec (.sdhs) declares cells, trellises and networks, and how to train them. `compile` checks it, builds its graph and
    trains it. Results go to standard output, everything else to standard error.
    """
