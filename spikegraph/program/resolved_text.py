"""The spec in a text that has its imports in their place, as runs and models have it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spikegraph.base.arguments import strings
from spikegraph.base.resources import located
from spikegraph.dsl.dotted import spaces_of
from spikegraph.dsl.loader import Source, load, load_text
from spikegraph.program.program import Program


def read_resolved(
    path: Path, *, genotype: Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Program:
    """As `Program.read`; overrides may have the dotted names of the imports that the spec had."""
    return _program(load(path), genotype, profile, overrides)


def resolved_text(
    text: str, name: str, *, genotype: Path | None = None, profile: str | None = None, overrides: Sequence[str] = ()
) -> Program:
    """As `Program.of_text`; overrides may have the dotted names of the imports that the spec had."""
    return _program(load_text(text, name), genotype, profile, overrides)


def _program(source: Source, genotype: Path | None, profile: str | None, overrides: Sequence[str]) -> Program:
    source = replace(source, imports=spaces_of(source.items))
    given = None if genotype is None else load(located(genotype))
    return Program.of_source(source, given, profile, strings("overrides", overrides, "PATH=VALUE"))
