"""The fixture that runs a command in this process."""

from ..cli.conftest import spikegraph  # noqa: F401
