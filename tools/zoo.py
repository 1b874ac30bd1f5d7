"""Write `docs/zoo.md`, the tables of the systems in `specs/zoo`: `python tools/zoo.py [--check | --plan [NAME...]]`.

The predictions of memory and time stay as they are on the page; `--plan` makes those of the named systems anew, or of all,
which takes five minutes.
"""

import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from zoo_training import training

from spikegraph.analysis.certificate import Certificate, certify
from spikegraph.analysis.energy import CMOS_45NM, WITH_MEMORY, energy_text
from spikegraph.analysis.quantised import Beside
from spikegraph.analysis.statistics import Statistics
from spikegraph.ir.stepwise import not_stepwise
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[1]
ZOO = ROOT / "specs" / "zoo"
DOCUMENT = ROOT / "docs" / "zoo.md"
HEAD = """# The zoo

Published systems as specs, in [specs/zoo](../specs/zoo): networks by hand and search spaces. `tools/zoo.py` generates this
page; `tests/zoo` checks every size and compares outputs with those of other implementations with the same weights. Where a
search space has a published genotype, it is in `specs/zoo/genotypes` under the same name.

```sh
spikegraph stats specs/zoo/resnet19.sdhs --json
spikegraph check specs/zoo/autosnn64.sdhs --genotype specs/zoo/genotypes/autosnn64.sdhs --spiking
spikegraph compile specs/zoo/spikformer.sdhs --train --profile sample
```

- Parameters are those of the network as retrained, with the published genotype; of a space without one, those of its
  supernet.
- Additions are those of a time step, energies those of an inference; both are upper bounds: every neuron fires. Operations
  are those of `cmos-45nm`, with memory is `simple`, and the ANN is the same network with quantised ReLU by `simple`
  ([energy.md](energy.md)); that of an ANN has no neurons to replace. An inference of LIF-FireNet is a step, as in its
  authors' evaluation on MVSEC with dt = 1.
- Neurons fire less than at every step, so a bound above the ANN's energy says nothing of which needs less. Equal at is the mean
  firing rate at which both need as much by `simple`: below it the spiking network needs less, above it the ANN. Where its
  potentials and real inputs alone cost more, the ANN needs less at every rate.
- Phases that work: a search chooses, a retraining trains what is chosen, a deployment folds norms, and a stream runs step by
  step, where no neuron needs all steps at once. `tests/zoo/test_phases.py` does all of them with tiny networks; Auto-DeepLab is
  only built, since no data set for segmentation comes with the package, and SpikeYOLO, since detection isn't a task.
- Spiking: every product behind the encoding has spikes, a count or a constant on one side (`check --spiking`);
  otherwise the first place where not.

"""


@dataclass(frozen=True)
class Known:
    """What was published of a system: its name, where, and its number of parameters, if that was given.

    `steps` are the time steps of an inference where neither the network nor its data set tell them.
    """

    title: str
    source: str
    published: str = "not given"
    steps: int | None = None


