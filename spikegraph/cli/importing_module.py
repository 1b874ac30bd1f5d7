"""`spikegraph import FILE.py:NAME --from torch`."""

import importlib.util
import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import click

from spikegraph.base.visible import visible_name
from spikegraph.cli.streams import notice


def import_module(files: Sequence[Path], output: Path | None, options: Mapping[str, Any], *, trusted: bool) -> int:
    """Write the module that a function of a file makes as a spec with its weights; `options` are those of `from_torch`."""
    if len(files) > 1:
        raise click.UsageError("--from torch takes one FILE.py:NAME")
    file, python, name = str(files[0]).rpartition(".py:")
    if not python or not name:
        raise click.UsageError(f"`{visible_name(files[0])}` is not FILE.py:NAME, such as `models.py:sew`")
    if output is None:
        raise click.UsageError("--from torch needs -o DIR, a folder for the spec and the weights")
    if output.is_file():
        raise click.UsageError(f"{visible_name(output)} is a file; give a folder with -o")
    from spikegraph.runs.own_files import refuse_own_file  # noqa: PLC0415 (only where a file is written)

    refuse_own_file(output / "weights.safetensors")
    if not trusted:
        raise click.UsageError(f"--from torch runs {visible_name(Path(f'{file}.py'))}; if you trust its code, add --trust-code")
    module, example = made(Path(f"{file}.py"), name)
    from spikegraph.plugins import targets  # noqa: PLC0415 (slow to import)

    found = targets.from_torch(module, example=example, **options)
    spec, weights = found.save(output)
    if found.exported:
        notice("the module is as `export --to python` wrote it, so the spec is the one in its docstring")
    for change in found.changed:
        notice(f"differs in {change.affects}: {change.text}")
    compared = found.compared
    phases = "evaluation and training" if compared.training else "evaluation"
    gradients = f" and the gradients of {compared.gradients} weights" if compared.gradients else ""
    notice(
        f"equal in {phases}, in float64, over {compared.steps} time step{'s'[: compared.steps > 1]}: "
        f"results, {compared.neurons} neurons{gradients}"
    )
    if compared.silent:
        silent = f"{compared.silent} of them gave zeros alone, also with larger weights"
        notice(f"note: {silent}, so their spikes show little; give an example that makes them fire")
    notice(f"wrote {visible_name(spec)} ({len(found.spec.splitlines())} lines) and {visible_name(weights)}")
    return 0


def asks(function: Any) -> bool:
    """Whether a function has parameters without defaults."""
    try:
        parameters = inspect.signature(function).parameters.values() if inspect.isroutine(function) else ()
    except ValueError:  # a function of C may not say
        return False
    return any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def made(path: Path, name: str) -> tuple[Any, Any]:
    """What a function of a Python file returns: a module and its example.

    Raises:
        ForeignError: The file has no such function, or the function or the file raised an exception.
    """
    from torch import Tensor, nn  # noqa: PLC0415 (slow to import)

    from spikegraph.foreign.errors import ForeignError, first_line  # noqa: PLC0415
    from spikegraph.plugins.failures import place  # noqa: PLC0415

    own = path.stem if path.stem not in sys.modules else f"{path.stem}_to_import"  # a file may be called `torch.py`
    spec = importlib.util.spec_from_file_location(own, path)
    assert spec is not None  # the name ends in .py
    assert spec.loader is not None
    code = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))  # as `python FILE.py` finds the files beside it
    sys.modules[own] = code
    try:
        spec.loader.exec_module(code)
        function = getattr(code, name, None)
        given: object = (
            function() if callable(function) and not asks(function) and not isinstance(function, nn.Module) else None
        )
    except (Exception, SystemExit) as error:
        raise ForeignError(f"{place(error, str(path.resolve())) or path}: {first_line(error)}", "correct the file") from error
    if function is None:
        raise ForeignError(f"has no `{name}`", "name a function of the file that returns a module and its example", path=path)
    if asks(function):
        raise ForeignError(f"`{name}` has parameters without defaults", "name a function that is called as it is", path=path)
    match given:
        case (nn.Module(), Tensor() | list() | tuple()):
            return cast("tuple[Any, Any]", given)
        case _:
            help = f"write `def {name}():` that ends with `return module, torch.rand(1, 3, 32, 32)`"
            raise ForeignError(f"`{name}` isn't a function that returns a module and its example", help, path=path)
