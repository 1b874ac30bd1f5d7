"""The kinds of new projects: what their data are, and what writes the example."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from numpy.random import Generator

from spikegraph.starters.example_images import write_image_arrays, write_image_files
from spikegraph.starters.example_recordings import write_recordings
from spikegraph.starters.example_sequences import write_sequences
from spikegraph.starters.module import FILE, FUNCTION, NETWORK, write_module

MODULE = "torch"
"""The kind whose network is a module of PyTorch."""


@dataclass(frozen=True)
class Starter:
    """A kind of project.

    Attributes:
        example: What the example shows, for the README.
        own: What the user puts in its place, and what to change in the spec; `NAME` stands for the project's.
        page: The page of the documentation that says more.
        writes: Write the data into the project's folder, with random numbers.
        data: The folder of the data in the project's, for `spikegraph data check`.
        sample: A file of it, for `spikegraph predict`.
    """

    example: str
    own: str
    page: str
    writes: tuple[Callable[[Path, Generator], None], ...]
    data: str
    sample: str


_ARRAYS = "`images.npz`: `inputs` [N, H, W] in uint8, or [N, H, W, C], and `targets` [N]"


def _module(folder: Path, random: Generator) -> None:
    write_module(folder)


STARTERS = {
    "images": Starter(
        "180 drawn images (circles, crosses and squares of any colour, size and place)",
        "Put the images of each class into a folder of its own, `images/CLASS/`. Set `classes` in `NAME.sdhs`. "
        "Images may differ in size: `resize` and `random_crop` give them the `size` of the network's input.",
        "own-data.md#images",
        (write_image_files,),
        "images",
        "images/circle/01.png",
    ),
    "events": Starter(
        "120 made recordings of an event camera, in Prophesee's EVT 2 (shapes that move down, left, right or up)",
        "Put the recordings of each class into a folder of its own, `recordings/CLASS/`. Set `classes` in `NAME.sdhs`, and "
        "`size`, in the network and in the data set, for a larger sensor.",
        "events.md",
        (write_recordings,),
        "recordings",
        "recordings/left/01.raw",
    ),
    "arrays": Starter(
        "180 drawn images (grey circles, crosses and squares of any size and place)",
        f"Write your images and labels into {_ARRAYS}. Set `classes`, `size` and the channels in `NAME.sdhs`.",
        "own-data.md#arrays",
        (write_image_arrays,),
        ".",
        "images.npz",
    ),
    "sequences": Starter(
        "200 made sequences of 20 to 59 time steps (waves of two speeds, with noise)",
        "Write your sequences into `sequences.npz`: `inputs` [sum of T, F], one after the other, `targets` [N], and `offsets` "
        "[N + 1], where each begins. Set `features` and `classes` in `NAME.sdhs`.",
        "own-data.md#sequences-and-numbers",
        (write_sequences,),
        ".",
        "sequences.npz",
    ),
    MODULE: Starter(
        "180 drawn images (grey circles, crosses and squares of any size and place)",
        f"Put your module into `{FILE}`, delete `{NETWORK}/`, and import it again, as above. File and network have the "
        f"name of the module's class: change `import` and `like` in `NAME.sdhs`. Write your images and labels into {_ARRAYS}.",
        "coming-from.md",
        (_module, write_image_arrays),
        ".",
        "images.npz",
    ),
}
"""The kinds by the name of `--from`."""


def import_command(folder: str) -> str:
    """The command that writes the module of a project as a spec with its weights."""
    return f"spikegraph import {folder}/{FILE}:{FUNCTION} --from torch --trust-code -o {folder}/{NETWORK}"
