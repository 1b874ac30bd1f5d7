"""The package nir, which is optional."""

from importlib import import_module

from spikegraph.base.errors import NotFoundError


def required() -> None:
    """Checks that the package for the format is there.

    Raises:
        NotFoundError: It isn't.
    """
    try:
        import_module("nir")
    except ImportError as error:
        raise NotFoundError("NIR needs the package nir, which isn't installed", 'pip install "spikegraph[nir]"') from error
