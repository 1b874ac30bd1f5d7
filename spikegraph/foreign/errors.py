"""Why a module can't be taken over."""

from spikegraph.base.errors import WRONG_INPUT, UserError


class ForeignError(UserError):
    """A module of PyTorch can't be written as a spec with the same results.

    Attributes:
        layer: The path of the layer of neurons of a library that has no adapter, or whose adapter refuses it.
    """

    status = WRONG_INPUT
    layer: str | None = None

    def at(self, line: str) -> "ForeignError":
        """The error itself, which says the line of the module's code, such as `net.py:12`, if it doesn't yet."""
        if line and not self.details and line not in self.summary:
            self.details = (f"at {line}",)
        return self


def first_line(error: BaseException) -> str:
    """What an error of someone else's code says first, with its class."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
