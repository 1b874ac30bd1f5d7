"""How a run would be continued otherwise than it was started: compared by a table, one line for each difference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from spikegraph.base.errors import RunFolderError
from spikegraph.base.surface import argument, on_the_command_line
from spikegraph.runs.manifest import Difference, Manifest

ANOTHER_RUN, OTHER_ROUNDING = "another run", "other rounding"
"""What a difference means: the run learns something else, or its sums are rounded differently."""

SPEC = "spec"
NOT_RECORDED = "not recorded"
_ENVIRONMENT = "install the run's versions"


@dataclass(frozen=True)
class _Compared:
    """A row of the table.

    Attributes:
        what: What is compared.
        value: Its value in a manifest, as shown; empty if it isn't recorded.
        effect: What a difference means.
        fix: How to undo it, for the run's value.
    """

    what: str
    value: Callable[[Manifest], str]
    effect: str
    fix: Callable[[str], str]


def _short(digest: str | None) -> str:
    return "none" if digest is None else digest[:12]


def _on(switch: bool | None) -> str:
    return {None: "", True: "on", False: "off"}[switch]


def _on_the_cpu(manifest: Manifest) -> bool:
    return manifest.device.startswith("cpu")


def _code(manifest: Manifest) -> str:
    if not manifest.code_sha256:
        return ""
    return f"{manifest.versions.get('spikegraph')} ({manifest.source}, code {_short(manifest.code_sha256)})"


def _leaving_out(option: str) -> Callable[[str], str]:
    return lambda run: f"leave out {argument(option)}"


def _always(text: str) -> Callable[[str], str]:
    return lambda run: text


def _data() -> str:
    return argument("data", "DIR") if on_the_command_line() else "`data`, or `train` and `test`"


def _processes(run: str) -> str:
    return f"use `torchrun --nproc-per-node {run} -m spikegraph`"


TABLE = (
    _Compared("seed", lambda m: str(m.seed), ANOTHER_RUN, lambda run: argument("seed", run)),
    _Compared("precision", lambda m: m.precision, ANOTHER_RUN, lambda run: argument("precision", run)),
    _Compared(
        SPEC,
        lambda m: _short(m.resolved_sha256),
        ANOTHER_RUN,
        lambda run: "leave out SPEC, --profile and --set" if on_the_command_line() else "give the run's spec and overrides",
    ),
    _Compared("genotype", lambda m: _short(m.genotype_sha256), ANOTHER_RUN, _leaving_out("genotype")),
    _Compared("data", lambda m: _short(m.data_sha256), ANOTHER_RUN, lambda run: f"give the run's data with {_data()}"),
    _Compared(
        "weights",
        lambda m: _short(m.weights_sha256),
        ANOTHER_RUN,
        lambda run: _leaving_out("weights")(run) if run == "none" else f"give the run's with {argument('weights', 'PATH')}",
    ),
    _Compared("deterministic", lambda m: _on(m.deterministic), OTHER_ROUNDING, _leaving_out("deterministic")),
    _Compared("CUDA graphs", lambda m: _on(m.cuda_graph), OTHER_ROUNDING, _leaving_out("cuda-graph")),
    _Compared("device", lambda m: m.device, OTHER_ROUNDING, _always("use the run's device")),
    _Compared(
        "threads", lambda m: str(m.threads) if _on_the_cpu(m) else "", OTHER_ROUNDING, lambda run: f"set OMP_NUM_THREADS={run}"
    ),
    _Compared("processes", lambda m: str(m.processes), OTHER_ROUNDING, _processes),
    _Compared("synchronised norms", lambda m: _on(m.sync_norm), ANOTHER_RUN, _leaving_out("sync-norm")),
    _Compared("instructions", lambda m: m.instructions, OTHER_ROUNDING, _always("use a processor like the run's")),
    _Compared("native kernels", lambda m: _on(m.native), OTHER_ROUNDING, _always("")),
    _Compared(
        "compiler", lambda m: m.compiler, OTHER_ROUNDING, _always("use the run's compiler: set CXX and SPIKEGRAPH_MARCH")
    ),
    _Compared("spikegraph", _code, OTHER_ROUNDING, _always("use the run's version")),
)
"""What is compared, in the order in which it is shown; versions and plug-ins follow."""

_KERNELS = {"on": "unset SPIKEGRAPH_NATIVE, and install g++", "off": "set SPIKEGRAPH_NATIVE=0"}


def differences(run: Manifest, now: Manifest) -> list[Difference]:
    """Everything in which `now` differs from how the run was started."""
    rows = [(row.what, row.value(run), row.value(now)) for row in TABLE]
    others = [name for name in dict.fromkeys((*run.versions, *now.versions)) if name != "spikegraph"]
    rows += [(name, run.versions.get(name, ""), now.versions.get(name, "")) for name in others]
    plugins = [_plugins(m) for m in (run, now)]
    rows += [(f"plug-in {name}", *(p.get(name, "none") for p in plugins)) for name in sorted({*plugins[0], *plugins[1]})]
    return [
        Difference(what, there or NOT_RECORDED, here or NOT_RECORDED)
        for what, there, here in rows
        if there != here and not _follows(what, run, now)
    ]


def other_packages(run: Manifest, now: Manifest) -> list[Difference]:
    """The installed packages that differ and that `differences` doesn't compare."""
    there, here = run.packages, now.packages
    seen = {name.lower() for name in (*run.versions, *now.versions)}
    names = [name for name in dict.fromkeys((*there, *here)) if name.lower() not in seen]
    rows = [(name, there.get(name, "none"), here.get(name, "none")) for name in names]
    return [Difference(f"package {name}", a, b) for name, a, b in rows if a != b]


