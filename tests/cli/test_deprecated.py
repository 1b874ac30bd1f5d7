"""Deprecated commands and options, with tables made for the tests: there is none today."""

import pytest

from spikegraph.cli import deprecated
from spikegraph.plugins.deprecated import Spelling


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(deprecated, "COMMANDS", (Spelling("verify", "check", "0.1", "99.0"),))
    options = (Spelling("--variant", "--profile", "0.1", "99.0"), Spelling("--machine", "--json", "0.0", "0.1"))
    monkeypatch.setattr(deprecated, "OPTIONS", {"check": options})


@pytest.mark.parametrize("words", [("--variant", "sample"), ("--variant=sample",)])
def test_an_old_option_warns_and_means_the_new_one(table, spikegraph, words):
    done = spikegraph("check", "specs/stereo.sdhs", *words)
    assert done.status == 0
    assert done.out == spikegraph("check", "specs/stereo.sdhs", "--profile", "sample").out
    assert done.err == ("warning: `--variant` is deprecated since version 0.1 and is removed in 99.0; write `--profile`\n")


def test_an_old_command_warns_and_means_the_new_one(table, spikegraph):
    done = spikegraph("verify", "specs/stereo.sdhs")
    assert (done.status, done.out) == (0, "specs/stereo.sdhs: sound\n")
    assert done.err == "warning: `verify` is deprecated since version 0.1 and is removed in 99.0; write `check`\n"


def test_a_removed_option_is_named_with_the_new_one(table, spikegraph):
    done = spikegraph("check", "specs/stereo.sdhs", "--machine")
    assert done.status == 2
    assert done.err.endswith("Error: `--machine` was removed in version 0.1; write `--json`\n")


def test_what_is_no_option_is_left_alone(table, spikegraph):
    done = spikegraph("check", "--", "--variant")
    assert done.status == 2
    assert "there is no `--variant`" in done.err
    assert "No such option" in spikegraph("fmt", "--variant", "a").err
