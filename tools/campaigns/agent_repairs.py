"""Slips in sound specs, repaired by the answers of the tools for agents: no error is left, and it is the same network."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from cases import Outcome
from repairing import Ask, repaired
from slips import KINDS, slip

from spikegraph.agents.files import Files
from spikegraph.agents.server import tools
from spikegraph.agents.tool import Tool
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.ir.canonical import fingerprint
from spikegraph.program.program import Program

TESTS = Path(__file__).parents[2] / "tests"


@cache
def specs() -> tuple[str, ...]:
    """The sound specs: those of `tests/agents/described`, each of another architecture."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted((TESTS / "agents" / "described").glob("*.sdhs")))


@cache
def _tools() -> Mapping[str, Tool]:
    """The tools of a server whose root is empty."""
    return {tool.name: tool for tool in tools(Files.below(Path(mkdtemp())))}


def ask(name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Calls a tool in this process."""
    return _tools()[name].call(arguments).data


def mistake(seed: int) -> tuple[str, str, str]:
    """The kind of a slip, the sound text, and the text with it, which has an error."""
    rng = Random(f"agent repairs {seed}")
    kind = tuple(KINDS)[seed % len(KINDS)]
    while True:
        text = rng.choice(specs())
        wrong = slip(rng, kind, text)
        if wrong is not None and not ask("check", {"text": wrong})["sound"]:
            return kind, text, wrong


def outcome(kind: str, text: str, wrong: str, answers: Ask) -> Outcome:
    """Whether the tools' answers lead back: to a text without errors, and to the same network."""
    made = repaired(wrong, answers)
    sound = made is not None
    same = made is not None and network(made) == network(text)
    counts = {"sound": (1, int(not sound), 0), "same network": (1, 0, int(not same))}
    return Outcome(
        kind, same, "" if same else f"{'another network' if sound else 'errors remain'}\n{wrong!r}\n{made!r}", counts
    )


def case(seed: int) -> Outcome:
    """One slip."""
    return outcome(*mistake(seed), ask)


def network(text: str) -> str | None:
    """The fingerprint of a text's network; None where it has none."""
    try:
        return fingerprint(Program.of_text(text, "text.sdhs").build().plain)
    except SpecError:
        return None
