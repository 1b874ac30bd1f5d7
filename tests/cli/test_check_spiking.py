"""`spikegraph check --spiking`: the certificate as text and as JSON."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SPECS, GENOTYPES = ROOT / "specs", ROOT / "specs" / "genotypes"

POOLED = """sdhs 1
neuron lif { decay = 0.25 }
network net {
  input image : real[3, 16, 16]
  time = 2
  first = image -> conv(3, out = 8) -> norm -> lif
  small = first -> relu
  last = small -> conv(3, out = 8) -> norm -> lif
  output logits = last -> pool -> linear(10) -> mean(time)
}
"""

STEREO = """\
  encoding       `features@left.stem0.conv`, `features@right.stem0.conv`
  largest count  1 of `left`; neurons give at most 1
  neurons        25,443,372 lif: 25,443,372 multiplications, 25,443,372 additions, 25,110,336 comparisons per time step
  trusted        no plug-in
"""


def test_the_command(spikegraph, tmp_path):
    stereo = ("check", SPECS / "stereo.sdhs", "--genotype", GENOTYPES / "stereo.sdhs", "--spiking")
    done = spikegraph(*stereo)
    assert (done.status, done.err) == (0, "")
    first, *details = done.out.splitlines()
    assert first.endswith("stereo.sdhs: spiking, 2 layers encode the input, 55 take spikes or counts")
    assert details == STEREO.splitlines()
    wrong = tmp_path / "net.sdhs"
    wrong.write_text(POOLED)
    assert spikegraph("check", wrong).status == 0
    done = spikegraph("check", wrong, "--spiking")
    assert (done.status, done.out) == (1, "")
    summary = "`small` gives real[8, 16, 16] to `last.conv`; layers must take spikes or counts"
    assert f"{wrong}:7:20: error[SG1001]: {summary}\n" in done.err
    done = spikegraph("check", wrong, "--spiking", "--json")
    assert done.status == 1
    (given,) = done.json["certificates"]
    assert (given["spec"], given["network"], given["spiking"]) == (str(wrong), "net", False)
    assert (given["encoding_layers"], given["spiking_layers"]) == (["first.conv"], ["logits.linear"])
    (place,) = given["places"]
    assert (place["line"], place["node"], place["taken_by"]) == (7, "small", ["last.conv"])
    assert [d["code"] for d in done.json["diagnostics"]] == ["SG1001"]
    assert given["largest_count"] == {"count": 256, "node": "logits.pool", "for_each_time_step": False}
    assert (given["largest_spike"], given["trusted"]) == (1, [])
    count = 2 * 8 * 16 * 16
    assert given["neurons"] == [
        {"model": "lif", "neurons": count, "additions": count, "multiplications": count, "comparisons": count}
    ]


def test_a_search_space_needs_a_genotype(spikegraph):
    done = spikegraph("check", SPECS / "cifar10.sdhs", "--spiking")
    assert (done.status, done.out) == (1, "")
    assert "error[SG0317]: cell `normal` has no genotype" in done.err
