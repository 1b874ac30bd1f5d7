"""What a tool is: its name, its parameters, what it answers, and how it fails."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from spikegraph.base.nearest import did_you_mean
from spikegraph.base.record import record

TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "boolean": (bool,), "array": (list,)}
_PHRASES = {"string": "a text", "integer": "a whole number", "boolean": "true or false", "array": "a list of texts"}


class ToolError(Exception):
    """A call that can't be answered: what is wrong, and what to do."""

    def __init__(self, summary: str, help: str | None = None) -> None:
        self.summary, self.help = summary, help
        super().__init__(summary)

    @property
    def text(self) -> str:
        """The error as an agent reads it."""
        return f"error: {self.summary}" + (f"\nhelp: {self.help}" if self.help else "")


@record
class Parameter:
    """A parameter of a tool; lists have texts, and a parameter without a default that isn't `needed` may be left out."""

    name: str
    type: str
    doc: str
    needed: bool = False
    choices: tuple[str, ...] = ()
    least: int | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """The parameter in JSON Schema."""
        found: dict[str, Any] = {"type": self.type, "description": self.doc}
        if self.choices:
            found["enum"] = list(self.choices)
        if self.least is not None:
            found["minimum"] = self.least
        return found | ({"items": {"type": "string"}} if self.type == "array" else {})

    def check(self, value: object) -> None:
        """Refuses a value that the parameter can't have.

        Raises:
            ToolError: It is of another type, or none of the choices.
        """
        fits = isinstance(value, TYPES[self.type]) and not (self.type == "integer" and isinstance(value, bool))
        if fits and self.type == "array":
            fits = all(isinstance(each, str) for each in cast("list[object]", value))
        if not fits:
            raise ToolError(f"`{self.name}` is {_PHRASES[self.type]}, not {value!r:.60}", self.doc)
        if self.choices and value not in self.choices:
            near = did_you_mean(str(value), self.choices)
            raise ToolError(f"`{self.name}` can't be `{value}`", near or f"it is one of {', '.join(self.choices)}")
        if self.least is not None and isinstance(value, int) and value < self.least:
            raise ToolError(f"`{self.name}` is {value}, but at least {self.least}", self.doc)


@record
class Answer:
    """What a tool says: a text that says all that matters, and the same as data; or a picture as PNG beside them."""

    text: str
    data: Mapping[str, Any]
    png: bytes | None = None


Arguments = Mapping[str, Any]


@record
class Tool:
    """A tool.

    Attributes:
        name: Its name.
        doc: What an agent reads once: what it does, and when to use it.
        parameters: What it takes.
        keys: The keys of its data, each with its type in JSON Schema.
        answer: Answers a call whose arguments fit the parameters.
        writes: Whether it writes files.
        replaces: Whether it can replace what is in a file.
        waits: Whether it waits for something, beside which others are answered.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    keys: Mapping[str, str]
    answer: Callable[[Arguments], Answer]
    writes: bool = False
    replaces: bool = False
    waits: bool = False

    @property
    def input_schema(self) -> dict[str, Any]:
        """The parameters in JSON Schema."""
        properties = {each.name: each.schema for each in self.parameters}
        needed = [each.name for each in self.parameters if each.needed]
        return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}

    @property
    def output_schema(self) -> dict[str, Any]:
        """The data in JSON Schema."""
        properties = {key: {"type": type_.split("|")} for key, type_ in self.keys.items()}
        return {"type": "object", "properties": properties, "required": list(self.keys)}

    def call(self, arguments: Arguments) -> Answer:
        """Answers a call.

        Raises:
            ToolError: The arguments don't fit, or it can't be answered.
        """
        known = {each.name: each for each in self.parameters}
        for name, value in arguments.items():
            if name not in known:
                help = did_you_mean(name, known) or f"it takes {', '.join(known)}"
                raise ToolError(f"`{self.name}` has no parameter `{name}`", help)
            known[name].check(value)
        missing = [each for each in self.parameters if each.needed and each.name not in arguments]
        if missing:
            raise ToolError(f"`{self.name}` needs `{missing[0].name}`", missing[0].doc)
        return self.answer(arguments)
