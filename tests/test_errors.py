"""Errors for users: their texts, and their way from a worker process."""

import pickle
from pathlib import Path

import pytest

from spikegraph.base.errors import DataError, PassError, RunFolderError, UserError

ERRORS = [
    DataError("the file  is\ndamaged", Path("a.hdf5"), "copy it again"),
    RunFolderError("it has no manifest", path=Path("run")),
    PassError("it can't be applied", "put it first", "SG0601"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_arrives_from_another_process_as_it_was_raised(error: UserError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert vars(arrived) == vars(error)
    assert str(arrived) == str(error)


def test_an_error_is_one_line_with_the_path_and_the_fix() -> None:
    assert str(ERRORS[0]) == "a.hdf5: the file is damaged (help: copy it again)"
