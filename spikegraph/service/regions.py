"""What a page shows of a text, region by region, as values of JSON. The text is compiled once."""

import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from spikegraph.analysis.certificate import Certificate, certify
from spikegraph.analysis.energy import ENERGY_MODELS, EnergyModel
from spikegraph.analysis.quantised import Beside
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.graphviz.draw_file import Drawn
from spikegraph.backends.graphviz.render import Level
from spikegraph.backends.graphviz.theme import FONT
from spikegraph.backends.graphviz.units import ALL, Units
from spikegraph.base.errors import UserError
from spikegraph.base.record import record
from spikegraph.base.resources import BUILTIN, builtin_specs, description, resource
from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics, SpecError
from spikegraph.dsl.limits import MOST_SHOWN
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.ir.garbage import uncollected
from spikegraph.program.phases import Built
from spikegraph.program.program import Program
from spikegraph.service.checked import Checked, at_path, checked
from spikegraph.service.document import Document
from spikegraph.service.inlay_hints import hints

Json = dict[str, Any]

Picture = Literal["network", "block", "cell", "trellis", "ops"]
"""What is drawn: a level of `render`, or with `block` a network whose blocks of some name are open."""

NAME = "yours.sdhs"
"""The file that a text stands for, in a folder of the bundled specs, so that it imports what they import."""


@record
class Settings:
    """What is shown of a text.

    Attributes:
        folder: The folder of the bundled specs that imports start from: "" or `zoo`.
        genotype: The name of a bundled genotype, such as `genotypes/stereo`, or "".
        energy: The name of an energy model.
        picture: What is drawn.
        block: The name of what is open in a picture of a block; `all` for everything.
        dark: Whether the ground is dark.
    """

    folder: str = ""
    genotype: str = ""
    energy: str = "cmos-45nm"
    picture: Picture = "network"
    block: str = ALL
    dark: bool = False

    @classmethod
    def of(cls, given: Json) -> "Settings":
        """The settings of a link, of which nothing is trusted: what isn't known is the default."""
        known: Json = {
            "folder": ("", "zoo"),
            "genotype": ("", *genotypes()),
            "energy": tuple(ENERGY_MODELS),
            "picture": get_args(Picture),
            "dark": (False, True),
        }
        taken: Json = {name: given[name] for name, values in known.items() if given.get(name) in values}
        block = given.get("block")
        return cls(**taken, block=block if isinstance(block, str) and block else ALL)


def genotypes() -> list[str]:
    """The names of the bundled genotypes."""
    return [name for name in builtin_specs() if "genotypes/" in name]


def choices() -> Json:
    """What can be chosen: examples with their texts, genotypes, energy models, pictures."""
    found = {name: path for name, path in builtin_specs().items() if name.count("/") == name.startswith("zoo/")}
    written = genotypes()
    examples: list[Json] = []
    for name, path in found.items():
        folder, _, last = name.rpartition("/")
        genotype = f"{folder}/genotypes/{last}".removeprefix("/")
        text = path.read_text(encoding="utf-8")
        settings = {"folder": folder, "genotype": genotype if genotype in written else ""}
        examples.append({"name": name, "title": description(path), "text": text, **settings})
    return {"examples": examples, "genotypes": written, "energy": list(ENERGY_MODELS), "pictures": list(get_args(Picture))}


def regions(text: str, settings: Settings) -> Iterator[Json]:
    """The regions of a page on a text, each as soon as it is known: `{region: value}`.

    `problems` come first, those of the phase that is shown, with the types of wires; then `shapes` and `energy`, `picture` and
    `certificate`, each as it is or as `{"missing": why}`. At last come all problems, no longer `partial`: the supernet of a
    search, which nothing else shows, may take longer than the rest together.
    """
    found = _regions(text, settings)
    while True:
        with uncollected():
            part = next(found, None)
        if part is None:
            return
        yield part


def _regions(text: str, settings: Settings) -> Iterator[Json]:
    path = Path(os.path.realpath(resource("specs"))) / settings.folder / NAME
    genotype = BUILTIN + settings.genotype if settings.genotype else None
    program = Program.read(path, genotype=genotype, texts={path: text})
    checking = program.checking()
    first = checked(program, path, next(checking, program.resolved.diagnostics))
    wires = _wires(first, path)
    yield {"problems": {**_problems(first, path), "wires": wires, "partial": True}}
    yield from _built(_apart(program), path, settings, first.diagnostics)
    deque(checking, maxlen=0)
    every = replace(first, diagnostics=at_path(program.resolved.diagnostics, path))
    yield {"problems": {**_problems(every, path), "wires": wires, "partial": False}}


def _apart(program: Program) -> Program:
    """The same program with diagnostics of its own: what it lacks to be built, such as a genotype, isn't wrong with the first.

    What is known of networks is judged again, so that a mistake that only this program meets is left to the first one too.
    """
    own = Diagnostics()
    own.extend(program.resolved.diagnostics)
    return replace(program, resolved=replace(program.resolved, diagnostics=own), _spaces={})


