"""What is said of an option that a command doesn't have: a key of the spec, or an option of `compile`."""

from collections.abc import Sequence

import click

from spikegraph.cli.training_options import OPTIONS

OTHER_WORDS = {
    "batch_size": "batch",
    "learning_rate": "weights.lr",
    "lr": "weights.lr",
    "momentum": "weights.momentum",
    "num_epochs": "epochs",
    "num_workers": "workers",
    "optimizer": "weights",
    "scheduler": "schedule",
    "weight_decay": "weights.weight_decay",
}
"""What the keys of runs are called elsewhere."""


def explained(error: click.NoSuchOption, arguments: Sequence[str]) -> click.UsageError:
    """The error to print: with the `--set` that is meant, or the command that has the option; else the error itself.

    Args:
        error: That of click.
        arguments: The command line, without the program's name.
    """
    command, name = error.ctx.command if error.ctx is not None else None, error.option_name
    if isinstance(command, click.Group):
        if name in ("--train", *(f"--{option.replace('_', '-')}" for option in OPTIONS)):
            message = f"{error.message} It is an option of a command: `spikegraph compile SPEC --train`"
            return click.UsageError(message, error.ctx)
        return error
    if command is None or not any("--set" in parameter.opts for parameter in command.params):
        return error
    from spikegraph.dsl.schema.record import keys  # noqa: PLC0415 (only for the message)
    from spikegraph.dsl.schema.run import Retrain, Search  # noqa: PLC0415

    word = name.lstrip("-").replace("-", "_")
    path, value = OTHER_WORDS.get(word, word), _value(name, arguments)
    kinds = {"retrain": Retrain, "search": Search}
    texts = [
        f"--set {run}.{path}={value}" for run, kind in kinds.items() if path.partition(".")[0] in {k.name for k in keys(kind)}
    ]
    if not texts:
        return error
    return click.UsageError(f"{error.message} It is a key of the spec: {' or '.join(texts)}", error.ctx)


def _value(name: str, arguments: Sequence[str]) -> str:
    """The value behind an option on the command line; `VALUE` if there is none."""
    for argument, following in zip(arguments, (*arguments[1:], ""), strict=True):
        if argument.startswith(f"{name}="):
            return argument.removeprefix(f"{name}=")
        if argument == name and following and not following.startswith("-"):
            return following
    return "VALUE"
