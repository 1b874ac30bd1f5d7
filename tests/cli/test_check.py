WRONG = "sdhs 1\ncell feature {\n  nodes = 0\n  mixx  = spike\n}\n"


def test_sound(spikegraph):
    done = spikegraph("check", "specs/stereo.sdhs", "specs/genotypes/stereo.sdhs")
    assert (done.status, done.out, done.err) == (0, "specs/stereo.sdhs: sound\nspecs/genotypes/stereo.sdhs: sound\n", "")


def test_all_errors_of_all_files_in_one_go(spikegraph, tmp_path):
    wrong = tmp_path / "wrong.sdhs"
    wrong.write_text(WRONG)
    again = tmp_path / "again.sdhs"
    again.write_text("")
    done = spikegraph("check", wrong, "specs/stereo.sdhs", again)
    assert done.status == 1
    assert done.out == "specs/stereo.sdhs: sound\n"
    for code in ("SG0214", "SG0203", "SG0103"):
        assert f"error[{code}]" in done.err
    assert "did you mean `mix`?" in done.err


def test_json(spikegraph, tmp_path):
    wrong = tmp_path / "wrong.sdhs"
    wrong.write_text(WRONG)
    done = spikegraph("check", "--json", wrong)
    assert (done.status, done.err) == (1, "")
    assert done.json["valid"] is False
    assert done.json["error_count"] == len(done.json["diagnostics"]) >= 2
    sound = spikegraph("check", "--json", "specs/stereo.sdhs")
    assert (sound.status, sound.err) == (0, "")
    counts = {"error_count": 0, "warning_count": 0, "omitted": 0}
    assert sound.json == {"format_version": 1, "valid": True, **counts, "diagnostics": []}


def test_a_genotype_file_without_a_genotype(spikegraph, tmp_path):
    path = tmp_path / "empty.sdhs"
    path.write_text("sdhs 1\nneuron lif { }\n")
    for command in ("check", "compile", "stats"):
        done = spikegraph(command, "specs/stereo.sdhs", "--genotype", path)
        assert (done.status, done.out) == (1, "")
        assert f"{path}:1:1: error[SG0417]: {path} has no genotype and no path" in done.err
        assert "= help: give a file with `genotype CELL { ... }`, such as the `genotype.sdhs` of a run" in done.err


def test_options_are_part_of_what_is_checked(spikegraph):
    done = spikegraph("check", "specs/stereo.sdhs", "--set", "stereo.C = 13", "--set", "retrain.C = 13")
    assert done.status == 1
    assert spikegraph("check", "specs/stereo.sdhs", "--profile", "sample").status == 0
    assert "SG0701" in spikegraph("check", "specs/stereo.sdhs", "--profile", "smple").err
