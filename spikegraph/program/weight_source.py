"""Which weights a training starts from, and what becomes of them: what the spec says, and what is given in its place."""

import math
from collections.abc import Iterable, Sequence
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
            place = run.take[0].span
            # A pattern may be that of an option of its own, and not of an override.
            where = "" if place.file == plain("set") else f"{place.start}: "
            raise UntrainableError(f"{where}`take` needs weights to take from", help)
        return given
    found = Path(run.span.file).parent / run.weights_from
    if not found.exists():
        summary = f"{run.span.start}: `weights_from`: there is no `{found}`"
        raise UntrainableError(
            summary, f"write the path of a run below the spec's folder, or give {argument('weights', 'RUN')}"
        )
    return found


def with_patterns(
    program: Program, take: str | Sequence[str], freeze: str | Sequence[str], rates: Iterable[tuple[str, float]]
) -> Program:
    """The program with other `take`, `freeze` and `rates`, where they are given.

    Raises:
        ArgumentError: As `as_overrides` does.
    """
    given = as_overrides(take, freeze, rates)
    return program.with_overrides((*program.overrides, *given)) if given else program


def as_overrides(take: str | Sequence[str], freeze: str | Sequence[str], rates: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """The overrides of a spec that take the place of its `take`, `freeze` and `rates`, where they are given.

    Args:
        take: A pattern, or several.
        freeze: Likewise.
        rates: Patterns with their factors.

    Raises:
        ArgumentError: A pattern isn't text, or has a character that no name of a weight has; or a factor isn't above 0.
    """
    given = {"take": take, "freeze": freeze}
    patterns = {key: (of,) if isinstance(of, str) else strings(key, of, "PATTERN") for key, of in given.items()}
    items = {key: [_quoted(key, pattern) for pattern in each] for key, each in patterns.items()}
    items["rates"] = [f"{_factor(pattern, factor)} * {_quoted('rate', pattern)}" for pattern, factor in rates]
    return tuple(f"retrain.{key}=[{', '.join(each)}]" for key, each in items.items() if each)


def _factor(pattern: str, factor: object) -> str:
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < math.inf:
        help = f"`{plain('freeze')}` keeps weights as they are" if factor == 0 else None
        raise ArgumentError(f"`{plain('rate')}` has {factor!r} for `{pattern}`; a factor is a number above 0", help)
    return repr(float(factor))


def _quoted(key: str, pattern: object) -> str:
    if not isinstance(pattern, str) or not pattern or any(character in pattern for character in '"\\\r\n'):
        raise ArgumentError(f"`{plain(key)}` is `{pattern}`, which names no weights", "such as `stem`, `cells[0]` or `stage*`")
    return f'"{pattern}"'
