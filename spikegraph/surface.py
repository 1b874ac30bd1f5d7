"""How a message names an argument: as an option on the command line, as an argument of a function in Python.

>>> argument("data", "DIR")
'data="DIR"'
>>> with command_line():
...     argument("data", "DIR")
'--data DIR'
"""

from collections.abc import Generator
from contextlib import contextmanager

IN_PYTHON = {
    "data": 'data="{}"',
    "device": 'device="{}"',
    "download": "`spikegraph compile --train --download`",
    "genotype": 'genotype="{}"',
    "out": 'out="{}"',
    "plugin": 'spikegraph.load_plugin("{}")',
    "profile": 'profile="{}"',
    "resume": "resume=True",
    "seed": "seed={}",
    "set": 'overrides=["{}"]',
}
"""What Python has in place of an option, with `{}` for its value; other options are on the command line alone."""

_on_the_command_line = False
"""Whether this process runs a command; threads see it too."""


@contextmanager
def command_line() -> Generator[None]:
    """Inside, messages name the options of the command line."""
    global _on_the_command_line  # noqa: PLW0603 (a process runs one command)
    before, _on_the_command_line = _on_the_command_line, True
    try:
        yield
    finally:
        _on_the_command_line = before


def named(argument: str) -> str:
    """An argument alone, at the beginning of a message: `` `--device` `` or `` `device` ``."""
    return f"`--{argument.replace('_', '-')}`" if _on_the_command_line else f"`{argument}`"


def argument(option: str, value: str | None = None) -> str:
    """An argument in a message, with its value: `--data DIR` on the command line, `data="DIR"` in Python.

    Args:
        option: The option without its dashes.
        value: Its value; None for a flag, and to name the argument alone.
    """
    if _on_the_command_line:
        return f"--{option}" if value is None else f"--{option} {value}"
    form = IN_PYTHON.get(option)
    if form is None:
        return f"`spikegraph compile --train --{option}{'' if value is None else f' {value}'}`"
    if value is None and "{}" in form:
        return f"`{form.partition('=')[0].partition('(')[0]}`"
    return form.format(value)
