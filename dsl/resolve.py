"""Makes a checked spec of a file: resolves names and imports, writes out `like` and defaults, applies overrides."""

from collections.abc import Sequence
from pathlib import Path

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.base.surface import plain
from spikegraph.dsl import ast, spec
from spikegraph.dsl.declarations import Broken, Declarations, collect
from spikegraph.dsl.diagnostics import Diagnostics, StoppedError
from spikegraph.dsl.dotted import Imports
from spikegraph.dsl.like import merge_like
from spikegraph.dsl.loader import Source, load
from spikegraph.dsl.override_bodies import Override
from spikegraph.dsl.override_texts import from_command_line, from_profile
from spikegraph.dsl.overrides import apply
from spikegraph.dsl.readers.spec import Resolver
from spikegraph.dsl.renaming import identity
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.source import SourceFile, Span


@record
class Resolved:
    """The result of resolving a file.

    `spec` holds the sound declarations. `broken` knows the others; later stages report nothing about them. `file`
    is the tree with imports, `like` and every default written out and overrides applied; printed, it is a complete spec
    with the same meaning.
    """

    spec: spec.Spec
    file: ast.File
    diagnostics: Diagnostics
    broken: Broken

    def __repr__(self) -> str:
        return f"<Resolved {self.spec!r}, {self.diagnostics!r}>"


def resolve(
    path: Path,
    *,
    profile: str | None = None,
    overrides: Sequence[str] = (),
    genotype: Path | None = None,
    root: Path | None = None,
) -> Resolved:
    """Reads the spec at `path` and checks all that needs no operation's type rule; see `resolve_source`."""
    given = None if genotype is None else load(genotype)
    return resolve_source(load(path, root), profile=profile, overrides=overrides, genotype=given)


def resolve_source(
    source: Source, *, profile: str | None = None, overrides: Sequence[str] = (), genotype: Source | None = None
) -> Resolved:
    """Checks all of a parsed spec that needs no operation's type rule; the same source can be resolved in several ways.

    Args:
        source: The spec.
        profile: Name of a profile of the spec whose overrides apply.
        overrides: `PATH=VALUE` each, applied after the profile's.
        genotype: Genotypes and paths that take the place of the spec's own.

    Errors are in the result's `diagnostics`; none is raised.
    """
    diagnostics = Diagnostics()
    diagnostics.extend(source.diagnostics)
    try:
        return _resolved(source, profile, overrides, genotype, diagnostics)
    except StoppedError as stopped:
        diagnostics.extend(stopped.diagnostics)
        nothing = Resolver(Declarations(), Diagnostics()).run(source.name, source.span)
        return Resolved(nothing, ast.File(ast.VERSION, (), (), source.span), diagnostics, Broken(incomplete=True))


def _resolved(
    source: Source, profile: str | None, overrides: Sequence[str], genotype: Source | None, diagnostics: Diagnostics
) -> Resolved:
    broken, spaces = set(source.broken), tuple(source.imports)
    declarations = Declarations(broken=broken, incomplete=source.incomplete, prefixes=source.prefixes, spaces=spaces)
    collect(source.items, declarations, diagnostics)
    budget = merge_like(declarations, diagnostics, ("profile",))
    _override(declarations, profile, overrides, source.imports, diagnostics)
    merge_like(declarations, diagnostics, [kind for kind in KINDS if kind != "profile"], budget)
    _without_unused(declarations)
    if genotype is not None:
        _bind(genotype, declarations, diagnostics)
    resolver = Resolver(declarations, diagnostics)
    built = resolver.run(source.name, source.span)
    file = ast.File(ast.VERSION, resolver.items(source.items), (), built.span)
    return Resolved(built, file, diagnostics, Broken(frozenset(declarations.broken), declarations.incomplete))


def _override(
    declarations: Declarations, profile: str | None, texts: Sequence[str], imports: Imports, diagnostics: Diagnostics
) -> None:
    given: list[Override] = []
    profiles = declarations.all("profile")
    if profile is None or ("profile", profile) in declarations.broken:
        pass  # nothing to apply, or nothing that is known
    elif profile in profiles:
        given += from_profile(profiles[profile], diagnostics)
    elif not declarations.incomplete:
        name = plain("profile")
        diagnostics.sources.setdefault(name, SourceFile(name, profile))
        diagnostics.error(
            "SG0701",
            Span(name, 1, 1, 1, max(2, len(profile) + 1)),
            f"there is no profile `{profile}`",
            help=did_you_mean(profile, profiles) or (f"declared are {listed(profiles, last='and')}" if profiles else None),
        )
    given += from_command_line(texts, imports, diagnostics)
    apply(given, declarations, diagnostics)


def _without_unused(declarations: Declarations) -> None:
    """Takes out the networks of named imports that no run uses, so that a library's own network is none of the spec's."""
    used = {run.network.id for run in declarations.runs.values()}
    for kind, name in declarations.prefixes:
        if kind == "network" and name not in used:
            declarations.named["genotype"].pop(name, None)
            if name in declarations.named["network"]:
                declarations.unused[name] = declarations.named["network"].pop(name)


def _bind(genotype: Source, declarations: Declarations, diagnostics: Diagnostics) -> None:
    """Puts the genotypes and paths of another source into the place of the spec's own."""
    diagnostics.extend(genotype.diagnostics)
    bound = Declarations(broken=set(genotype.broken))
    items = [item for item in genotype.items if identity(item)[0] in ("genotype", "path")]
    if not items and not genotype.diagnostics.has_errors:
        help = "give a file with `genotype CELL { ... }`, such as the `genotype.sdhs` of a run"
        diagnostics.error("SG0417", genotype.span, f"{genotype.name} has no genotype and no path", help=help)
    collect(items, bound, diagnostics)
    for kind in ("genotype", "path"):
        declarations.named[kind].update(bound.named[kind])
        declarations.broken |= {(k, name) for k, name in bound.broken if k == kind}
