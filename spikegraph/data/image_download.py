"""Downloads published image data sets on request."""

import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from spikegraph.base.errors import DataError, UserError
from spikegraph.base.file_errors import fix
from spikegraph.base.surface import argument

CLASSES = {"cifar10": "CIFAR10", "cifar100": "CIFAR100", "mnist": "MNIST", "fashion_mnist": "FashionMNIST"}
"""The sources that can be downloaded, with the names of torchvision's classes."""


def download(source: str, folder: Path) -> None:
    """Downloads an image data set unless the folder already contains it.

    torchvision compares the archive's checksum before it unpacks anything, and those of CIFAR's files afterwards.

    Args:
        source: The data set's name in the language.
        folder: The target folder; created if missing.

    Raises:
        DataError: The data set has no automatic download, the download failed, or what came isn't what was published.
        UserError: The folder can't be written.
    """
    if source not in CLASSES:
        raise DataError(
            f"`{source}` can't be downloaded automatically, unlike {', '.join(CLASSES)}",
            help=f"download it manually and give its folder with {argument('data', 'DIR')}",
        )
    from torchvision import datasets  # noqa: PLC0415 (slow to import)  # pyright: ignore[reportMissingTypeStubs]

    kind = getattr(datasets, CLASSES[source])
    old = folder / CLASSES[source] / "processed"
    if old.exists():  # torchvision unpickles what is in it, without a hash
        raise DataError("a folder of an old version of torchvision, whose files could run code", old, "delete it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _inside():
            for train in (True, False):
                kind(str(folder), train=train, download=True)
    except (OSError, RuntimeError, tarfile.TarError) as error:
        if isinstance(error, OSError) and (known := fix(error)) is not None:
            raise UserError(error.strerror or str(error), f"{known}, then try again", path=folder) from error
        raise DataError(f"can't download {CLASSES[source]}: {error}", folder, "try again or download it manually") from error


@contextmanager
def _inside() -> Generator[None]:
    """Refuses members of archives that point out of the folder, and devices; Python does so by default from 3.14 on."""
    if not hasattr(tarfile, "data_filter"):  # before Python 3.11.4; the checksum has to do
        yield
        return
    before = tarfile.TarFile.extraction_filter
    tarfile.TarFile.extraction_filter = staticmethod(tarfile.data_filter)
    try:
        yield
    finally:
        tarfile.TarFile.extraction_filter = before
