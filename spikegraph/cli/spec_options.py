"""Arguments and options of the commands that read a spec."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.record import record
from spikegraph.base.resources import BUILTIN, builtin_specs, is_builtin, is_kept, located, namesake

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program.program import Program

PHASES = ("search", "retrain", "deploy")


@record
class SpecOptions:
    """The options of a command that reads a spec; see `spikegraph.program.program.Program`."""

    phase: "Phase | None"
    genotype: Path | None
    profile: str | None
    overrides: tuple[str, ...]

    def read(self, path: Path) -> "Program":
        """Reads the spec at a path, or that of a trained network, with its genotype if none is given."""
        if is_kept(path):
            from spikegraph.program.kept import kept  # noqa: PLC0415 (slow to import)

            return kept(path).with_changes(genotype=self.genotype, profile=self.profile, overrides=self.overrides)
        from spikegraph.program.program import Program  # noqa: PLC0415 (slow to import)

        return Program.read(path, genotype=self.genotype, profile=self.profile, overrides=self.overrides)


class SpecPath(click.ParamType[Path] if TYPE_CHECKING else click.ParamType):
    """The path of a spec, genotype file or run, or the name of a bundled spec, `builtin:NAME`.

    Attributes:
        dash: Accept `-`, standard input.
    """

    name = "spec"

    def __init__(self, *, dash: bool = False) -> None:
        self.dash = dash

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path of what exists; fails otherwise, and names the bundled spec that may be meant."""
        if not str(value):
            self.fail("the name is empty", param, ctx)
        path = located(value)
        if path.exists() or (self.dash and str(path) == "-"):
            return path
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415 (only for the message)

        bundled = namesake(path)
        near = did_you_mean(str(path), [str(file) for file in sorted(path.parent.glob("*.sdhs"))])
        help = near if bundled is None else f"the bundled spec of this name is `{bundled}`"
        raise click.BadParameter(f"there is no `{value}`" + (f"; {help}" if help else ""), ctx, param)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """The bundled specs after `builtin:`; else files, completed by the shell."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (only while completing)

        if is_builtin(incomplete):
            names = [f"{BUILTIN}{name}" for name in builtin_specs()]
            return [CompletionItem(name) for name in names if name.startswith(incomplete)]
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
        click.option(
            "--set", "overrides", metavar="PATH=VALUE", multiple=True, help="Set a value of the spec, after the profile."
        ),
        click.option("--profile", metavar="NAME", help="Apply a profile of the spec."),
        click.option("--genotype", type=SPEC, metavar="FILE", help="Use the genotypes and paths of this file."),
        click.option(
            "--phase",
            type=click.Choice(PHASES),
            help="Build this form. Default: retrain if there is a genotype or nothing to search, else search.",
        ),
    ):
        decorated = option(decorated)
    return decorated
