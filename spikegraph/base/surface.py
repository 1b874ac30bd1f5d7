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
    "expand": 'expand=["{}"]',
    "genotype": 'genotype="{}"',
    "only": 'only=["{}"]',
    "out": 'out="{}"',
    "level": 'level="{}"',
    "log": 'loggers=["{}"]',
    "plugin": 'spikegraph.load_plugin("{}")',
    "profile": 'profile="{}"',
    "resume": "resume=True",
    "seed": "seed={}",
    "set": 'overrides=["{}"]',
    "train": "spikegraph.search(spec)",
    "weights": 'weights="{}"',
    "take": 'take=["{}"]',
    "freeze": 'freeze=["{}"]',
    "rate": 'rates={{"{}": 0.1}}',
}
"""What Python has in place of an option, with `{}` for its value; other options are on the command line alone."""

_command = False
"""Whether this process runs a command; threads see it too."""


@contextmanager
def command_line() -> Generator[None]:
    """Inside, messages name the options of the command line."""
    global _command  # noqa: PLW0603 (a process runs one command)
    before, _command = _command, True
    try:
        yield
    finally:
        _command = before


def on_the_command_line() -> bool:
    """Whether messages name options."""
    return _command


def plain(option: str) -> str:
    """An argument without a value: `--set` on the command line, `overrides` in Python."""
    return f"--{option}" if _command else IN_PYTHON.get(option, option).partition("=")[0].partition("(")[0]


def either(option: str, python: str) -> str:
    """What a message names: an option with its value, or an argument of Python in other units."""
    return option if _command else python


def argument(option: str, *values: str) -> str:
    """An argument in a message, with its values: `--data DIR` on the command line, `data="DIR"` in Python.

    Args:
        option: The option without its dashes.
        values: Its value, or several of an option that may be repeated; none for a flag, and to name the argument alone.
    """
    if _command:
        return " ".join(f"--{option} {value}" for value in values) or f"--{option}"
    form = IN_PYTHON.get(option)
    if form is None:
        return f"`{' '.join(('spikegraph compile --train', f'--{option}', *values))}`"
    return form.format('", "'.join(values)) if values or "{}" not in form else f"`{plain(option)}`"
