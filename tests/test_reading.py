"""Files are read if they are plain and not too large; a pipe is refused without waiting for it."""

import os

import pytest

from spikegraph.base.reading import open_plain, read_plain


def test_up_to_the_limit(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert read_plain(path, 5) == b"12345"
    with pytest.raises(OSError, match="it has 5 bytes; at most 4 are read"):
        read_plain(path, 4)
    with open_plain(path) as file:
        assert file.read(2) == b"12"


def test_what_is_not_a_plain_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link", "/dev/zero"):
        with pytest.raises(OSError, match="it isn't a plain file"):
            read_plain(tmp_path / name, 10)
    with pytest.raises(IsADirectoryError):
        read_plain(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "none", 10)
