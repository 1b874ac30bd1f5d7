"""Every command of README and docs/commands.md, and the first ones of each other page in docs/, typed as they stand there, with
small settings."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spikegraph.cli.entry import run
from spikegraph.cli.group import cli
from spikegraph.cli.settings import Settings

from ..few_images import MOVED, PLACE, few_images, few_moved
from ..forked import executable
from .readers_files import HAS, provide
from .small_settings import CONTINUED, ELSEWHERE, FEWER, UNRUN, small, stands_for
from .typed_pages import ROOT, Typed, block_items, filled, linked, opening, read, spans

PAGES = [path.name for path in sorted((ROOT / "docs").glob("*.md")) if opening(path.read_text(encoding="utf-8"))]
TRAINED = {
    "runs/images": "spikegraph compile specs/cifar10.sdhs --train --data cifar10 --out runs/images",
    "runs/stereo": "spikegraph compile specs/stereo.sdhs --train --data mvsec --out runs/stereo --genotype"
    " specs/genotypes/stereo.sdhs",
    "runs/events": "spikegraph compile specs/events.sdhs --train --out runs/events",
}
"""Runs that a reader has, by the command that makes them."""

KEPT = {"specs", "examples", "runs", ".git", *HAS}
"""What pages share; what the commands of another page wrote is removed."""

TYPED: dict[str, int] = {}
"""The exit status of what was typed already: pages repeat trainings of others."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, short_recording: Path) -> Iterator[Path]:
    """A folder with the specs and examples of a clone, in which commands are typed; the built-in recording is short."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("specs", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".git").mkdir()
    TYPED.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setattr(sys, "executable", executable())
        patch.setattr("spikegraph.data.stereo_parts.sample_folder", lambda *_, **__: short_recording)
        patch.setattr(PLACE, few_images)
        patch.setattr(MOVED, few_moved)
        yield folder


def final(text: str) -> list[str]:
    """The words of a command as it is typed."""
    text = shlex.join(shlex.split(text, comments=True))
    text = filled(text, stands_for(text))
    for whole, fewer in FEWER.items():
        text = text.replace(whole, fewer)
    program, *arguments = shlex.split(text)
    assert program == "spikegraph", text
    trains = "--train" in arguments and "--resume" not in arguments
    return [*arguments, *(small(arguments) if trains or arguments[0] == "sweep" else [])]


def unrun(text: str) -> bool:
    """Whether a command is only read; if it is one of spikegraph, its options are parsed."""
    if not any(re.search(form, text) for form, _ in UNRUN):
        return False
    script = re.match(r"python (tools/\S+)", text)
    assert script is None or (ROOT / script[1]).exists(), text
    _, _, own = text.rpartition("-m spikegraph ") if text.startswith("torchrun") else text.partition("spikegraph ")
    if "spikegraph " in text and not text.startswith("pip"):
        words = shlex.split(filled(f"spikegraph {own}", stands_for(text)))[1:]
        parent = cli.make_context("spikegraph", list(words), obj=Settings())
        name, command, rest = cli.resolve_command(parent, words)
        assert command is not None
        command.make_context(name, rest, parent=parent)
    return True


def type_command(folder: Path, text: str) -> None:
    """Types a command, after the runs and files that it names have been made, and requires success."""
    words = final(text)
    for name, made_by in TRAINED.items():
        if any(word.startswith(name) for word in words) and not (folder / name).exists() and text != made_by:
            type_command(folder, made_by)
    provide(folder, words)
    key = training(words) or shlex.join(words)
    if key not in TYPED:
        TYPED[key] = run(words)
    assert TYPED[key] == 0, shlex.join(words)


@pytest.mark.slow
def test_all_of_the_readme_and_the_page_of_commands(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands: list[tuple[str, Typed]] = []
    for page in ("README.md", "docs/commands.md"):
        text = read(page)
        items = [*block_items(text), *spans(text, CONTINUED)]
        commands += [(page, item) for item in items if item.kind == "command"]
    assert len(commands) > 50
    for page, item in commands:
        for other in linked(read(page), item.line):
            for file in (each for each in block_items(read(other)) if each.kind == "file"):
                if file.name in item.words and not (clone / file.name).exists():
                    (clone / file.name).write_text(file.text, encoding="utf-8")
    failed: list[str] = []
    trained = clone
    for page, item in commands:
        if unrun(item.text):
            continue
        try:
            type_command(clone, item.text)
        except (AssertionError, SystemExit) as error:
            failed.append(f"{page}:{item.line}: {error}\n{capsys.readouterr().err[-600:]}")
        if item.text == "spikegraph compile specs/stereo.sdhs --train":
            assert {"result", "next"} <= {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()}
            trained = max((clone / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime)
    assert not failed, "\n".join(failed)
    assert result(capsys, "evaluate", trained, "--device", "cpu", "--json")["metrics"] == pytest.approx(
        result(capsys, "show", trained, "--json")["methods"]["network"], rel=1e-3
    )
    assert run(["report", str(trained), "-o", "page.html"]) == 0
    page = (clone / "page.html").read_text(encoding="utf-8")
    assert page.count("<section ") == 12
    assert 'class="absent"' not in page


def training(words: list[str]) -> str:
    """A command that trains a spec into a new folder, as any of its forms: bundled or not, and only the last value of a key."""
    if "--train" not in words or {"--out", "--resume"} & set(words):
        return ""
    values = dict(words[k + 1].split("=", 1) for k, word in enumerate(words) if word == "--set")
    others = [word for k, word in enumerate(words) if word != "--set" and words[k - 1] != "--set"]
    sets = [part for key, value in sorted(values.items()) for part in ("--set", f"{key}={value}")]
    return re.sub(r"builtin:(\S+)", r"specs/\1.sdhs", shlex.join([*others, *sets]))


def result(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert run([str(word) for word in words]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_diagnostic_of_the_readme(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The block that shows a diagnostic is what the spec with this mistake gives."""
    (shown,) = re.findall(r"```\n(specs/stereo.sdhs:.*?)```", read("README.md"), re.DOTALL)
    spec = clone / "specs" / "stereo.sdhs"
    right = spec.read_text(encoding="utf-8")
    try:
        spec.write_text(right.replace("out = C / 2", "out = C / 5"), encoding="utf-8")
        capsys.readouterr()
        assert run(["check", "specs/stereo.sdhs"]) == 1
    finally:
        spec.write_text(right, encoding="utf-8")
    captured = capsys.readouterr()
    assert shown in captured.out + captured.err


