"""Reads a model: its names, each set once, and its lines for each choice of options."""

from dataclasses import replace
from itertools import product

from spikegraph.dsl import ast
from spikegraph.dsl.builder import MODEL_WORDS
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.layout import flat
from spikegraph.dsl.models.calls import CALLS
from spikegraph.dsl.models.declared import matrix_of, option_of, quantity_of
from spikegraph.dsl.models.emitted import emitted, names_of
from spikegraph.dsl.models.expressions import Expressions
from spikegraph.dsl.models.late_resets import paired
from spikegraph.dsl.models.names import MOST_OPERATIONS, Names
from spikegraph.dsl.models.spelled_out import spelled_out
from spikegraph.dsl.models.spikes import FIRED, one_at_a_time
from spikegraph.dsl.models.typed import SPIKES, WORDS
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.readers.block import allowed
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import Span
from spikegraph.dsl.traversal import malformed
from spikegraph.equations.functions import FUNCTIONS
from spikegraph.equations.interval import Interval
from spikegraph.equations.model import Equations, Line, Matrix, Model, Option, Quantity, State

MOST_STATES, MOST_VARIANTS = 64, 64
"""Limits of a model: far above every sensible one."""

RESERVED = ("t", "time", "inf", "true", "false", "none", *FUNCTIONS, *CALLS)
"""Names that mean something in every model."""

KEYS = ("decay", "threshold", "reset", "surrogate", "detach_reset", "fires", "levels", "spike_at", "decay_input", "steps")
"""The keys of `neuron` that the text of a model may call for."""

TAKEN = ("model", "neuron", "reset", "surrogate", "detach_reset", "fires", "levels", "spike_at", "steps")
"""Keys of `neuron` whose meaning no number or option of a model can have."""


def read_model(node: ast.Declaration, scope: Scope) -> Model | None:
    """The model of a declaration; None if it is wrong."""
    if not allowed(node.body, "model", scope):
        return None
    count = scope.diagnostics.errors
    spelled = spelled_out(node, scope.diagnostics)
    if scope.diagnostics.errors > count:
        return None
    found = _Reader(spelled, scope.diagnostics).model()
    if found is None:
        return None
    return replace(found, text=print_file(ast.File(1, (node,), (), node.span)).split("\n", 2)[2])


