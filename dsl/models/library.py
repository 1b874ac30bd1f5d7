"""The models of the library, read when they are first needed."""

from functools import cache
from importlib.resources import files

from spikegraph.dsl.models.texts import model_of
from spikegraph.equations.model import Model

FOLDER = "spikegraph.dsl.library"


@cache
def library() -> tuple[str, ...]:
    """The names of the library's models."""
    names = (file.name for file in files(FOLDER).iterdir())
    return tuple(sorted(name.removesuffix(".sdhs") for name in names if name.endswith(".sdhs")))


@cache
def library_model(name: str) -> Model:
    """A model of the library.

    Raises:
        KeyError: There is none of this name.
    """
    if name not in library():
        raise KeyError(name)
    text = library_text(name)
    return model_of(text[text.index("\nmodel ") + 1 :])


def library_text(name: str) -> str:
    """The file of a model of the library: what it is, where it is from, and its declaration."""
    return files(FOLDER).joinpath(f"{name}.sdhs").read_text(encoding="utf-8")


def description(text: str) -> tuple[str, str]:
    """The comments above a model: in the first line what it is, in the second its source, which may be missing."""
    lines = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("#")]
    what = lines[0].removesuffix(".") if lines else ""
    return what[:1].lower() + what[1:], lines[1] if len(lines) > 1 else ""


_DECLARED = ("number", "option", "state", "weights", "over", "emit")


def equation_lines(text: str) -> tuple[str, ...]:
    """The lines of a model's text that set a name, in their order; each on one line."""
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith("   ") and found:  # what was broken
            found[-1] += f" {line}"
        elif line.startswith("  ") and not line.strip().startswith(("#", "}")):
            found.append(line.strip())
    return tuple(" ".join(line.split()) for line in found if line.split()[0] not in _DECLARED)
