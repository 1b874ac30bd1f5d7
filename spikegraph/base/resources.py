"""Files of the package: bundled specs, which are named `builtin:NAME`, and the explanations of diagnostics."""

from collections.abc import Iterator
from pathlib import Path

from spikegraph.base.errors import NotFoundError

BUILTIN = "builtin:"
"""Begins the name of a bundled spec, such as `builtin:stereo` or `builtin:genotypes/stereo`."""

SUFFIX = ".sdhs"

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(name: str) -> Path:
    """A file or folder such as `specs` or `docs/diagnostics.md`: inside the installed package, or next to it in a checkout.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"`{name}` isn't part of this installation; reinstall the package")


def builtin_specs() -> dict[str, Path]:
    """The bundled specs by name, such as `stereo`; those in subfolders, such as `genotypes/stereo`, are last."""
    top = resource("specs")
    found = {path.relative_to(top).with_suffix("").as_posix(): path for path in top.rglob(f"*{SUFFIX}")}
    return dict(sorted(found.items(), key=lambda item: (item[0].count("/"), item[0])))


def is_builtin(path: str | Path) -> bool:
    """True if a path is the name of a bundled spec."""
    return str(path).startswith(BUILTIN)


WEIGHTS = ".safetensors"
"""How a file with weights ends."""


def is_kept(path: Path) -> bool:
    """Whether a path is that of a folder or of a file with weights, not of a spec."""
    return path.is_dir() or path.suffix == WEIGHTS


def located(path: str | Path) -> Path:
    """The file of a spec: a bundled one for `builtin:NAME`, else the path itself, whether or not it exists.

    Raises:
        NotFoundError: No bundled spec has this name.
    """
    if not is_builtin(path):
        return Path(path)
    name, known = str(path).removeprefix(BUILTIN).replace("\\", "/"), builtin_specs()
    if name not in known:
        near = next(_near(name, known), None)
        help = "`spikegraph specs` lists them" if near is None else f"did you mean `{BUILTIN}{near}`?"
        raise NotFoundError(f"no bundled spec is called `{BUILTIN}{name}`", help)
    return known[name]


def namesake(path: str | Path) -> str | None:
    """The name of the bundled spec that a path such as `specs/stereo.sdhs` may mean; else None."""
    parts = [part for part in Path(path).with_suffix("").parts if part not in (".", "specs")]
    name = "/".join(parts)
    return f"{BUILTIN}{name}" if name in builtin_specs() else None


def description(path: Path) -> str:
    """What a bundled spec is: the first sentence of the comment at its top."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.lstrip("# ").split("  ")[0] if first.startswith("#") else ""


def _near(name: str, known: dict[str, Path]) -> Iterator[str]:
    from difflib import get_close_matches  # noqa: PLC0415 (only for the message)

    yield from get_close_matches(name.removesuffix(SUFFIX), known, n=1)