class _Reader:
    def __init__(self, node: ast.Declaration, diagnostics: Diagnostics) -> None:
        self.node, self.diagnostics = node, diagnostics
        self.numbers: dict[str, Quantity] = {}
        self.options: dict[str, Option] = {}
        self.states: dict[str, ast.State] = {}
        self.places: dict[str, Span] = {}
        self.matrices: dict[str, Matrix] = {}
        self.over = False
        self.misnamed = False
        self.used: set[str] = set()
        self.keys: set[str] = set()

    def model(self) -> Model | None:
        count = self.diagnostics.errors
        lines, emits = self._names()
        if self.diagnostics.errors > count or self.misnamed or malformed(self.node):
            return None
        if not lines or not emits:
            what = "sets nothing" if not lines else "emits nothing"
            self.diagnostics.error(
                "SG1209", self.node.name.span, f"`{self.node.name.id}` {what}", help="end it with `emit y else u`"
            )
            return None
        variants: dict[tuple[str, ...], Equations] = {}
        words = [option.words for option in self.options.values()]
        for chosen in product(*words):
            found = self._variant(dict(zip(self.options, chosen, strict=True)), lines, emits[0])
            if found is None:
                return None
            variants[chosen] = found
        if not self._all_used(lines):
            return None
        if {"off", "on"} == set(getattr(self.options.get("decay_input"), "words", ())):
            self.keys.add("decay_input")
        if self.over:
            self.keys.add("steps")
        inputs = tuple(each.id for each in self.node.inputs)
        numbers, options = tuple(self.numbers.values()), tuple(self.options.values())
        keys = tuple(key for key in KEYS if key in self.keys)
        return Model(self.node.name.id, inputs, numbers, options, variants, keys, tuple(self.matrices.values()), self.over)

    # Names.

    def _names(self) -> tuple[list[ast.Entry], list[ast.Emit]]:
        """The lines and what is emitted, with every name known."""
        lines: list[ast.Entry] = []
        emits: list[ast.Emit] = []
        if not self.node.inputs:
            summary = f"`{self.node.name.id}` has no input"
            self.diagnostics.error(
                "SG1209", self.node.name.span, summary, help=f"write `model {self.node.name.id}(I) {{ ... }}`"
            )
        for each in self.node.inputs:
            if each.id in MODEL_WORDS:  # the parser looks at the body alone
                summary = f"`{each.id}` is a word of models"
                self.diagnostics.error("SG1201", each.span, summary, help="choose another name")
            self._set(each)
        timed = [s for s in self.node.body if isinstance(s, ast.Quantity) and s.learned is not None and s.learned.id == "step"]
        square = [s for s in self.node.body if isinstance(s, ast.Weights)]
        if (timed or square) and not any(isinstance(s, ast.Over) for s in self.node.body):
            what = "a number for each step" if timed else "weights of all steps"
            help = "make `over time` the first line: such a model has all steps at once, and can't stream"
            self.diagnostics.error("SG1212", (timed or square)[0].span, f"{what} in a model of one step", help=help)
        for statement in self.node.body:
            match statement:
                case ast.Quantity():
                    found = quantity_of(statement, self.diagnostics)
                    if found is not None and self._set(statement.name, number=True):
                        self.numbers[found.name] = found
                case ast.Option():
                    option = option_of(statement, self.diagnostics)
                    if option is not None and self._set(statement.name, number=True):
                        self.options[option.name] = option
                        self.misnamed |= not MODEL_WORDS.isdisjoint(option.words)
                case ast.State():
                    if self._set(statement.name):
                        self.states[statement.name.id] = statement
                case ast.Entry(ast.Name()):
                    lines.append(statement)
                case ast.Entry(key):
                    summary = f"`{flat(key)}` can't be set"
                    self.diagnostics.error("SG1201", key.span, summary, help="set the name alone: it is its value at this step")
                case ast.Emit():
                    emits.append(statement)
                case ast.Over():
                    self._over(statement)
                case ast.Weights():
                    if self._set(statement.name):
                        self.matrices[statement.name.id] = matrix_of(statement, self.diagnostics)
                case _:
                    pass
        if len(emits) > 1:
            labels = [Label(emits[0].span, "first here")]
            self.diagnostics.error("SG1209", emits[1].span, "a second `emit`", labels=labels, help="a model has one result")
        self._check_lines(lines)
        self._check_limits()
        return lines, emits

    def _check_lines(self, lines: list[ast.Entry]) -> None:
        """Reports names that are set twice, and states that are never set."""
        seen: dict[str, Span] = {}
        for entry in lines:
            assert isinstance(entry.key, ast.Name)
            name, place = entry.key, entry.key.span
            if name.id in seen:
                labels = [Label(seen[name.id], "first here")]
                help = f"give the second another name; `{name.id}[t-1]` is the value of the step before"
                self.diagnostics.error("SG1201", place, f"`{name.id}` is set twice", labels=labels, help=help)
            seen[name.id] = place
            if name.id not in self.states:
                self._set(name)
        for name, state in self.states.items():
            if name not in seen:
                help = f"set it in a line: `{name} = ...`"
                self.diagnostics.error("SG1201", state.name.span, f"the state `{name}` is never set", help=help)

    def _check_limits(self) -> None:
        """Reports too many states or options."""
        if len(self.states) > MOST_STATES:
            summary, help = f"{len(self.states)} states", f"a model has at most {MOST_STATES}"
            self.diagnostics.error("SG1213", self.node.name.span, summary, help=help)
        count = 1
        for option in self.options.values():
            count *= len(option.words)
        if count > MOST_VARIANTS:
            summary = f"{count} combinations of options"
            self.diagnostics.error("SG1213", self.node.name.span, summary, help=f"a model has at most {MOST_VARIANTS}")

    def _over(self, node: ast.Over) -> None:
        """Notes that a model has all steps at once, and so no states."""
        self.over = True
        first, states = self.node.body[0], [s for s in self.node.body if isinstance(s, ast.State)]
        if node.axis.id != "time" or first is not node:
            summary = "`over time` is the first line" if node.axis.id == "time" else f"a model can't be over `{node.axis.id}`"
            self.diagnostics.error("SG1212", node.span, summary, help="write `over time` as the first line")
        if states:
            help = "take `over time` away, or the state: a sum over time has every step"
            self.diagnostics.error("SG1212", states[0].span, "a model over time has no states", help=help)

    def _set(self, name: ast.Name, *, number: bool = False) -> bool:
        """Whether a name is free; adds an error if not, except for a word of models, which the parser reports."""
        self.misnamed |= name.id in MODEL_WORDS
        if name.id in RESERVED:
            what = "a function" if name.id in FUNCTIONS or name.id in CALLS else "a word of the language"
            self.diagnostics.error("SG1201", name.span, f"`{name.id}` is {what}", help="choose another name")
            return False
        if number and name.id in TAKEN:
            help = f"choose another name; `{name.id}` is the key of a neuron"
            self.diagnostics.error("SG1201", name.span, f"`{name.id}` is a key that every neuron has", help=help)
            return False
        if name.id in self.places:
            labels = [Label(self.places[name.id], "first here")]
            self.diagnostics.error(
                "SG1201", name.span, f"`{name.id}` is set twice", labels=labels, help="each name is set once"
            )
            return False
        self.places[name.id] = name.span
        return True

    # Lines.

    def _variant(self, words: dict[str, str], lines: list[ast.Entry], emit: ast.Emit) -> Equations | None:
        inputs = tuple(each.id for each in self.node.inputs)
        later = {entry.key.id: entry.key.span for entry in lines if isinstance(entry.key, ast.Name)}
        names = Names(inputs, self.numbers, tuple(self.states), self.options, words, later, self._ranges(lines))
        names.matrices = tuple(self.matrices) if self.over else None
        reader = Expressions(names, self.diagnostics)
        states: list[State] = []
        for name, state in self.states.items():
            initial = reader.typed(state.value)
            if initial is not None and initial.kind != "constant":
                summary = f"`{name}` begins at {WORDS[initial.kind]}, not at a constant"
                self.diagnostics.error(
                    "SG1206", state.value.span, summary, help="write a number, or an expression of constants"
                )
            if initial is None or initial.kind != "constant":
                names.broken.add(f"{name}[t-1]")
                continue
            states.append(State(name, initial.term))
        made: list[Line] = []
        for entry in lines:
            assert isinstance(entry.key, ast.Name)
            found = reader.line(entry.value)
            if reader.operations > MOST_OPERATIONS:
                summary = f"more than {MOST_OPERATIONS} operations"
                self.diagnostics.error("SG1213", entry.span, summary, help="a model has at most as many in a step")
                return None
            if found is None:
                names.broken.add(entry.key.id)
                continue
            if found.kind in SPIKES:
                names.fires[entry.key.id] = found.term
            names.lines[entry.key.id] = found
            made.append(Line(entry.key.id, found.term))
        result = emitted(emit, names, self.diagnostics) if names.broken.isdisjoint(names_of(emit)) else None
        self.used |= names.used
        self.keys |= names.keys - ({"levels"} if names.single else set())
        if result is None or names.broken:
            return None
        kind, bound = result
        if names.single:  # `levels` may be a key for other words of the options
            bound, made = bound or 1, [Line(line.name, one_at_a_time(line.term)) for line in made]
        instead = emit.value.id if emit.instead is None else emit.instead.id
        return Equations(tuple(states), paired(made, self.states), emit.value.id, instead, kind, bound)

    def _ranges(self, lines: list[ast.Entry]) -> dict[str, Interval]:
        """Where the states lie that are spikes and begin at 0 or 1."""
        found: dict[str, Interval] = {}
        for entry in lines:
            match entry.key, entry.value:
                case ast.Name(name), ast.Call(ast.Name("fire")) if name in self.states:
                    match self.states[name].value:
                        case ast.Number(0 | 1, None):
                            found[name] = FIRED
                        case _:
                            pass
                case _:
                    pass
        return found

    def _all_used(self, lines: list[ast.Entry]) -> bool:
        """Whether everything is used; adds an error for each name that isn't."""
        used = self.used | {name for name in self.states if f"{name}[t-1]" in self.used}
        wrong = [name for name in self.places if name not in used and name not in self.states]
        wrong += [name for name in self.states if f"{name}[t-1]" not in self.used]
        for name in wrong:
            state = name in self.states
            summary = f"the state `{name}` is never read" if state else f"`{name}` is never used"
            help = f"use `{name}[t-1]`, or declare no state" if state else "use it, or remove it"
            self.diagnostics.error("SG1210", self.places[name], summary, help=help)
        return not wrong
