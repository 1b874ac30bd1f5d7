"""Seeded samples of the campaigns on specs."""

import shutil

import folded_blocks
import networks
import pytest
import specs_mutants
import valid_specs
import zoo_mutants

from ..sampled import sampled


@pytest.mark.parametrize("part", range(4))
def test_damaged_specs_genotypes_and_darts_strings(part):
    failed = [o.detail for o in map(specs_mutants.case, range(50 * part, 50 * part + 50)) if not o.passed]
    assert failed == []


@pytest.mark.parametrize(
    "seed", [*sampled(range(12), 6), 97]
)  # 97: a trellis at the level of the spec's own path is an operand
def test_valid_specs(seed):
    assert valid_specs.case(seed).detail == ""


def test_blocks_that_end_anywhere_with_folded_norms():
    assert [o.detail for o in map(folded_blocks.case, range(10)) if not o.passed] == []


def test_damaged_specs_of_the_zoo(monkeypatch):
    monkeypatch.setattr(zoo_mutants, "SECONDS", 60)  # the campaign's limit is for a fast machine
    failed = [o.detail for o in map(zoo_mutants.case, range(40)) if not o.passed]
    assert failed == []


@pytest.mark.parametrize("name", ["snasnet_fw.sdhs", "snasnet_bw.sdhs"])
def test_a_cell_whose_pooling_takes_no_input_of_another_number_of_channels(name, tmp_path):
    """What the campaign on the zoo once found: no line with `output = last`."""
    for folder in ("lib", "zoo"):
        shutil.copytree(specs_mutants.SPECS / folder, tmp_path / folder)
    (tmp_path / "pyproject.toml").touch()  # the project's folder, out of which no import leads
    spec = tmp_path / "zoo" / name
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("  output     = last\n", ""), encoding="utf-8")
    assert specs_mutants.judged(spec, spec) != text


@pytest.mark.parametrize("part", [0, pytest.param(1, marks=pytest.mark.long)])
def test_passes_keep_what_random_networks_compute(part):
    failed = [o.detail for o in map(networks.case, range(15 * part, 15 * part + 15)) if not o.passed]
    assert failed == []


def test_a_repeated_block_counts_no_more_than_a_network_may():
    """Products of counts grow in each repetition; this one went beyond the limit of the language."""
    found = networks.case(8054)
    assert (found.passed, found.detail) == (True, "")
