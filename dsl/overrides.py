"""Overrides by dotted path, from a profile or from `--set PATH=VALUE`, put into the tree as if they were written there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, reduce

from spikegraph.base.nearest import listed
from spikegraph.dsl import ast
from spikegraph.dsl.declarations import Declarations
from spikegraph.dsl.deprecated import new_path
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.like import merged
from spikegraph.dsl.neuron_values import names_neuron, takes_neuron
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.override_bodies import Override, entry_name, for_source, in_blocks, params_of, with_argument, with_overrides
from spikegraph.dsl.override_texts import lost
from spikegraph.dsl.param_values import TAKES, written_kind
from spikegraph.dsl.schema.cell import Cell
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.key import Key, Schema
from spikegraph.dsl.schema.network import Block, Network
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import RUNS, Dgs
from spikegraph.dsl.schema.trellis import Trellis
from spikegraph.dsl.source import Span

_RECORDS: dict[str, tuple[type, ...]] = {
    "neuron": (Neuron,),
    "candidates": (),
    "cell": (Cell,),
    "trellis": (Trellis,),
    "block": (Block,),
    "network": (Network,),
    "dataset": (),
}


def apply(overrides: Iterable[Override], declarations: Declarations, diagnostics: Diagnostics) -> None:
    """Put each override into the declaration, run or params that its path names; later ones win."""
    paths: dict[tuple[str, str], dict[str, None]] = {}
    targets: dict[tuple[str, str], dict[str, Override]] = {}
    unknown: set[str] = set()
    given = list(overrides)
    for override in given:
        head, *rest = override.path
        heads = _heads(head, declarations)
        if not heads:
            if head not in unknown and not declarations.incomplete and not any(name == head for _, name in declarations.broken):
                known = [n for kind in _RECORDS for n in declarations.named[kind]] + list(declarations.runs)
                if head in declarations.named["model"]:
                    help = f"`{head}` is a model; a neuron that has it gives its numbers: `NEURON.model.NUMBER`"
                    diagnostics.error("SG0702", override.span, f"unknown path `{head}`", help=help)
                else:
                    lost(override, head, known, diagnostics)
                unknown.add(head)
            continue
        for kind in heads:
            if (kind, head) not in paths:
                paths[kind, head] = dict.fromkeys(_paths(kind, head, declarations))
        path, value = ".".join(rest), override.value
        for kind in heads:
            path, value = new_path(kind, path, value, override.span, diagnostics)
        having = [kind for kind in heads if path in paths[kind, head]]
        if len(having) > 1 and _in_two(override, having, declarations, given, diagnostics):
            continue
        hit = having[0] if having else None
        for kind in heads if hit is None else ():
            base = path.rpartition(".")[0]
            if base in paths[kind, head]:
                called = _value(kind, head, base, declarations, targets)
                if isinstance(called, ast.Name) and (kind, base) == ("neuron", "model"):
                    called = ast.Call(called, (), called.span)
                if isinstance(called, ast.Call):
                    hit, path, value = kind, base, with_argument(called, path[len(base) + 1 :], value, override.span)
        if hit is None:
            known = [f"{head}.{key}" for kind in heads for key in paths[kind, head]]
            lost(override, ".".join(override.path), known, diagnostics)
        else:
            if not _fits(hit, head, path, value, declarations, diagnostics):
                continue
            targets.setdefault((hit, head), {})[path] = replace(override, value=value)
    for (kind, head), own in sorted(targets.items(), key=lambda target: len(_names(*target[0], declarations))):
        _put(kind, head, own, declarations)  # bases first
    for (kind, head), own in targets.items():
        for path, override in own.items() if kind == "network" else ():
            _warn_if_bound(head, path, override.span, declarations, diagnostics)


def _in_two(
    override: Override, kinds: list[str], declarations: Declarations, others: Iterable[Override], diagnostics: Diagnostics
) -> bool:
    """Whether several declarations have what a path names; adds an error if so. A data set has the keys of its source."""
    head, *rest = override.path
    path = ".".join(rest)
    of_source = {key.name for key in _keys_of_dataset(head, declarations, others)}
    found = [kind for kind in kinds if kind != "dataset" or path in of_source]
    if len(found) < 2:
        return False
    names = listed([f"{kind} {head}" for kind in found], last="and")
    summary = f"`{head}.{path}` is something else in each of {names}"
    diagnostics.error("SG0705", override.span, summary, help="give them different names")
    return True


def _warn_if_bound(network: str, param: str, span: Span, declarations: Declarations, diagnostics: Diagnostics) -> None:
    """Adds a warning (SG0704) for the default of a param that each run of the network, or of one like it, binds."""
    runs = {
        kind: run
        for kind, run in declarations.runs.items()
        if network in (d.name.id for d in _family("network", run.network.id, declarations))
    }
    if runs and all(param in (argument.name for argument in run.bindings) for run in runs.values()):
        who = f"{listed(runs, last='and')} bind{'s' * (len(runs) == 1)}"
        paths = listed([f"{kind}.{param}" for kind in runs], last="and")
        own = any(key.name == param for kind in runs for key in _schema(kind))
        help = f"write another value where it is bound, or call it otherwise: {paths} sets a key" if own else f"give {paths}"
        diagnostics.warning("SG0704", span, f"{who} `{param}`, so its default in `{network}` has no effect", help=help)


def _fits(kind: str, head: str, path: str, value: ast.Expr, declarations: Declarations, diagnostics: Diagnostics) -> bool:
    """Whether a value is one that the param of a path can have, as far as the text shows; adds an error if not."""
    if kind not in ("network", "block"):
        return True
    block, _, name = path.rpartition(".")
    found = declarations.named[kind][head]
    own = [found] if isinstance(found, ast.Block) else _family(kind, head, declarations)
    bodies = [
        d.body for d in ([_blocks(head, declarations)[block], *own] if block else own)
    ]  # a block sees the params around it
    params: dict[str, ast.Expr] = {}
    for s in (s for body in bodies for s in body if isinstance(s, ast.Param)):
        params.setdefault(s.name.id, s.value)
    if name in params and names_neuron(params[name], params, declarations):
        return takes_neuron(value, params, declarations, diagnostics)
    wanted, given = written_kind(params.get(name)), written_kind(value)
    if wanted is None or given is None or given == wanted or (wanted == "list" and given == "number"):
        return True
    summary = f"expected {TAKES[wanted]}, found {describe(value)}"
    diagnostics.error("SG0207", value.span, summary)
    return False


def _value(
    kind: str, head: str, key: str, declarations: Declarations, given: Mapping[tuple[str, str], Mapping[str, Override]]
) -> ast.Expr | None:
    """The value of a key: overridden or written out, in the declaration itself or in what it is like."""
    for name in _names(kind, head, declarations):
        before = given.get((kind, name), {}).get(key)
        found = _written(kind, name, key, declarations) if before is None else before.value
        if found is not None:
            return found
    return None


def _names(kind: str, head: str, declarations: Declarations) -> list[str]:
    """The name of a declaration and those of its bases."""
    return [head, *(d.name.id for d in _family(kind, head, declarations)[1:])] if kind not in RUNS else [head]


def _written(kind: str, head: str, key: str, declarations: Declarations) -> ast.Expr | None:
    """The value of a key where it is written out."""
    node = declarations.runs[kind] if kind in RUNS else declarations.named[kind][head]
    body = () if isinstance(node, ast.Path) else node.body
    return next((s.value for s in body if isinstance(s, ast.Entry) and entry_name(s) == key), None)


def overridden(
    override: Override, declarations: Declarations, others: Iterable[Override] = ()
) -> list[tuple[Key[object], ast.Expr]]:
    """The key that an override's path names, with the value; none for params and candidates.

    Args:
        override: The override.
        declarations: What is overridden.
        others: All overrides, of which one may change the source of a data set and so its keys.
    """
    head, *rest = override.path
    path, value = ".".join(rest), override.value
    heads = _heads(head, declarations)
    for kind in heads:
        path, value = new_path(kind, path, value, override.span, Diagnostics())  # `apply` has reported old spellings
        if path.startswith("dgs.") and kind == "retrain":
            return [(key, value) for key in keys(Dgs) if f"dgs.{key.name}" == path]
        schema = _keys_of_dataset(head, declarations, others) if kind == "dataset" else _schema(kind)
        found = [(key, value) for key in schema if key.name == path]
        # A param of a network may be called like a key of the data set with the network's name.
        if found or (kind != heads[-1] and path in _paths(kind, head, declarations)):
            return found
    return []


def _keys_of_dataset(head: str, declarations: Declarations, others: Iterable[Override]) -> Schema:
    """The keys of a data set, by its source after all overrides."""
    given = [o.value for o in others if o.path == (head, "source")]
    written = given[-1] if given else _written("dataset", head, "source", declarations)
    name = head if written is None else written.id if isinstance(written, ast.Name) else ""
    return keys(SOURCES[name].record) if name in SOURCES else ()


def _heads(head: str, declarations: Declarations) -> list[str]:
    if head in RUNS:
        return [head] if head in declarations.runs else []
    return [kind for kind in _RECORDS if head in declarations.named[kind]]


def _paths(kind: str, head: str, declarations: Declarations) -> list[str]:
    """The paths after `head` that can be overridden."""
    if kind in RUNS:
        run = declarations.runs[kind]
        found = [key.name for key in _schema(kind)] + _params(run.network.id, declarations)
        found += [argument.name for argument in run.bindings if argument.name is not None and argument.name not in found]
        if any(isinstance(statement, ast.Dgs) for statement in run.body):
            found += [f"dgs.{key.name}" for key in keys(Dgs)]
        return found
    found = [key.name for key in _schema(kind)]
    if kind == "network":
        found += _params(head, declarations)
        found += [f"{name}.{param}" for name, b in _blocks(head, declarations).items() for param in _block_paths(b)]
    if kind == "block":
        found += params_of(declarations.blocks()[head].body)
    if kind == "candidates":
        names = [entry_name(s) for d in _family(kind, head, declarations) for s in d.body]
        found += [name for name in names if name is not None]
    if kind == "dataset":
        records = dict.fromkeys(source.record for source in SOURCES.values())
        found += dict.fromkeys(key.name for record in records for key in keys(record))
    return found


@cache
def _schema(kind: str) -> Schema:
    records = (RUNS[kind],) if kind in RUNS else _RECORDS[kind]
    return tuple({key.name: key for record in records for key in keys(record)}.values())


def _family(kind: str, name: str, declarations: Declarations) -> list[ast.Declaration]:
    """A declaration and the bases that its `like` leads to, as far as they are known."""
    table = declarations.named[kind]
    found: dict[str, ast.Declaration] = {}
    while name not in found and isinstance(declaration := table.get(name), ast.Declaration):
        found[name] = declaration
        like = declaration.like
        if like is None:
            break
        name = like.id
    return list(found.values())


def _alone(dataset: str, declarations: Declarations) -> ast.Declaration:
    """A data set with the entries of its bases, so that another source can do without those too."""
    own, *bases = _family("dataset", dataset, declarations)
    if bases and bases[-1].like is None:
        own = merged(reduce(merged, reversed(bases)), own)
    return own


def _params(network: str, declarations: Declarations) -> list[str]:
    return [param for d in _family("network", network, declarations) for param in params_of(d.body)]


def _blocks(network: str, declarations: Declarations) -> dict[str, ast.Block]:
    """The blocks of a network and its bases, by name."""
    family = reversed(_family("network", network, declarations))
    return {s.name.id: s for d in family for s in d.body if isinstance(s, ast.Block)}


def _block_paths(block: ast.Block) -> list[str]:
    return [*(key.name for key in keys(Block)), *params_of(block.body)]


def _put(kind: str, head: str, given: dict[str, Override], declarations: Declarations) -> None:
    """Put overrides into one declaration or run, which has every path."""
    if kind in RUNS:
        declarations.runs[kind] = _in_run(declarations.runs[kind], given)
        return
    declaration = declarations.named[kind][head]
    assert isinstance(declaration, ast.Declaration | ast.Block)
    body, params = declaration.body, list[str]()
    if isinstance(declaration, ast.Block):
        params = params_of(body)
    elif kind == "network":
        params = _params(head, declarations)
        body, given = in_blocks(body, _blocks(head, declarations), given)
    elif kind == "dataset" and "source" in given:
        declaration = _alone(head, declarations)
        body = for_source(declaration.body, head, given["source"].value)
    declarations.named[kind][head] = replace(declaration, body=with_overrides(body, given, params))


def _in_run(run: ast.Run, given: dict[str, Override]) -> ast.Run:
    known = {key.name for key in _schema(run.kind)}
    own = {path: override for path, override in given.items() if path in known}
    dgs = {path.removeprefix("dgs."): override for path, override in given.items() if path.startswith("dgs.")}
    body = [replace(s, body=with_overrides(s.body, dgs)) if isinstance(s, ast.Dgs) else s for s in run.body]
    bindings = {argument.name or i: argument for i, argument in enumerate(run.bindings)}
    for path, override in given.items():
        if path not in own and not path.startswith("dgs."):
            bindings[path] = ast.Argument(path, override.value, override.span)
    return replace(run, body=with_overrides(tuple(body), own), bindings=tuple(bindings.values()))
