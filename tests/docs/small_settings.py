"""What placeholders of the pages stand for, settings that make each training small, and commands that aren't run."""

from __future__ import annotations

import re

STANDS_FOR: tuple[tuple[str, dict[str, str]], ...] = (
    (r"^spikegraph sweep \.\.\.", {"...": "specs/cifar10.sdhs --seeds 0-1", "ADDRESS": "head:10001"}),
    (r"^spikegraph slurm \.\.\.", {"...": "specs/cifar10.sdhs --seeds 0-1", "FILE.sh": "job.sh"}),
    (r"^spikegraph (runs|show|report) DIR", {"DIR": "some-runs"}),
    (r"^spikegraph data check DIR --spec SPEC", {"DIR": "images", "SPEC": "images.sdhs"}),
    (r"^spikegraph import", {"DIR": "imported", "FILE.py:NAME": "models.py:net"}),
    (r"specs/stereo.sdhs .*--data DIR", {"DIR": "mvsec"}),
    (r"specs/dsec.sdhs .*--data DIR", {"DIR": "dsec"}),
    (r"specs/(cifar100|imagenet).sdhs .*--data DIR", {"DIR": "{spec}"}),
    (r"specs/cifar10.sdhs .*--data DIR", {"DIR": "cifar10"}),
    (r"^spikegraph (stream|export)", {"RUN": "runs/events", "RECORDING": "camera.aedat4"}),
    (r"^spikegraph evaluate RUN --stream", {"RUN": "runs/stereo"}),
    (r"^spikegraph COMMAND --help", {"COMMAND": "check"}),
    (r"^spikegraph upgrade FILE", {"FILE": "runs/images/resolved.sdhs"}),
    ("", {"RUN": "runs/images", "RUN1": "run-1", "RUN2": "run-2", "RUN3": "run-3", "NEW": "converted"}),
)
"""For commands that match the expression; the first line that has a placeholder counts."""

CONTINUED = {
    "--to onnx": "spikegraph export RUN --to onnx -o net.onnx",
    "--train --log tensorboard": "spikegraph compile specs/cifar10.sdhs --train --log tensorboard",
}
"""Options that continue the command before them in their row of the table in docs/commands.md."""

ONE_EPOCH = ("retrain.epochs=1", "retrain.epoch_samples=4")
STEREO = ("{net}.planes=4", "search.epochs=1", "search.warm_up=0", "search.epoch_samples=2", "search.C=6", "retrain.C=6")
CLASSES = ("retrain.W=3", "retrain.batch=4", *ONE_EPOCH)
SEARCHED = ("search.W=3", "search.epochs=1", "search.warm_up=0", "search.epoch_samples=8", "search.batch=4")

SMALL: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"stereo(.sdhs)? .*--data",
        ("mvsec.sequence=corridor", "mvsec.steps=1", "mvsec.burn_in=1", "mvsec.augment=[random_crop([32, 44])]"),
    ),
    (r"specs/dsec", ("dsec.train=[a]", "dsec.validation=[b]", "dsec.test=[c]", "dsec.every=1")),
    (r"specs/dsec", ("dsec.steps=1", "dsec.burn_in=1")),
    (r"specs/dsec", ("dsec.augment=[random_crop([32, 44])]", *(each.format(net="dsec_stereo") for each in STEREO), *ONE_EPOCH)),
    (r"(specs/|builtin:)stereo", (*(each.format(net="stereo") for each in STEREO), *ONE_EPOCH)),
    (r"(specs/(stereo|dsec)|builtin:stereo)(?!.*--genotype)", ("feature_path.levels=2", "matching_path.levels=2")),
    (
        r"(specs/(stereo|dsec)|builtin:stereo)(?!.*--genotype)",
        ("feature.nodes=1", "matching.nodes=1", "matching_path.layers=2"),
    ),
    (r"(specs/|builtin:)stereo(?!.*--data)", ("mvsec.augment=[random_crop([32, 44])]",)),
    (r"(specs/|builtin:)cifar100?\b", (*CLASSES, "{spec}.time=1", "{spec}.stride=2")),
    (r"(specs/|builtin:)cifar10\b", SEARCHED),
    (r"(specs/|builtin:)cifar100?\b(?!.*--genotype specs/)", ("normal.nodes=1", "reduction.nodes=1")),
    (r"(specs/|builtin:)cifar10\b(?!.*(--data|sample_best|evolution))", ("search.method=darts(edges = true)",)),
    (r"sample_best", ("search.method=evolution(3)",)),
    (
        r"specs/imagenet",
        (*CLASSES, "retrain.W=4", "imagenet.time=1", "imagenet.classes=2", "imagenet.size=32", "retrain.workers=0"),
    ),
    (r"specs/imagenet", ("imagenet.size=32", "imagenet.augment=[resize(36), random_crop([32, 32])]")),
    (r"(specs/|builtin:)(segment|flow|events|images)|^compile (events|images)", ("{spec}.W=4", *ONE_EPOCH)),
    (r"^compile mine/", ONE_EPOCH),
    (r"specs/zoo/spikformer", ("retrain.epoch_samples=8",)),
)
"""For trainings whose arguments match: settings that are added."""

FEWER = {
    "--seeds 0-4": "--seeds 0,1 --data cifar10",
    "evolution(50)": "evolution(3)",
    "--watch": "--watch --every 0.1s",
    "spikegraph sweep": "spikegraph sweep --data cifar10",
}
"""Typed in place of what would take long."""

UNRUN: tuple[tuple[str, str], ...] = (
    (r"^pip ", "installs into the environment of the tests; tests/packaging installs"),
    (r"^pytest ", "it would run these tests"),
    (r"^spikegraph pretrain ", "twelve epochs; tests/docs/test_fine_tuning_page.py types it"),
    (r"^torchrun ", "starts processes that talk through ports; tests/distributed runs several"),
    (r"--ray ", "needs a cluster; tests/sweep has one of its own"),
    (r"^python tools/", "measurements of minutes or hours; tests/tools has their parts"),
    (r"^(rm|twine|python -m hatchling) ", "releases"),
)
"""Commands that are only read, and why. Those of spikegraph must have options that exist."""

ELSEWHERE = {
    "coming-from.md": "tests/foreign/test_page.py",
    "extending.md": "tests/test_extending.py",
    "python.md": "tests/docs/test_python_page.py",
    "spikes.md": "tests/docs/test_explanations.py",
}
"""Pages that another test types whole."""


def small(arguments: list[str]) -> list[str]:
    """The settings that make a training small, as options."""
    text = " ".join(arguments)
    named = re.search(r"(?:specs/|builtin:)(?:zoo/)?([\w-]+)", text) or re.search(r"(\w+)\.sdhs", text)
    spec = named[1] if named else ""
    added = [value.format(spec=spec) for form, values in SMALL if re.search(form, text) for value in values]
    return [part for value in added for part in ("--set", value)]


def stands_for(command: str) -> dict[str, str]:
    """What each placeholder of a command stands for."""
    named = re.search(r"specs/([\w-]+)\.sdhs", command)
    found: dict[str, str] = {}
    for form, names in STANDS_FOR:
        if re.search(form, command):
            found = {name: value.format(spec=named[1] if named else "") for name, value in names.items()} | found
    return found
