"""A spec that was read once: a value that is checked, built and passed on.

    text -> `Program.read(path)` -> `.check()` -> `.build(phase)` -> `spikegraph.plugins.targets.lower(graph, "torch")`

Everything works on what was read: editing or deleting the file later changes nothing, and each graph is made once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from spikegraph.base.arguments import one_of, strings
from spikegraph.base.resources import located
from spikegraph.dsl.diagnostics import Diagnostics, SpecError, StoppedError
from spikegraph.dsl.loader import Source, load, load_text
from spikegraph.dsl.parser import NO_TEXTS
from spikegraph.dsl.renaming import identity
from spikegraph.dsl.resolve import Resolved, resolve_source
from spikegraph.dsl.shown import counted, few
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate.build import Elaborated
from spikegraph.elaborate.param_words import check_words
from spikegraph.elaborate.typed_builder import Types
from spikegraph.genotype.searched_params import fixed
from spikegraph.ir.garbage import uncollected
from spikegraph.ir.graph import Graph
from spikegraph.passes.phase_pipelines import PHASE_NAMES, Phase
from spikegraph.program import elaborated, phases
from spikegraph.program.decided_checks import check_decided
from spikegraph.program.default_phase import default_phase, without_genotypes
from spikegraph.program.elaborated import Use
from spikegraph.program.notebooks import DrawnInNotebooks
from spikegraph.program.param_checks import check_params
from spikegraph.program.phases import PHASES, After, Built
from spikegraph.program.search_checks import check_search
from spikegraph.program.training_data import TrainingData

Texts = tuple[str, ...]
Place = str | Path


@dataclass(frozen=True)
class Program(DrawnInNotebooks):
    """A spec with its imports, genotype, profile and overrides, resolved.

    Attributes:
        source: The text of the spec, parsed.
        genotype: Genotypes and paths that take the place of the spec's own, parsed; None leaves the spec's.
        profile: The profile that is applied, if one is.
        overrides: `path=value` each, applied after the profile's.
        computed: `path=value` each, computed from the data and applied last; the text has them.
        trained: The data that its network was trained on; None of a spec that is no trained network's.
        resolved: The declarations, checked, with what is wrong with them.
    """

    source: Source
    genotype: Source | None
    profile: str | None
    overrides: Texts
    resolved: Resolved
    computed: Texts = ()
    trained: TrainingData | None = None
    _checked: set[Phase | None] = field(default_factory=set["Phase | None"], repr=False, compare=False)
    _profiles: dict[str | None, Program] = field(default_factory=dict[str | None, "Program"], repr=False, compare=False)
    _spaces: dict[Use, Elaborated | None] = field(default_factory=dict[Use, "Elaborated | None"], repr=False, compare=False)
    _made: elaborated.Made = field(default_factory=elaborated.Made, repr=False, compare=False)
    _built: dict[tuple[Phase, Use], Built] = field(default_factory=dict[tuple[Phase, Use], Built], repr=False, compare=False)

    def __repr__(self) -> str:
        named = {"profile": self.profile or "", "genotype": self.genotype.name if self.genotype is not None else ""}
        given = "".join(f", {what} {name}" for what, name in (named | {"overrides": few(self.overrides)}).items() if name)
        errors = self.resolved.diagnostics.errors
        wrong = f", {counted(errors, 'error')}" if errors else ""
        return f"<Program {self.name}{given}{wrong}\n  {self.spec.overview}>"

    @classmethod
    def read(
        cls,
        path: Place,
        *,
        genotype: Place | None = None,
        profile: str | None = None,
        overrides: Sequence[str] = (),
        texts: Mapping[Path, str] = NO_TEXTS,
    ) -> Program:
        """Reads a spec, its imports and a genotype file. What is wrong with them is in `check()`, never raised.

        `texts` are those of some files in place of what is on the disk, by their real path.

        Raises:
            NotFoundError: There is no bundled spec of a name, such as `builtin:stereo`.
            ArgumentError: The overrides aren't a list of strings.
        """
        given = None if genotype is None else load(located(genotype), texts=texts)
        return cls.of_source(load(located(path), texts=texts), given, profile, strings("overrides", overrides, "PATH=VALUE"))

    @classmethod
    def of_text(
        cls, text: str, name: str, *, genotype: Place | None = None, profile: str | None = None, overrides: Sequence[str] = ()
    ) -> Program:
        """The program of a text, which imports nothing; `name` stands for its file in messages, the rest is that of `read`."""
        given = None if genotype is None else load(located(genotype))
        return cls.of_source(load_text(text, name), given, profile, strings("overrides", overrides, "PATH=VALUE"))

    @classmethod
    def of_source(
        cls, source: Source, genotype: Source | None, profile: str | None, overrides: Texts, computed: Texts = ()
    ) -> Program:
        """The program of a parsed spec, and of a parsed genotype file."""
        resolved = resolve_source(source, profile=profile, overrides=(*overrides, *computed), genotype=genotype)
        return cls(source, genotype, profile, overrides, resolved, computed)

    def _again(self, genotype: Source | None, profile: str | None, overrides: Texts, computed: Texts = ()) -> Program:
        return replace(self.of_source(self.source, genotype, profile, overrides, computed), trained=self.trained)

    def using(self, profile: str | None) -> Program:
        """The same text with a profile applied, or with none."""
        if profile not in self._profiles:
            self._profiles[profile] = self._again(self.genotype, profile, self.overrides)
        return self._profiles[profile]

    def with_overrides(self, overrides: Sequence[str]) -> Program:
        """The same text with other overrides, `path=value` each, in place of its own.

        Raises:
            ArgumentError: They aren't a list of strings.
        """
        return self._again(self.genotype, self.profile, strings("overrides", overrides, "PATH=VALUE"))

    def with_computed(self, values: Sequence[str]) -> Program:
        """The same spec with values that are computed from its data, `path=value` each; they change no graph."""
        found = self._again(self.genotype, self.profile, self.overrides, tuple(values))
        return replace(found, _spaces=self._spaces)

    def with_genotype(self, path: Place) -> Program:
        """The same spec with the genotypes and paths of a file."""
        return self._bound(load(located(path)))

    def bind(self, genotype: str, name: str = "genotype.sdhs") -> Program:
        """The same spec with the genotypes and paths of a text; `name` stands for it in messages."""
        return self._bound(load_text(genotype, name))

    def _bound(self, genotype: Source) -> Program:
        bound = self._again(genotype, self.profile, self.overrides, self.computed)
        # The graph of what the spec says doesn't depend on genotypes, but on where paths end and on params.
        shares = fixed(self.spec) == fixed(bound.spec) and not self.resolved.diagnostics.has_errors
        return replace(bound, _spaces=self._spaces) if shares else bound

    @property
    def name(self) -> str:
        """The spec's path, as it was given."""
        return self.source.name

    @property
    def spec(self) -> Spec:
        """The sound declarations."""
        return self.resolved.spec

    @property
    def phase(self) -> Phase:
        """The default phase: `retrain` where a genotype or a path is given or there is nothing to search; else `search`."""
        return default_phase(self.spec, self._brought, self._space)

    @property
    def _brought(self) -> set[tuple[str, str]]:
        """Kind and name of what named imports bring, and no genotype that is given takes the place of."""
        return self.source.prefixes.keys() - map(identity, () if self.genotype is None else self.genotype.items)

    def check(self, phase: Phase | None = None) -> Diagnostics:
        """Everything that is wrong with the spec, in each form that it can be built in, or in one phase; found once.

        Raises:
            ArgumentError: There is no such phase.
        """
        if phase is not None:
            one_of("phase", phase, PHASE_NAMES)
        with uncollected():
            deque(self.checking(phase), maxlen=0)
        return self.resolved.diagnostics

    def checking(self, phase: Phase | None = None) -> Iterator[Diagnostics]:
        """As `check`, step by step: what is wrong so far is given after each phase, of which the default one comes first."""
        if phase in self._checked:
            return
        self._checked.add(phase)
        found = self.resolved.diagnostics
        try:
            check_words(self.spec, found)
            for each in sorted(PHASES, key=self.phase.__ne__) if phase is None else (phase,):
                self._check(each, wanted=each in (phase, self.phase))
                yield found
            for check in (check_params, check_search, check_decided) if phase in (None, "search") else ():
                if not found.has_errors:
                    check(self.resolved, self._spaces)
        except StoppedError as stopped:
            found.extend(stopped.diagnostics)

    def _check(self, phase: Phase, *, wanted: bool) -> None:
        for use in (found := elaborated.uses(self.spec, phase)):
            self._build(use, phase, wanted=wanted)
        self.resolved.diagnostics.settle()  # the next phase sees the same mistakes with other sizes
        if len(found) > 1 and not self.resolved.broken.has("search", "retrain"):
            elaborated.report_several(self.resolved, found)

    def checked(self, phase: Phase | None = None) -> Program:
        """The program itself, if nothing is wrong with it.

        Raises:
            SpecError: Something is wrong.
            ArgumentError: There is no such phase.
        """
        if self.check(phase).has_errors:
            raise SpecError(self.resolved.diagnostics)
        return self

    def build(self, phase: Phase | None = None, passes: str | None = None, after: After | None = None) -> Built:
        """The graphs of a phase.

        Args:
            phase: By default that of `self.phase`.
            passes: A pipeline's text, in place of the phase's own.
            after: Called after each pass.

        Raises:
            SpecError: The spec is wrong.
            PassError: The pipeline is wrong.
            ArgumentError: There is no such phase.
        """
        if phase is not None:
            one_of("phase", phase, PHASE_NAMES)
        phase, diagnostics = phase or self.phase, self.resolved.diagnostics
        if diagnostics.has_errors:
            self.check()
            raise SpecError(diagnostics)
        use = elaborated.only_use(self.resolved, phase)
        if use is None or (built := self._build(use, phase, passes, after, wanted=True)) is None or diagnostics.has_errors:
            raise SpecError(diagnostics)
        return built

    def space(self, phase: Phase) -> Graph:
        """The graph of what the spec says of the network of a run, without a genotype.

        Raises:
            SpecError: The spec is wrong.
            ArgumentError: There is no such phase.
        """
        one_of("phase", phase, PHASE_NAMES)
        use, *_ = elaborated.uses(self.checked().spec, phase)
        space = self._spaces[use]
        assert space is not None
        return space.graph

    def types(self, use: Use) -> Types:
        """The types of the expressions of a network, as far as the spec is sound."""
        space = self._space(use)
        return elaborated.sound_types(self.resolved, use) if space is None else space.types

    @cached_property
    def text(self) -> str:
        """The spec with its imports in their place, overrides applied and every default written out.

        Raises:
            SpecError: The spec is wrong.
        """
        from spikegraph.dsl.printer import print_file  # noqa: PLC0415 (checking needs no printer)
        from spikegraph.elaborate.operation_defaults import with_operation_defaults  # noqa: PLC0415

        file = with_operation_defaults(self.checked().resolved)
        return print_file(file if self.phase == "retrain" else without_genotypes(file, self._brought))

    @cached_property
    def genotype_text(self) -> str | None:
        """The genotypes and paths of the spec as a file; None where it has none, or a library decides only a part."""
        from spikegraph.dsl.genotype_text import format_genotypes  # noqa: PLC0415 (checking needs no printer)

        genotypes, levels = tuple(self.spec.genotypes.values()), tuple(self.spec.paths.values())
        return format_genotypes(genotypes, levels, None) if genotypes and self.phase == "retrain" else None

    def _space(self, use: Use) -> Elaborated | None:
        """As `elaborated.space`, made once."""
        if use not in self._spaces:
            self._spaces[use] = None  # it isn't made again if checking stops there
            self._spaces[use] = elaborated.space(self.resolved, use, made=self._made)
        return self._spaces[use]

    def _build(
        self, use: Use, phase: Phase, passes: str | None = None, after: After | None = None, *, wanted: bool
    ) -> Built | None:
        """As `phases.build`; the graphs of a phase are made once, unless passes are given or watched."""
        space, plain = self._space(use), passes is None and after is None
        if space is None or (plain and (phase, use) in self._built):
            return self._built.get((phase, use))
        built = phases.build(self.resolved, use, phase, space.graph, passes, after, wanted=wanted)
        if plain and built is not None:
            self._built[phase, use] = built
        return built
