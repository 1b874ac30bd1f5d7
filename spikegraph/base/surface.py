"""How a message names an argument: as an option on the command line, an argument of a function in Python, or one of a tool.

In editors, which have neither, messages name options.

>>> argument("data", "DIR")
'data="DIR"'
>>> with command_line():
...     argument("genotype", "FILE")
'--genotype FILE'
>>> with in_tools(trains=False):
...     argument("genotype", "FILE")
'genotype_path="FILE"'
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager

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
    "stream": "stream=True",
    "train": "spikegraph.search(spec)",
    "weights": 'weights="{}"',
    "take": 'take=["{}"]',
    "freeze": 'freeze=["{}"]',
    "rate": 'rates={{"{}": 0.1}}',
}
"""What Python has in place of an option, with `{}` for its value; other options are on the command line alone."""

IN_TOOLS = {
    **{name: IN_PYTHON[name] for name in ("expand", "level", "only", "profile")},
    "genotype": 'genotype_path="{}"',
    "plugin": "spikegraph mcp --plugin {}",
    "set": 'set=["{}"]',
    "train": "spikegraph compile --train",
}
"""What the tools for agents have in place of an option; for a training they name the command."""

IN_TOOLS_THAT_TRAIN = {**IN_TOOLS, **{name: IN_PYTHON[name] for name in ("data", "out", "seed")}, "train": "train"}
"""The same where the tool `train` is among them."""

IN_EDITORS = {
    **{name: f"--{name} {{}}" if "{}" in form else f"--{name}" for name, form in IN_PYTHON.items()},
    "plugin": "spikegraph lsp --plugin {}",
    "train": "spikegraph compile --train",
}
"""What editors have in place of an option: how the language server is started, and the options of commands for a saved spec."""

_forms: Mapping[str, str] | None = IN_PYTHON
"""The forms of arguments in this process, None while it runs a command; threads see them too."""


def command_line() -> AbstractContextManager[None]:
    """Inside, messages name the options of the command line."""
    return _naming(None)


def in_tools(*, trains: bool) -> AbstractContextManager[None]:
    """Inside, messages name the parameters of the tools for agents, among which are those that train or not."""
    return _naming(IN_TOOLS_THAT_TRAIN if trains else IN_TOOLS)


def in_editors() -> AbstractContextManager[None]:
    """Inside, messages are for people who write a spec in an editor."""
    return _naming(IN_EDITORS)


@contextmanager
def _naming(forms: Mapping[str, str] | None) -> Generator[None]:
    global _forms  # noqa: PLW0603 (a process runs one command)
    before, _forms = _forms, forms
    try:
        yield
    finally:
        _forms = before


def on_the_command_line() -> bool:
    """Whether messages name options."""
    return _forms is None


def plain(option: str) -> str:
    """An argument without a value: `--set` on the command line, `overrides` in Python, `set` in tools."""
    if _forms is None:
        return f"--{option}"
    return _forms.get(option, option).partition("=")[0].partition("(")[0].removesuffix(" {}")


def either(option: str, python: str) -> str:
    """What a message names: an option with its value, or an argument of Python in other units."""
    return option if _forms is None else python


def argument(option: str, *values: str) -> str:
    """An argument in a message, with its values: `--data DIR` on the command line, `data="DIR"` in Python and in tools.

    Args:
        option: The option without its dashes.
        values: Its value, or several of an option that may be repeated; none for a flag, and to name the argument alone.
    """
    if _forms is None:
        return " ".join(f"--{option} {value}" for value in values) or f"--{option}"
    form = _forms.get(option)
    if form is None:
        return f"`{' '.join(('spikegraph compile --train', f'--{option}', *values))}`"
    return form.format('", "'.join(values)) if values or "{}" not in form else f"`{plain(option)}`"
