"""Which weights a training starts from, and which are taken and frozen: what the spec says, and what is given in its place."""

from collections.abc import Sequence
from pathlib import Path

from spikegraph.base.arguments import strings
from spikegraph.base.errors import ArgumentError, UntrainableError
from spikegraph.base.surface import argument, plain
from spikegraph.program.program import Program


def weight_source(program: Program, given: Path | None) -> Path | None:
    """The run, folder or file whose weights a retraining starts from: the given one, or the spec's; None if there is none.

    Raises:
        UntrainableError: The spec's isn't there, or something is to be taken of nothing.
    """
    run = program.spec.retrain
    if run is None:
        return given
    if given is not None or run.weights_from is None:
        if given is None and run.take:
            help = f"give them with {argument('weights', 'RUN')}, or write `weights_from` in `retrain`"
            raise UntrainableError(f"{run.take[0].span.start}: `take` needs weights to take from", help)
        return given
    found = Path(run.span.file).parent / run.weights_from
    if not found.exists():
        summary = f"{run.span.start}: `weights_from`: there is no `{found}`"
        raise UntrainableError(
            summary, f"write the path of a run below the spec's folder, or give {argument('weights', 'RUN')}"
        )
    return found


def with_patterns(program: Program, take: str | Sequence[str], freeze: str | Sequence[str]) -> Program:
    """The program with other `take` and `freeze`, where they are given.

    Raises:
        ArgumentError: As `as_overrides` does.
    """
    given = as_overrides(take, freeze)
    return program.with_overrides((*program.overrides, *given)) if given else program


def as_overrides(take: str | Sequence[str], freeze: str | Sequence[str]) -> tuple[str, ...]:
    """The overrides of a spec that take the place of its `take` and `freeze`, where they are given: a pattern, or several.

    Raises:
        ArgumentError: One isn't text, or has a character that no name of a weight has.
    """
    given = {"take": take, "freeze": freeze}
    patterns = {key: (of,) if isinstance(of, str) else strings(key, of, "PATTERN") for key, of in given.items()}
    return tuple(
        f"retrain.{key}=[{', '.join(_quoted(key, pattern) for pattern in each)}]" for key, each in patterns.items() if each
    )


def _quoted(key: str, pattern: str) -> str:
    if not pattern or any(character in pattern for character in '"\\\r\n'):
        raise ArgumentError(f"`{plain(key)}` is `{pattern}`, which names no weights", "such as `stem`, `cells[0]` or `stage*`")
    return f'"{pattern}"'
