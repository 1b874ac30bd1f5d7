"""Finding runs: in folders below, never inside a run, and once."""

from spikegraph.overview.find import find_runs


def test_runs_are_found_in_folders_below(tmp_path):
    for name in ("b", "sweep/lr=0.1/seed-0", "sweep/lr=0.1/seed-1", "a/b/c/d/e", "a/b/c/d/e2/too deep", ".hidden/run"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "manifest.json").touch()
    (tmp_path / "b" / "checkpoints").mkdir()
    (tmp_path / "b" / "checkpoints" / "manifest.json").touch()  # not a run: it is inside one
    (tmp_path / "latest").symlink_to(tmp_path / "b")
    (tmp_path / "circle").symlink_to(tmp_path)
    found = [str(path.relative_to(tmp_path)) for path in find_runs(tmp_path)]
    assert found == ["a/b/c/d/e", "b", "sweep/lr=0.1/seed-0", "sweep/lr=0.1/seed-1"]
    assert find_runs(tmp_path / "b") == [tmp_path / "b"]


def test_a_link_to_a_run_elsewhere_counts_once(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "manifest.json").touch()
    (tmp_path / "runs").mkdir()
    for name in ("first", "second"):
        (tmp_path / "runs" / name).symlink_to(tmp_path / "elsewhere")
    assert len(find_runs(tmp_path / "runs")) == 1


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    import os

    (tmp_path / "closed").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").touch()
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    told = []
    assert find_runs(tmp_path, told.append) == [tmp_path / "run"]
    assert told == [f"warning: not searched: {tmp_path / 'closed'}: Permission denied"]
