"""Hostile models of neurons, damaged and random, in specs and graphs: diagnostics or success, in 5 s; nothing is executed."""

import resource
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from cases import Outcome
from mutants import STRAYS, lines, octets, soup, tokens
from pydantic import ValidationError
from specs_mutants import Limit, inside, judged

from spikegraph.dsl.models.library import library, library_text
from spikegraph.dsl.models.texts import model_of
from spikegraph.equations.functions import FUNCTIONS
from spikegraph.ir.neuron import Neuron
from spikegraph.program.program import Program

SECONDS = 5
"""Of the processor, after which a case has failed."""

MOST_MEMORY = 256 * 1024
"""KiB by which a case may raise the most memory of the process."""

DIAGNOSTICS = Path(__file__).parents[2] / "tests" / "diagnostics"

PYTHON = (
    *(
        "__import__",
        "os",
        "self",
        "torch",
        "np",
        "lambda",
        "class",
        "def",
        "eval",
        "exec",
        "print",
        "float",
        "nan",
        "NaN",
        "inf",
    ),
    *("__class__", "__globals__", "x", "t", "u", "y", "step", "state", "number", "emit", "case", "of", "in", "_", "__", "I"),
    *("C", "N", "T", "None", "True", "import", "torch_sigmoid", "surrogate", "a" * 255, "a" * 256, "decay", "threshold"),
)
"""Names that mean something elsewhere, or that generated code could have."""

MODEL_STRAYS = (
    *STRAYS,
    *("__import__('os').system('touch executed')", "eval(\"open('executed', 'w')\")", "v[t-1]", "v[t-2]", "I[t]", "[t-1]"),
    *("case k { a: I  b: v[t-1] }", "fire(u, threshold)", "reset(u, y)", "leak(v[t-1], decay)", "where(I > 0, I, 0)"),
    *("learned per channel", "in (0, inf)", "emit y else u", "over time", "weights w[time, time] = identity", "detach(I)"),
    *("1e15", "1e-300", "0.0", "-0", "1e308", "inf", "nan", ">=", "<", "|", "not", "and", "or", "straight(round(I))"),
    *(
        "exp(" * 20 + "I" + ")" * 20,
        "(I * " * 30 + "I" + ")" * 30,
        "- " * 200 + "I",
        "1e15" + " * 1e15" * 40,
        "I" + " + I" * 600,
    ),
)


