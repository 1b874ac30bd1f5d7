"""Every file in the wheel and the source archive has a licence, and their notices are in both."""

import re
from pathlib import Path

import pytest

from .archives import ROOT
from .licences import annotation_of, read_annotations

ANNOTATIONS = read_annotations(ROOT / "REUSE.toml")
NOTICES = ["LICENSE", "NOTICE", "spikegraph/data/fashion_mnist_small.NOTICE.txt", "tests/nir/graphs/NOTICE.txt"]
STATED = re.compile(rb"copyright\b.{0,20}\d{4}|SPDX-\w+-Identifier:|licen[cs]ed under the", re.IGNORECASE)
"""How a file states a licence of its own."""


def without_licence(names):
    return [name for name in names if annotation_of(name, ANNOTATIONS) is None]


def identifiers(names):
    """The licences of files."""
    return {one for name in names for one in annotation_of(name, ANNOTATIONS).licence.split(" AND ")}


def test_every_file_has_a_licence(archive):
    assert len(archive.files) > 400
    assert without_licence(archive.files) == []


def test_pictures_and_data_are_named_one_by_one():
    new = ["tests/data/events.npz", "docs/images/photo.png", "spikegraph/data/images.bin", "vendor.js", "tests/data/3.png"]
    assert without_licence([*new, "spikegraph/new.py", "docs/new.md"]) == new


def test_every_entry_has_files(sdist):
    unused = [p.pattern for a in ANNOTATIONS for p in a.patterns if not any(map(p.fullmatch, sdist.files))]
    assert unused == []


def test_the_last_entry_counts():
    assert annotation_of("docs/images/report-page.png", ANNOTATIONS).licence == "Apache-2.0 AND MIT"
    assert annotation_of("spikegraph/data/images.py", ANNOTATIONS).licence == "Apache-2.0"
    assert annotation_of("spikegraph/data/fashion_mnist_small.npz", ANNOTATIONS).licence == "MIT"


def test_the_metadata_state_all_licences(archive):
    assert archive.metadata["License-Expression"] == " AND ".join(sorted(identifiers(archive.files)))
    assert archive.metadata.get_all("License-File") == NOTICES


def test_the_notices_are_complete(archive):
    assert [name for name in NOTICES if archive.files[name] != (ROOT / name).read_bytes()] == []
    licence, notice, fashion, graphs = (archive.files[name].decode() for name in NOTICES)
    assert licence.lstrip().startswith("Apache License")
    for text in ("The MIT License (MIT)", "(c) 2017 Zalando SE", 'THE SOFTWARE IS PROVIDED "AS IS"'):
        assert text in fashion
    for text in ("BSD 3-Clause License", "(c) 2023, NIR Team", "Neither the name of the copyright holder"):
        assert text in graphs
    for name in ("fashion_mnist_small.NOTICE.txt", "Middlebury", "Scharstein", "scikit-image", "tests/nir/graphs"):
        assert name in notice


def test_every_holder_is_in_a_notice(sdist):
    text = " ".join(sdist.files[name].decode() for name in NOTICES)
    assert {holder for a in ANNOTATIONS for holder in a.holders if holder not in text} == set()


def test_no_other_file_states_a_licence_of_its_own(sdist):
    found = [name for name, content in sdist.files.items() if STATED.search(content)]
    assert sorted(found) == sorted(NOTICES)


# Joined from parts, so that this file doesn't match.
@pytest.mark.parametrize(
    "text", ["# Copy" + "right (c) 2019 Somebody", "// SPDX-License-" + "Identifier: MIT", "Licensed " + "under the GPL"]
)
def test_what_states_a_licence(text):
    assert STATED.search(text.encode())


def test_the_pair_of_the_built_in_scene_is_in_no_archive(archive):
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    pair = [(folder / f"motorcycle_{name}").read_bytes() for name in ("left.png", "right.png", "disp.npz")]
    assert [name for name, content in archive.files.items() if content in pair] == []