SYSTEMS = {
    "spikedhs_relu": Known("SpikeDHS-CLA with ReLU, an ANN", "Che et al., NeurIPS 2022, section 4.1.2", "14 M"),
    "resnet18": Known("ResNet-18 for CIFAR (Dspike)", "Li et al., NeurIPS 2021", "11 M"),
    "resnet19": Known("ResNet-19 (TET)", "Deng et al., ICLR 2022; first in Zheng et al., AAAI 2021"),
    "resnet20": Known("ResNet-20 (Diet-SNN)", "Rathi and Roy, TNNLS 2021"),
    "resnet34": Known("ResNet-34", "He et al., CVPR 2016; Zheng et al., AAAI 2021", "21,797,672"),
    "resnet34_large": Known("ResNet-34, large (tdBN)", "Zheng et al., AAAI 2021", "86 M"),
    "sew_resnet18": Known("SEW-ResNet-18 (ADD)", "Fang et al., NeurIPS 2021", "11,689,512"),
    "sew_resnet34": Known("SEW-ResNet-34 (ADD)", "Fang et al., NeurIPS 2021", "21,797,672"),
    "sew_resnet50": Known("SEW-ResNet-50 (ADD)", "Fang et al., NeurIPS 2021", "25,557,032"),
    "ms_resnet18": Known("MS-ResNet-18", "Hu et al., TNNLS 2024", "11.69 M"),
    "ms_resnet34": Known("MS-ResNet-34", "Hu et al., TNNLS 2024", "21.80 M"),
    "ms_resnet104": Known("MS-ResNet-104", "Hu et al., TNNLS 2024", "77.28 M; the code has two more convolutions in the stem"),
    "att_ms_resnet18": Known("Att-MS-ResNet-18", "Yao et al., TPAMI 2023", "11.87 M"),
    "max_resnet18": Known("Max-ResNet-18", "Fang et al., NeurIPS 2025"),
    "vgg16": Known("VGG-16 (Diet-SNN)", "Rathi and Roy, TNNLS 2021"),
    "vgg9": Known("VGG-9 (TEBN)", "Duan et al., NeurIPS 2022; Kim and Panda, Front. Neurosci. 2021"),
    "qcfs_vgg16": Known("VGG-16 (QCFS)", "Bu et al., ICLR 2022"),
    "vggsnn": Known("VGGSNN (TET)", "Deng et al., ICLR 2022"),
    "cifarnet": Known("CIFARNet (TSSL-BP)", "Zhang and Li, NeurIPS 2020"),
    "plif_net": Known("PLIF-Net", "Fang et al., ICCV 2021"),
    "plif_gesture": Known("PLIF-Net for DVS Gesture", "Fang et al., ICCV 2021"),
    "psn_net": Known("Network of parallel spiking neurons", "Fang et al., NeurIPS 2023"),
    "psn_cifar10": Known("PSN for sequential CIFAR10", "Fang et al., NeurIPS 2023"),
    "dh_snn": Known("DH-SNN for SHD", "Zheng et al., Nature Communications 2024"),
    "srnn_shd": Known("SRNN for SHD", "Yin et al., Nature Machine Intelligence 2021", "142,396, with 20 that nothing uses"),
    "dcls_shd": Known("DCLS-Delays for SHD", "Hammouamri et al., ICLR 2024", "0.2 M"),
    "spikformer": Known("Spikformer-4-384", "Zhou et al., ICLR 2023", "9.32 M"),
    "spikformer_imagenet": Known("Spikformer-8-512", "Zhou et al., ICLR 2023", "29.68 M"),
    "spikformer_v2": Known("Spikformer V2-8-512", "Zhou et al., arXiv:2401.02020", "51.55 M; the stem is from the description"),
    "auto_spikformer": Known("Auto-Spikformer, a space", "Che et al., Front. Neurosci. 2024", "not in the authors' code"),
    "spikingformer": Known("Spikingformer-8-512", "Zhou et al., arXiv:2304.11954", "29.68 M"),
    "spike_driven": Known("Spike-driven Transformer-8-384", "Yao et al., NeurIPS 2023", "16.81 M"),
    "max_former": Known("Max-Former-10-384", "Fang et al., NeurIPS 2025", "16.23 M"),
    "qkformer": Known("QKFormer-10-384", "Zhou et al., NeurIPS 2024", "16.47 M"),
    "meta_spikeformer": Known("Meta-SpikeFormer-8-512", "Yao et al., ICLR 2024", "55.4 M"),
    "spiking_resformer": Known("SpikingResformer-Ti", "Shi et al., CVPR 2024", "11.14 M, without those of norms"),
    "snasnet_fw": Known("SNASNet-Fw, a space", "Kim et al., ECCV 2022"),
    "snasnet_bw": Known("SNASNet-Bw, a space", "Kim et al., ECCV 2022"),
    "autosnn": Known("AutoSNN, a space", "Na et al., ICML 2022"),
    "autosnn128": Known("AutoSNN, C = 128", "Na et al., ICML 2022", "21 M"),
    "autosnn64": Known("AutoSNN, C = 64", "Na et al., ICML 2022", "5 M"),
    "darts": Known("DARTS, an ANN", "Liu et al., ICLR 2019", "3.3 M"),
    "nasbench201": Known("NAS-Bench-201, a space", "Dong and Yang, ICLR 2020", "73,306 to 1,531,546"),
    "ddes": Known("DDES, an ANN", "Tulyakov et al., ICCV 2019", "2.33 M"),
    "ddes_snn": Known("DDES-SNN", "Che et al., NeurIPS 2022, Table 8", "2.33 M"),
    "eitnet": Known(
        "EITNet, an ANN",
        "Ahmed et al., AAAI 2021",
        "over 16 M, an estimate; its layers aren't given: these are from the description",
    ),
    "eis": Known(
        "EIS, an ANN", "Mostafavi et al., ICCV 2021", "not given; its layers aren't given: these are from the description"
    ),
    "stereospike": Known("StereoSpike", "Rançon et al., IEEE Access 2022"),
    # The authors' `configs/eval_MVSEC.yml` for dt = 1: each step gives a flow, and the states stay for the next.
    "lif_firenet": Known("LIF-FireNet", "Hagenaars et al., NeurIPS 2021", steps=1),
    "unet": Known("Spiking U-Net", "Ronneberger et al., MICCAI 2015; Li et al., Neurocomputing 2024"),
    "spike_yolo": Known("SpikeYOLO-s", "Luo et al., ECCV 2024", "23.1 M"),
    "psmnet": Known("PSMNet, an ANN", "Chang and Chen, CVPR 2018", "5.22 M"),
    "autodeeplab": Known("Auto-DeepLab, an ANN", "Liu et al., CVPR 2019", "10.15 M, with a decoder and a wider stem"),
    "leastereo": Known("LEAStereo, an ANN", "Cheng et al., NeurIPS 2020", "1.81 M, with connections across the matching net"),
}
"""All systems by the name of their file, in the order of the page."""


