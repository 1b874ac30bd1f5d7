"""Arguments and options of the commands that read a spec."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.cli.resources import packaged_spec
from spikegraph.cli.streams import notice

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program import Program

PHASES = ("search", "retrain", "deploy")


@dataclass(frozen=True)
class SpecOptions:
    """The options of a command that reads a spec; see `spikegraph.program.Program`."""

    phase: "Phase | None"
    genotype: Path | None
    profile: str | None
    overrides: tuple[str, ...]

    def read(self, path: Path) -> "Program":
        """Reads the spec at a path."""
        from spikegraph.program import Program  # noqa: PLC0415 (slow to import)

        return Program.read(path, genotype=self.genotype, profile=self.profile, overrides=self.overrides)


class SpecPath(click.ParamType[Path] if TYPE_CHECKING else click.ParamType):
    """A spec's path. If there is no such file, a bundled spec of that name is used, with a notice."""

    name = "spec"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; the parser reports files that can't be read."""
        path = Path(value)
        if path.exists() or isinstance(value, Path):
            return path
        packaged = packaged_spec(value)
        if packaged is None:
            return path
        notice(f"note: there is no `{value}` here; using the bundled one, {packaged}")
        return packaged

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Files, completed by the shell."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (only while completing)

        return [CompletionItem(incomplete, type="file")]


SPEC = SpecPath()

PICTURE = click.Path(path_type=Path, dir_okay=False)
"""A picture's file."""


def spec_options(function: Callable[..., int]) -> Callable[..., int]:
    """Adds `--phase`, `--genotype`, `--profile` and `--set`; the command gets them as `options`."""

    @wraps(function)
    def gathered(
        *arguments: Any,
        phase: "Phase | None",
        genotype: Path | None,
        profile: str | None,
        overrides: tuple[str, ...],
        **others: Any,
    ) -> int:
        return function(*arguments, options=SpecOptions(phase, genotype, profile, overrides), **others)

    decorated: Callable[..., int] = gathered
    for option in (
        click.option("--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set a value, after the profile's."),
        click.option("--profile", metavar="NAME", help="Apply a profile of the spec."),
        click.option("--genotype", type=SPEC, metavar="FILE", help="Genotypes and paths to use instead of the spec's own."),
        click.option(
            "--phase", type=click.Choice(PHASES), help="Form to build. Default: retrain if there is a genotype, else search."
        ),
    ):
        decorated = option(decorated)
    return decorated
