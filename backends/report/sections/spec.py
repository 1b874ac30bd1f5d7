"""The section of the spec, its hashes, the command that repeats the run, and where it comes from."""

import shlex
from collections.abc import Sequence

from spikegraph.backends.report.html_table import facts
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, below, folded
from spikegraph.backends.report.sections.provenance import log, provenance
from spikegraph.charts.markup import Html, el, join


def section(runs: Sequence[Record]) -> Section:
    """The section."""
    several = len(runs) > 1
    parts = [(r.label, _of_run(r, f"command-{k}", below(several))) for k, r in enumerate(runs)]
    return Section("spec", "Spec and command", folded(parts, several))


def _of_run(run: Record, key: str, heading: str) -> Html:
    m = run.manifest
    parts = [
        facts([("spec", m.spec), ("sha256", m.spec_sha256), ("sha256 with every default", m.resolved_sha256)]),
        el(heading, "Command that repeats the run" if run.complete else "Command that continues the run"),
        command(shlex.split(run.repeat_command), f"{key}-again"),
    ]
    if m.command:
        parts += [el(heading, "Command that started the run"), command(m.command, key)]
    parts += [provenance(run, heading), log(run, heading)]
    file = run.folder.resolved.name
    if run.resolved is None:
        return join(*parts, absent(f"The file {file} is missing."))
    unchanged = run.spec_is_unchanged()
    if not unchanged:
        parts.append(absent(f"The file {file} has changed since the run was started: its hash differs."))
    title = "The spec with every default written out" + (", unchanged since the start" if unchanged else "")
    text = el(
        "pre", *_coloured(run.resolved), tabindex="0", role="region", aria_label=f"the spec of {run.label}", class_="spec"
    )
    return join(*parts, el("details", el("summary", title), text))


def command(words: Sequence[str], key: str) -> Html:
    """A command with a copy button; `key` is the identifier of the element."""
    button = el("button", "Copy", type="button", data_copy=key, class_="copy")
    return el(
        "div",
        el(
            "pre",
            el("code", shlex.join(words), id=key),
            tabindex="0",
            role="region",
            aria_label=f"command: {shlex.join(words[:2])} {key}",
        ),
        button,
        class_="command",
    )


def _coloured(text: str) -> list[Html]:
    """The text with highlighted comments."""
    parts: list[Html] = []
    for line in text.splitlines(keepends=True):
        code, mark, comment = line.partition("#")
        parts.append(join(code, el("i", mark + comment) if mark else None))
    return parts