def changes_the_run(difference: Difference) -> bool:
    """Whether the run would learn something else, and not only be rounded differently."""
    return _effect(difference) == ANOTHER_RUN


def line(difference: Difference) -> str:
    """A difference as a line: what, the run's value, the value now, what it means, and how to undo it."""
    shown, fix = f"{difference.what}: the run's {difference.run}, now {difference.now}", _fix(difference)
    return f"{shown} ({_effect(difference)}{f'; {fix}' if fix else ''})"


def refused(folder: object, found: Sequence[Difference]) -> RunFolderError:
    """The error for a run that would be continued otherwise than it was started."""
    count = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    other = f"choose another folder with {argument('out')}"
    forced = f"{other}, or continue with {argument('force')}, which the manifest records"
    return RunFolderError(
        f"{folder} can't be resumed: {count} from how it was started",
        f"undo what differs, {forced}" if on_the_command_line() else f"undo what differs, or {other}",
        details=tuple(map(line, found)),
    )


def _follows(what: str, run: Manifest, now: Manifest) -> bool:
    """Whether a difference only repeats another one."""
    match what:
        case "threads" | "instructions" | "native kernels":
            return _on_the_cpu(run) != _on_the_cpu(now)
        case "compiler":
            return run.native != now.native
        case _:
            return False


def _plugins(manifest: Manifest) -> dict[str, str]:
    """The plug-ins as they are shown, by their names without folders; those of one name together."""
    found = dict[str, list[str]]()
    for name in manifest.plugins:
        found.setdefault(PurePath(name).name, []).append(_plugin(manifest, name))
    return {name: ", ".join(sorted(each)) for name, each in found.items()}


def _plugin(manifest: Manifest, name: str) -> str:
    found = manifest.plugin_files.get(name)
    return "" if found is None else " ".join(part for part in (found.version, _short(found.sha256)) if part)


def _row(difference: Difference) -> _Compared | None:
    return next((row for row in TABLE if row.what == difference.what), None)


def _effect(difference: Difference) -> str:
    row = _row(difference)
    if row is not None:
        return row.effect
    return ANOTHER_RUN if difference.what.startswith("plug-in ") else OTHER_ROUNDING


def _fix(difference: Difference) -> str:
    row = _row(difference)
    if difference.what == "native kernels":
        return _KERNELS.get(difference.run, "")
    if difference.what == "device" and difference.run.partition(" ")[0] != difference.now.partition(" ")[0]:
        return argument("device", difference.run.partition(" ")[0])
    if row is None:
        return "restore it" if difference.what.startswith("plug-in ") else _ENVIRONMENT
    return row.fix(difference.run) if difference.run != NOT_RECORDED else ""