def type_python(folder: Path, text: str, **given: object) -> None:
    if not (folder / "runs/images").exists():
        type_command(folder, TRAINED["runs/images"])
    code = filled(text, {"RUN": "runs/images"})
    exec(compile(code, "page", "exec"), dict(given))


def test_the_code_of_the_readme(clone: Path) -> None:
    import torch

    (code,) = (item for item in block_items(read("README.md")) if item.kind == "python")
    views = (torch.zeros(2, 1, 5, 260, 346) for _ in range(2))
    with contextlib.redirect_stdout(io.StringIO()):
        type_python(clone, code.text, **dict(zip(("left", "right"), views, strict=True)))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ELSEWHERE])
def test_the_first_commands_of_a_page(clone: Path, page: str) -> None:
    removed = [each for each in clone.iterdir() if each.name not in KEPT]
    for path in removed:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for typed in [typed for typed in TYPED if any(path.name in re.split(r"[\s/]", typed) for path in removed)]:
        del TYPED[typed]  # what it made is gone
    for item in opening(read(f"docs/{page}")):
        if item.kind == "file":
            (clone / item.name).write_text(item.text, encoding="utf-8")
        elif item.kind == "python":
            type_python(clone, item.text)
        elif not unrun(item.text):
            type_command(clone, item.text)


def test_pages_that_others_type_are_typed() -> None:
    for page, test in ELSEWHERE.items():
        assert page in PAGES
        assert page in read(test)
    assert {"own-data.md", "events.md", "deploy.md", "classification.md", "search.md"} <= set(PAGES)


@pytest.mark.parametrize(
    ("text", "wanted"), [("spikegraph show RUN9", "what is RUN9"), ("spikegraph show OTHER", "what is OTHER")]
)
def test_an_unknown_placeholder_fails(text: str, wanted: str) -> None:
    with pytest.raises(AssertionError, match=wanted):
        final(text)


def test_an_unknown_option_of_a_command_that_is_not_run_fails() -> None:
    import click

    with pytest.raises(click.UsageError, match="--sink-norm"):
        unrun("torchrun --nproc-per-node 2 -m spikegraph compile specs/cifar10.sdhs --train --sink-norm")


def test_parsing() -> None:
    """Continued lines, comments, `&&`, titles and options that stand alone."""
    page = (
        "```sh\nspikegraph a \\\n  --b  # why\npip x && spikegraph c\n```\n"
        "```python\n# f.py\nx = 1\n```\n```python\nimport y\n```\n```\nshown\n```\n"
    )
    found = [(item.kind, item.name, item.words if item.kind == "command" else item.text) for item in block_items(page)]
    assert found == [
        ("command", "", ["spikegraph", "a", "--b"]),
        ("command", "", ["pip", "x"]),
        ("command", "", ["spikegraph", "c"]),
        ("file", "f.py", "# f.py\nx = 1\n"),
        ("python", "", "import y\n"),
    ]
    table = "| task | command |\n|---|---|\n| a | `spikegraph a`, `--to b` |\n"
    assert [item.text for item in spans(table, {"--to b": "spikegraph a --to b"})] == ["spikegraph a", "spikegraph a --to b"]
    with pytest.raises(AssertionError, match="which command does `--to b` continue"):
        list(spans(table, {}))
    assert opening(page)[0] == Typed(2, "spikegraph a   --b  # why")
