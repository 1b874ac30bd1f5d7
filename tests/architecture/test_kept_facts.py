"""What earlier runs found in a file isn't taken for what a changed file has."""

import kept_facts
import pytest
from kept_facts import kept, load, save, text


class Cache(dict):
    """pytest's cache of a run, for the next one."""

    set = dict.__setitem__


@pytest.fixture
def run(tmp_path, monkeypatch):
    """What a run finds with the cache, and the texts that it takes apart."""
    monkeypatch.setattr(kept_facts, "ROOT", tmp_path)
    cache = Cache()

    def found(*others):
        read = []

        @kept
        def words(path, *others):
            read.append(text(path))
            return [word for word in text(path).split() if word not in others]

        text.cache_clear()
        for name in ("_known", "_new"):
            monkeypatch.setattr(kept_facts, name, {})
        load(cache)
        results = {path.name: words(path, *others) for path in sorted(tmp_path.iterdir())}
        save(cache)
        return results, read

    return found


def test_only_what_changed_is_read_again(tmp_path, run):
    (tmp_path / "a").write_text("one two")
    (tmp_path / "b").write_text("three")
    first = {"a": ["one", "two"], "b": ["three"]}
    assert run() == (first, ["one two", "three"])
    assert run() == (first, [])
    (tmp_path / "a").write_text("one two four")
    assert run() == ({**first, "a": ["one", "two", "four"]}, ["one two four"])
    assert run("three") == ({"a": ["one", "two", "four"], "b": []}, ["one two four", "three"])
