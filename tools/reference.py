"""Write the tables of `docs/language.md` from the schemas and registries: `python tools/reference.py [--check]`."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from spikegraph.dsl.models.library import equation_lines, library, library_text
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS
from spikegraph.dsl.schema.calls import Signature
from spikegraph.dsl.schema.cell import Cell
from spikegraph.dsl.schema.dataset import SOURCES, Dataset
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS, IMAGE_ENCODINGS
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.schema.methods import DISCRETISE, METHODS
from spikegraph.dsl.schema.network import INPUT_KINDS, Block, Network
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.dsl.schema.objectives import OBJECTIVES
from spikegraph.dsl.schema.optimisers import OPTIMISERS
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import Dgs, Retrain, Search
from spikegraph.dsl.schema.schedules import SCHEDULES
from spikegraph.dsl.schema.trellis import Trellis
from spikegraph.equations.functions import FUNCTIONS
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.operation_text import documentation, usage
from spikegraph.ir.surrogates import SURROGATES

DOCUMENT = Path(__file__).parents[1] / "docs" / "language.md"
CALLS = {
    "fire(u, threshold, levels = 1, at = above, surrogate = NAME(b))": "the spikes of a potential: 1 where it is above the "
    "threshold, else 0, or with `levels` how many multiples of it; what isn't written is the neuron's key; the gradient is the "
    "surrogate's",
    "reset(u, y, by = threshold, to = 0)": "the potential after its spikes, as the neuron's `reset` says: `hard` sets it to "
    "`to`, `soft` takes `by` for each spike, `late` does so one step later; `detach_reset` is about this y",
    "leak(v[t-1], decay)": "decay * v[t-1]; with a late reset the decay has happened before",
    "sum(k in 4, w[k] * I[t-k])": "a sum over 0, 1, 2, 3, spelled out from the left; over all steps, `sum(s in time, ...)`",
}
"""The calls of models that have a meaning of their own."""

RECORDS = tuple(dict.fromkeys(source.record for source in SOURCES.values()))
"""The keys of all sources."""

EVENT_DATASETS = tuple(record for record in RECORDS if any(key.name == "slices" for key in keys(record)))
DATASETS = tuple(record for record in RECORDS if record not in EVENT_DATASETS)
_MARKED = re.compile(r"(<!-- begin: ([\w -]+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def keys_of(*records: type) -> str:
    """The table of keys in these records. A key that differs between data sets has a line for each, with their sources."""
    found: dict[object, list[tuple[Key[object], type]]] = {}
    common = {key.name for key in keys(Dataset)}
    for kind in records:
        for key in keys(kind):
            found.setdefault(key.name if key.name in common else (key.name, key.doc, key.default), []).append((key, kind))
    lines = Counter(same[0][0].name for same in found.values())
    rows = list[tuple[str, ...]]()
    for same in found.values():
        key = same[0][0]
        of = "" if lines[key.name] == 1 else f" of {', '.join(map(sources_of, [kind for _, kind in same]))}"
        rows.append((f"`{key.name}`{of}", key.type.words, default(key), key.doc))
    return table(("key", "value", "default", "meaning"), rows)


def sources_of(record: type) -> str:
    """The sources whose keys are those of a record."""
    return ", ".join(f"`{name}`" for name, source in SOURCES.items() if source.record is record)


def default(key: Key[object]) -> str:
    """A key's default in the language, or in words."""
    if key.same_as is not None:
        return f"that of `{key.same_as}`"
    return "" if key.default is None else f"`{key.default}`"


def calls(vocabulary: Mapping[str, Signature]) -> str:
    """The table of a vocabulary of calls."""
    return table(
        ("call", "meaning", "parameters"),
        (
            (f"`{s.text}`", s.doc, "; ".join(f"`{k.name}`: {k.type.words}: {k.doc}" for k in s.parameters))
            for s in vocabulary.values()
        ),
    )


def types(op: type[Op]) -> str:
    """An operation's docstring after its first line, on one line: operands, result, parameters."""
    return " ".join(documentation(op).split("\n")[1:]).strip().replace("*", r"\*")


def equations(signature: ModelSignature) -> str:
    """The lines of a model's time step, those of the library's text if it has one."""
    text = library_text(signature.name) if signature.name in library() else ""
    lines = equation_lines(text) if text else signature.equation.split("; ")
    return "<br>".join(f"`{line}`" for line in lines)


def functions() -> dict[str, str]:
    """What the calls of models give."""
    plain = {f"{name}({', '.join(f.operands)})": f.doc for name, f in FUNCTIONS.items()}
    return {**CALLS, **plain}


def tables() -> dict[str, str]:
    """The text between each pair of markers."""
    written = sorted((op for op in OPS.values() if op.written), key=lambda op: op.name)
    return {
        "neuron": keys_of(Neuron),
        "models": table(
            ("model", "one time step", "keys", "meaning", "source"),
            (
                (f"`{s.text}`", equations(s), ", ".join(f"`{key}`" for key in s.keys), s.doc, s.source)
                for s in sorted(NEURON_MODELS.values(), key=lambda s: s.name)
            ),
        ),
        "functions": table(("function", "meaning"), ((f"`{call}`", doc) for call, doc in functions().items())),
        "cell": keys_of(Cell),
        "trellis": keys_of(Trellis),
        "network": keys_of(Network),
        "block": keys_of(Block),
        "kinds": table(("kind", "values"), ((f"`{kind}`", words) for kind, words in INPUT_KINDS.items())),
        "sources": table(
            ("sources", "keys"),
            (
                (sources_of(record), ", ".join(f"`{key.name}`" for key in keys(record)))
                for record in (*DATASETS, *EVENT_DATASETS)
            ),
        ),
        "dataset": keys_of(*DATASETS),
        "events": keys_of(*EVENT_DATASETS),
        "event-encodings": calls(EVENT_ENCODINGS),
        "image-encodings": calls(IMAGE_ENCODINGS),
        "augmentations": calls(AUGMENTATIONS),
        "search": keys_of(Search),
        "retrain": keys_of(Retrain),
        "dgs": keys_of(Dgs),
        "methods": calls(METHODS),
        "objectives": calls(OBJECTIVES),
        "discretise": calls(DISCRETISE),
        "optimisers": calls(OPTIMISERS),
        "schedules": calls(SCHEDULES),
        "losses": calls(LOSSES),
        "surrogates": table(
            ("surrogate", "dy/du, with x = u - threshold", "source", "meaning"),
            ((f"`{s.name}(b = {s.parameters['b']:g})`", f"`{s.formula}`", s.source, s.doc) for s in SURROGATES.values()),
        ),
        "operations": table(
            ("operation", "meaning", "operands, result, parameters"),
            ((f"`{usage(op)}`", op.summary(), types(op)) for op in written),
        ),
    }


def rewritten(text: str) -> str:
    """The document with updated tables.

    Raises:
        KeyError: A marker has no table, or a table has no marker.
    """
    made = tables()
    found = {match[2] for match in _MARKED.finditer(text)}
    if found != set(made):
        raise KeyError(f"markers and tables differ: {sorted(found ^ set(made))}")
    return _MARKED.sub(lambda match: match[1] + made[match[2]] + match[3], text)


def main(arguments: list[str]) -> int:
    """Rewrite the document. With `--check`, only return 1 if it is out of date."""
    text = DOCUMENT.read_text(encoding="utf-8")
    new = rewritten(text)
    if "--check" in arguments:
        return int(new != text)
    DOCUMENT.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