def row(name: str, known: Known) -> tuple[str, ...]:
    """A system's row of the table."""
    path, genotype = ZOO / f"{name}.sdhs", ZOO / "genotypes" / f"{name}.sdhs"
    space = Program.read(path)
    searched = any(node.op.architecture(*node.operand_values) for node in space.build("search").plain)
    program = Program.read(path, genotype=genotype) if genotype.exists() else space
    decided = genotype.exists() or not searched
    built = program.build("retrain" if decided else "search")
    costs = Statistics.of(built.outline, built.plain, time=built.time_steps or known.steps)
    count, additions = costs.parameters, sum(layer.additions for layer in costs.layers)
    phases = ("search, " if space.spec.search is not None else "") + "retrain, deploy"
    phases += "" if not_stepwise(built.plain) else ", stream"
    spiking = _spiking(certify(program.build("deploy").plain)) if decided else "as decided"
    title = f"[{known.title}](../specs/zoo/{name}.sdhs)"
    return title, known.source, f"{count:,}", known.published, phases, spiking, f"{additions / 1e6:,.0f} M", *_energies(costs)


def _energies(costs: Statistics) -> tuple[str, ...]:
    """Energies of operations, with memory, and of the quantised ANN, and the firing rate at which the last two are equal."""
    alone, stored = (Beside.of(costs, model) for model in (CMOS_45NM, WITH_MEMORY))
    energies = ["none" if n is None else energy_text(n) for n in (alone.spiking, stored.spiking, stored.ann)]
    return *energies, _equal_at(stored)


def _equal_at(stored: Beside) -> str:
    """The firing rate at which a network and its quantised ANN need as much, in words."""
    if stored.ann is None:
        return "none"
    if stored.equal is None:
        return "every rate"
    if stored.equal == 0.0:
        return "no rate, the ANN needs less"
    return "no rate, the ANN needs more" if stored.equal >= 1.0 else f"{100 * stored.equal:.3g} %"


def _spiking(certificate: Certificate) -> str:
    """A certificate in a few words."""
    if certificate.holds:
        return "yes"
    place, *others = certificate.places
    where = f"{Path(place.span.file).name}:{place.span.line}"
    return f"no: `{where}`" + (f" and {len(others)} more" if others else "")


def page(anew: Collection[str] = ()) -> str:
    """The page, with new predictions for some systems."""
    known = ("system", "source", "parameters", "published", "phases that work", "spiking")
    head = (*known, "additions", "operations", "with memory", "ANN", "equal at")
    rows = (head, tuple("---" for _ in head), *(row(name, system) for name, system in SYSTEMS.items()))
    titles = {name: known.title for name, known in SYSTEMS.items()}
    before = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    return HEAD + "".join("| " + " | ".join(cells) + " |\n" for cells in rows) + training(titles, before, anew)


def main(arguments: list[str]) -> int:
    """Writes the page, or with `--check` only compares it."""
    anew = (arguments[1:] or list(SYSTEMS)) if arguments[:1] == ["--plan"] else ()
    text = page(anew)
    if arguments == ["--check"]:
        current = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
        if current != text:
            print(f"{DOCUMENT} is not current; run `python tools/zoo.py`", file=sys.stderr)
        return int(current != text)
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