def _built(program: Program, path: Path, settings: Settings, known: tuple[Diagnostic, ...]) -> Iterator[Json]:
    """The regions of a program that can be built."""
    try:
        built = program.build()
    except (SpecError, UserError) as error:
        missing = {"missing": _why(error, known)}
        yield dict.fromkeys(("shapes", "energy", "picture", "certificate"), missing)
        return
    model = ENERGY_MODELS[settings.energy]
    statistics = Statistics.of(built.outline, built.plain, model=model, time=built.time_steps)
    yield {"shapes": _shapes(statistics, built), "energy": _energy(statistics, model)}
    yield {"picture": _picture(program, built, settings)}
    try:
        yield {"certificate": _certificate(certify(program.build("deploy").plain), path)}
    except (SpecError, UserError) as error:
        yield {"certificate": {"missing": _why(error, known)}}


def _problems(found: Checked, path: Path) -> Json:
    source = SourceFile(str(path), found.text)
    return {"count": len(found.diagnostics), "items": [_problem(each, source) for each in found.diagnostics[:MOST_SHOWN]]}


def _wires(found: Checked, path: Path) -> list[Json]:
    lines = found.text.split("\n")
    return [
        {"line": h.place.line, "type": h.whole, "name": _word_before(lines[h.place.line - 1], h.place.column)}
        for h in hints(Document(path, found.text), found)
    ]


def _word_before(line: str, column: int) -> str:
    return re.split(r"\W", line[: column - 1])[-1]


def _problem(found: Diagnostic, source: SourceFile) -> Json:
    """A diagnostic; places are offsets in UTF-16, as browsers count."""
    here = found.span.file == source.name
    fixes = [
        {**_range(fix.span, source), "replacement": fix.replacement, "text": fix.text}
        for fix in found.fixes
        if fix.span.file == source.name
    ]
    return {
        "code": found.code,
        "severity": found.severity,
        "file": "" if here else Path(found.span.file).name,
        "line": found.span.line,
        "column": found.span.column,
        **(_range(found.span, source) if here else {}),
        "excerpt": _excerpt(found.span, source) if here else None,
        "summary": found.summary,
        "detail": found.detail,
        "help": found.help,
        "fixes": fixes,
    }


def _range(span: Span, source: SourceFile) -> Json:
    first, last = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
    return {"start": _units(source.text[:first]), "end": _units(source.text[:last])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _excerpt(span: Span, source: SourceFile) -> list[str]:
    """The line of a problem: what is before it, what it is about, and what is behind."""
    line = source.line(span.line)
    end = span.end_column if span.end_line == span.line else len(line) + 1
    return [line[: span.column - 1], line[span.column - 1 : end - 1], line[end - 1 :]]


def _why(error: SpecError | UserError, known: tuple[Diagnostic, ...]) -> str:
    """Why a region has nothing to show: the first error that isn't among the problems already."""
    if isinstance(error, UserError):
        return error.summary
    new = next((d for d in error.diagnostics if d.severity == "error" and d not in known), None)
    if new is None:
        return "Correct the problems first."
    help = "choose a genotype, or write it in the spec" if new.code == "SG0317" else new.help
    return f"{new.summary}; {help}" if help else new.summary


def _shapes(found: Statistics, built: Built) -> Json:
    layers = [{"name": e.name, "op": e.op, "type": str(e.value), "parameters": e.parameters} for e in found.layers]
    return {"phase": built.phase, "layers": layers, "parameters": found.parameters, "roles": dict(found.roles)}


def _energy(found: Statistics, model: EnergyModel) -> Json:
    return {
        "text": found.energy,
        "beside": str(Beside.of(found, model)),
        "model": model.name,
        "doc": model.doc,
        "source": model.source,
        "picojoules": dict(model.picojoules),
        "additions": sum(layer.additions for layer in found.layers),
        "multiplications": sum(layer.multiplications for layer in found.layers),
    }


def _picture(program: Program, built: Built, settings: Settings) -> Json:
    level: Level = "network" if settings.picture == "block" else settings.picture
    expand = (settings.block,) if settings.picture == "block" else ()
    blocks = [ALL, *Units.of(built.outline).names]
    try:
        drawing = Drawn(built.space.name, program, {}, {}).drawing(level, expand=expand, dark=settings.dark)
        # Without the system's fonts Graphviz knows the widths of letters of a font, not of a list of them.
        dot = drawing.dot.replace(FONT, FONT.partition(",")[0])
        return {"dot": dot, "engine": drawing.laid_out_by, "name": f"{level} of {built.space.name}", "blocks": blocks}
    except (SpecError, UserError) as error:
        return {"missing": _why(error, ()), "blocks": blocks}


def _certificate(found: Certificate, path: Path) -> Json:
    places = [
        {
            "code": place.code,
            "file": "" if place.span.file == str(path) else Path(place.span.file).name,
            "line": place.span.line,
            "summary": place.summary,
            "help": place.help,
        }
        for place in found.places[:MOST_SHOWN]
    ]
    rows = [list(row) for row in found.details]
    return {"spiking": found.holds, "summary": found.summary, "details": rows, "places": places, "count": len(found.places)}