def case(seed: int) -> Outcome:
    """One text: a damaged model in 5 of 10 cases, a random one in 3, the text of a neuron in a graph in 2."""
    rng = Random(f"model mutants {seed}")
    number = seed % 10
    kind = "damaged model" if number < 5 else "random model" if number < 8 else "text of a graph"
    text, before = "", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with TemporaryDirectory() as folder, Limit(SECONDS):
        try:
            text = random_model(rng) if kind == "random model" else _damaged(rng)
            if kind == "text of a graph":
                _graph(text.removeprefix("sdhs 1\n"))
            else:
                path = Path(folder) / "mutant.sdhs"
                path.write_text(text, encoding="utf-8", errors="surrogatepass")
                judged(path, path)
                inside(Program.read(path).check())
        except Exception as error:  # noqa: BLE001 (every exception is a finding)
            return Outcome(kind, False, f"{type(error).__name__}: {error}\n{text!r}")
    if Path("executed").exists():
        return Outcome(kind, False, f"it was executed\n{text!r}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return Outcome(kind, grown < MOST_MEMORY, "" if grown < MOST_MEMORY else f"{grown} KiB more memory\n{text!r}")


@cache
def _texts() -> tuple[str, ...]:
    """The models of the library, and those of the tests of diagnostics."""
    found = [library_text(name) for name in library()]
    found += [(DIAGNOSTICS / name).read_text(encoding="utf-8") for name in ("models.sdhs", "models_syntax.sdhs")]
    return tuple(found)


def _damaged(rng: Random) -> str:
    text = rng.choice(_texts())
    match rng.randrange(10):
        case 0:
            return lines(rng, text)
        case 1:
            return soup(rng, _texts())
        case 2:
            return octets(rng, text.encode()).decode("utf-8", "replace")
        case _:
            return tokens(rng, text, MODEL_STRAYS, 6)


def _graph(text: str) -> None:
    """Reads a neuron as a file of a graph has it."""
    fields = {"model": "lif", "decay": 0.5, "threshold": 1.0, "text": text}
    try:
        neuron = Neuron.model_validate(fields)
    except ValidationError:
        return
    if text:
        assert model_of(neuron.text).text
    assert Neuron.model_validate_json(neuron.model_dump_json()) == neuron


def random_model(rng: Random) -> str:
    """A model of random lines; most have a mistake."""
    name, head = _name(rng), rng.choice(("I", "I", "I", "I, J", "", "I, I"))
    made: list[str] = []
    numbers = [_name(rng) for _ in range(rng.choice((0, 1, 3, 3, 20)))]
    made += [f"number {each} = {_value(rng)} in {_range(rng)}{rng.choice(('', '', ' learned'))}" for each in numbers]
    options = [_name(rng) for _ in range(rng.choice((0, 0, 1, 2, 5, 100)))]
    made += [f"option {each} = a of a | b" for each in options]
    states = [_name(rng) for _ in range(rng.choice((0, 1, 1, 2, 65, 300)))]
    made += [f"state {each} = {_value(rng)}" for each in states]
    known = ["I", *numbers, *(f"{each}[t-1]" for each in states)]
    for each in (*states, *(_name(rng) for _ in range(rng.choice((0, 2, 10))))):
        value = _term(rng, known, rng.choice((1, 1, 2, 2, 3, 6) if len(states) < 100 else (1,)))
        if options and rng.random() < 0.3:
            value = f"case {rng.choice(options)} {{ a: {value}  b: {_term(rng, known, 2)} }}"
        made.append(f"{each} = {value}")
        known.append(each)
    made += [f"u = {_term(rng, known, 4)}", f"y = fire(u, {_value(rng)})", rng.choice(("emit y else u", "emit u", "emit y"))]
    joined = rng.choice(("\n  ", "\n  ", " ")).join(made)
    use = f"neuron n {{ model = {name} }}\nnetwork net {{ input x : real[2, 4, 4]  time = 2  a = x -> n  output o = a }}\n"
    return f"sdhs 1\nmodel {name}({head}) {{\n  {joined}\n}}\n{use}"


def _name(rng: Random) -> str:
    return rng.choice(PYTHON) if rng.random() < 0.2 else f"n{rng.randrange(10**6)}"


def _value(rng: Random) -> str:
    return rng.choice(("0", "1", "0.5", "0.5", "1e15", "-1e15", "1e-300", "1e-15", "99999999999999", "1e16", "inf", "-1"))


def _range(rng: Random) -> str:
    return rng.choice(
        ("[0, 1]", "(0, 1)", "(0, inf)", "(0, inf)", "(-inf, inf)", "[-1e15, 1e15]", "[0, 1e-300]", "[1, 0]", "(0, 0)")
    )


def _term(rng: Random, known: Sequence[str], depth: int) -> str:
    """A random term; its size is bounded by the depth."""
    if depth == 0:
        return rng.choice(known) if rng.random() < 0.7 else _value(rng)
    first, second = _term(rng, known, depth - 1), _term(rng, known, rng.randrange(depth))
    match rng.randrange(6):
        case 0 | 1 | 2:
            return f"({first} {rng.choice('+-**/')} {second})"
        case 3:
            return f"-{first}"
        case 4:
            return f"where({first} > {second} and not {second} <= 0, {first}, {second})"
        case _:
            function = rng.choice(sorted(FUNCTIONS))
            operands = [first, second, "1"][: len(FUNCTIONS[function].operands)]
            return f"{function}({', '.join(operands)})"
