"""Files of the package: specs, and the explanations of diagnostics."""

from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """A file or folder such as `specs` or `docs/diagnostics.md`: inside the installed package, or next to it in a checkout.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"`{name}` isn't part of this installation; reinstall the package")


def packaged_spec(name: str) -> Path | None:
    """The package's own spec of this name, such as `stereo.sdhs` or `specs/genotypes/stereo.sdhs`; else None."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return None
    within = path.relative_to("specs") if path.parts[:1] == ("specs",) else path
    found = resource("specs") / within
    return found if found.is_file() else None
