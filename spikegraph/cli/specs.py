"""Arguments and options of the commands that read a spec."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spikegraph.cli.resources import packaged_spec
from spikegraph.cli.streams import say

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from spikegraph.passes.default import Phase
    from spikegraph.program import Program

F = TypeVar("F", bound=Callable[..., Any])
PHASES = ("search", "retrain", "deploy")


@dataclass(frozen=True)
class SpecOptions:
    """How a spec is read and built, as the options say it; see `spikegraph.program.Program.read`."""

    phase: "Phase | None"
    genotype: Path | None
    profile: str | None
    overrides: tuple[str, ...]

    def read(self, path: Path) -> "Program":
        """The spec at a path."""
        from spikegraph.program import Program  # noqa: PLC0415 (slow to import)

        return Program.read(path, genotype=self.genotype, profile=self.profile, overrides=self.overrides)


class SpecPath(click.ParamType[Path] if TYPE_CHECKING else click.ParamType):
    """A spec's path; where there is no such file, one of that name that comes with the package is taken, aloud."""

    name = "spec"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Whether something can be read there is for the reader to say, with a diagnostic."""
        del param, ctx
        path = Path(value)
        if path.exists() or isinstance(value, Path):
            return path
        packaged = packaged_spec(value)
        if packaged is None:
            return path
        say(f"note: there is no `{value}` here; taking the one that comes with spikegraph, {packaged}")
        return packaged

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Files, completed by the shell."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (only while completing)

        del ctx, param
        return [CompletionItem(incomplete, type="file")]


SPEC = SpecPath()

PICTURE = click.Path(path_type=Path, dir_okay=False)
"""A file that a picture is written to."""


def spec_options(function: F) -> F:
    """Adds `--phase`, `--genotype`, `--profile` and `--set`."""
    for option in (
        click.option("--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set a value, after the profile's."),
        click.option("--profile", metavar="NAME", help="Apply a profile of the spec."),
        click.option("--genotype", type=SPEC, metavar="FILE", help="Genotypes and paths to use instead of the spec's own."),
        click.option(
            "--phase",
            type=click.Choice(PHASES),
            help="Form to build. Default: retrain if there is a genotype, else search.",
        ),
    ):
        function = option(function)
    return function
