"""Why a module can't be taken over."""

from spikegraph.errors import WRONG_INPUT, UserError


class ForeignError(UserError):
    """A module of PyTorch can't be written as a spec with the same results."""

    status = WRONG_INPUT
