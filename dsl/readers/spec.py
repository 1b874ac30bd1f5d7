"""Makes a spec of declarations, in an order that checks every declaration before its uses."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.declarations import Declarations
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.models.library import library, library_model
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.override_bodies import Override
from spikegraph.dsl.override_texts import from_profile
from spikegraph.dsl.overrides import apply, overridden
from spikegraph.dsl.readers.block import allowed
from spikegraph.dsl.readers.cell import read_cell, read_trellis
from spikegraph.dsl.readers.dataflow import read_dataflow_block
from spikegraph.dsl.readers.dataset import read_dataset
from spikegraph.dsl.readers.decisions import decides, read_decisions
from spikegraph.dsl.readers.genotype import check_genotype, check_path, operation_names, read_genotype, read_path
from spikegraph.dsl.readers.network import read_network
from spikegraph.dsl.readers.neuron import read_candidates, read_neuron
from spikegraph.dsl.readers.run import read_retrain, read_search
from spikegraph.dsl.renaming import identity
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.dsl.source import Span
from spikegraph.dsl.traversal import malformed
from spikegraph.equations.model import Model

Record = TypeVar("Record")


class Resolver:
    """Makes records of declarations, kind by kind, and keeps the trees with every default written out."""

    def __init__(self, declarations: Declarations, diagnostics: Diagnostics) -> None:
        self.declarations = declarations
        self.scope = Scope(
            diagnostics, declarations.named, declarations.broken, declarations.incomplete, prefixes=declarations.prefixes
        )
        self.resolved: dict[tuple[str, str], ast.Item] = {}

    def run(self, name: str, span: Span) -> spec.Spec:
        """The spec of the sound declarations."""
        models = self._build("model", self._model)
        neurons = self._build("neuron", lambda d: read_neuron(d, self.scope))
        candidates = self._build("candidates", lambda d: read_candidates(d, self.scope))
        cells = self._build("cell", lambda d: read_cell(d, candidates, self.scope))
        trellises = self._build("trellis", lambda d: read_trellis(d, self.scope))
        blocks = self._blocks()
        networks = self._build("network", lambda d: read_network(d, self.scope))
        datasets = self._build("dataset", lambda d: read_dataset(d, self.scope))
        genotypes = self._build("genotype", lambda d: self._genotype(d, cells, candidates))
        paths = self._paths(trellises)
        profiles = self._profiles()
        search = self._run("search", lambda run: read_search(run, networks, self.scope, self.declarations.runs.get("retrain")))
        retrain = self._run("retrain", lambda run: read_retrain(run, networks, self.scope))
        return spec.Spec(
            file=name,
            models=models,
            neurons=neurons,
            candidates=candidates,
            cells=cells,
            trellises=trellises,
            blocks=blocks,
            networks=networks,
            genotypes=genotypes,
            paths=paths,
            datasets=datasets,
            search=search,
            retrain=retrain,
            profiles=profiles,
            span=span,
        )

    def items(self, order: Sequence[ast.Item]) -> tuple[ast.Item, ...]:
        """The resolved items in the order of the text; items of other files come last."""
        found: dict[tuple[str, str], ast.Item] = {}
        for item in order:
            key = identity(item)
            if key in self.resolved:
                found[key] = self.resolved[key]
        for key, item in self.resolved.items():
            found.setdefault(key, item)
        return tuple(found.values())

    def _build(self, kind: str, build: Callable[[ast.Declaration], tuple[Record, ast.Declaration] | None]) -> dict[str, Record]:
        records: dict[str, Record] = {}
        for name, node in self.declarations.all(kind).items():
            if (kind, self.declarations.bases.get((kind, name), "")) in self.declarations.broken:
                self.declarations.broken.add((kind, name))
            if (kind, name) in self.declarations.broken:
                continue
            self.scope.lost = False
            built = build(node)
            if built is None or self.scope.lost or self._malformed(node):
                self.declarations.broken.add((kind, name))
            else:
                records[name], self.resolved[kind, name] = built
        return records

    def _blocks(self) -> dict[str, spec.Block]:
        records: dict[str, spec.Block] = {}
        for name, node in self.declarations.blocks().items():
            if ("block", name) in self.declarations.broken:
                continue
            self.scope.lost = False
            built = read_dataflow_block(node, self.scope)
            if built is None or self.scope.lost or self._malformed(node):
                self.declarations.broken.add(("block", name))
            else:
                records[name], self.resolved["block", name] = built
        return records

    def _model(self, node: ast.Declaration) -> tuple[Model, ast.Declaration] | None:
        from spikegraph.dsl.models.reader import read_model  # noqa: PLC0415 (most specs declare no model)

        model = read_model(node, self.scope)
        if model is None:
            return None
        if model.name in NEURON_MODELS and not _is_library_text(model):
            summary = f"`{model.name}` is a model of the library too, which this one hides"
            self.scope.diagnostics.warning("SG1214", node.name.span, summary, help="choose another name")
        self.scope.models[model.name] = model
        return model, node

    def _genotype(
        self, node: ast.Declaration, cells: Mapping[str, spec.Cell], candidates: Mapping[str, spec.Candidates]
    ) -> tuple[spec.Genotype, ast.Declaration] | None:
        named = self.declarations.named
        if decides(node, named["cell"], named["network"]):
            return self._decisions(node)
        genotype = read_genotype(node, self.scope)
        if genotype is None:
            return None
        if self._stands_alone("cell"):
            return genotype, node
        name = node.name
        cell = cells.get(name.id)
        if cell is None:
            self._missing("cell", name, "SG0401")
            return None
        fits = check_genotype(node, genotype, cell, operation_names(cell, candidates), self.scope)
        return (genotype, node) if fits else None

    def _decisions(self, node: ast.Declaration) -> tuple[spec.Genotype, ast.Declaration] | None:
        decisions = read_decisions(node, self.scope)
        if decisions is None:
            return None
        if node.name.id not in self.declarations.named["network"] and not self._stands_alone("network"):
            self._missing("network", node.name, "SG0401")
            return None
        return decisions, node

    def _paths(self, trellises: Mapping[str, spec.Trellis]) -> dict[str, spec.TrellisPath]:
        records: dict[str, spec.TrellisPath] = {}
        for name, node in self.declarations.paths().items():
            skipped = ("path", name) in self.declarations.broken or self._malformed(node)
            path = None if skipped else self._path(node, trellises)
            if path is None:
                self.declarations.broken.add(("path", name))
            else:
                records[name], self.resolved["path", name] = path, node
        return records

    def _path(self, node: ast.Path, trellises: Mapping[str, spec.Trellis]) -> spec.TrellisPath | None:
        read = read_path(node, self.scope)
        if read is None:
            return None
        path, items = read
        name = node.trellis
        trellis = trellises.get(name.id)
        if trellis is None and not self._stands_alone("cell"):
            self._missing("trellis", name, "SG0410")
            return None
        return path if check_path(node, path, items, trellis, self.scope) else None

    def _missing(self, kind: str, name: ast.Name, code: str) -> None:
        """Reports a declaration that isn't there, unless it may be in what couldn't be read."""
        if (kind, name.id) not in self.declarations.broken and not self.declarations.incomplete:
            known = self.declarations.named[kind]
            help = did_you_mean(name.id, known) or (f"declared are {listed(known, last='and')}" if known else None)
            fixes = rename(name.span, name.id, known)
            self.scope.diagnostics.error(code, name.span, f"there is no {kind} `{name.id}`", help=help, fixes=fixes)

    def _malformed(self, node: ast.Item) -> bool:
        return self.scope.diagnostics.has_errors and malformed(node)

    def _stands_alone(self, kind: str) -> bool:
        """Whether the spec declares nothing of this kind, like a file of genotypes."""
        return not self.declarations.named[kind] and not any(k == kind for k, _ in self.declarations.broken)

    def _profiles(self) -> tuple[str, ...]:
        sound: list[str] = []
        for name, node in self.declarations.all("profile").items():
            if ("profile", name) in self.declarations.broken:
                continue
            if not all(isinstance(s, ast.Entry) for s in node.body):
                allowed(node.body, "profile", self.scope)
            # Check every path, even in a profile that is not in use.
            given = from_profile(node, self.scope.diagnostics)
            apply(given, self.declarations.copy(unused=True), self.scope.diagnostics)
            whole = self.declarations.copy(unused=True)
            for override in given:
                for key, value in overridden(override, whole, given):
                    if not malformed(value):
                        key.type.read(value, self.scope)
            without = {override.span for override in given if self._is_of_unused(override)}
            body = tuple(s for s in node.body if not (isinstance(s, ast.Entry) and s.key.span in without))
            self.resolved["profile", name] = dataclasses.replace(node, body=body)
            sound.append(name)
        return tuple(sound)

    def _is_of_unused(self, override: Override) -> bool:
        """Whether it changes a network that no run uses and nothing else: it has no place in a spec without this network."""
        if override.path[0] not in self.declarations.unused:
            return False
        found = Diagnostics()
        apply([override], self.declarations.copy(unused=False), found)
        return found.has_errors

    def _run(self, kind: str, read: Callable[[ast.Run], tuple[Record, ast.Run] | None]) -> Record | None:
        node = self.declarations.runs.get(kind)
        if node is None:
            return None
        self.scope.lost = False
        found = read(node)
        if found is None or self.scope.lost or self._malformed(node):
            self.declarations.broken.add((kind, kind))
            return None
        run, self.resolved[kind, kind] = found
        return run


def _is_library_text(model: Model) -> bool:
    """Whether it is the library's model of its name."""
    return model.name in library() and library_model(model.name).text == model.text
