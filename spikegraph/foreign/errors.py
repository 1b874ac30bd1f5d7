"""Why a module can't be taken over."""

from spikegraph.base.errors import WRONG_INPUT, UserError


class ForeignError(UserError):
    """A module of PyTorch can't be written as a spec with the same results.

    Attributes:
        layer: The path of the layer of neurons of a library that has no adapter, or whose adapter refuses it.
    """

    status = WRONG_INPUT
    layer: str | None = None


def first_line(error: BaseException) -> str:
    """What an error of someone else's code says first, with its class."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
