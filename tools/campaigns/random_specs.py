"""Random specs of the whole language; most are valid, and `check` says which."""

from dataclasses import dataclass
from random import Random

from random_network import Cell, Dataflow, Trellis, Wire
from random_values import entries, surrogate

from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.run import Dgs, Retrain, Search

IMAGES = {"mnist": (1, 10), "cifar10": (3, 10), "fashion_mnist": (1, 10), "cifar100": (3, 100), "fashion_mnist_small": (1, 10)}


def block(head: str, found: dict[str, str]) -> str:
    """A declaration."""
    return head + " {\n" + "".join(f"  {name} = {text}\n" for name, text in found.items()) + "}"


@dataclass
class Declared:
    """The declarations so far, and the names that others use."""

    parts: list[str]
    neurons: list[str]
    candidates: dict[str, list[str]]
    cells: list[Cell]
    trellises: list[Trellis]


def spec(rng: Random) -> str:
    """The text of a spec."""
    made = Declared(["sdhs 1"], [], {}, [], [])
    _neurons(rng, made)
    searched = rng.random() < 0.75
    if searched:
        _candidates(rng, made)
        _cells(rng, made)
    task = rng.choice(("none", "none", "classes", "stereo"))
    _network(rng, made, task)
    return "\n\n".join(made.parts) + "\n"


def _neurons(rng: Random, made: Declared) -> None:
    for name in ("lif", "slow", "third")[: rng.randint(1, 3)]:
        like = f" like {made.neurons[0]}" if made.neurons and rng.random() < 0.4 else ""
        found = entries(rng, Neuron, skip=("surrogate",))
        if rng.random() < 0.7:
            found["surrogate"] = surrogate(rng)
        made.parts.append(block(f"neuron {name}{like}", found))
        made.neurons.append(name)


def _candidate(rng: Random, made: Declared) -> str:
    neuron = rng.choice(made.neurons)
    use = rng.choice((neuron, f"{neuron}(surrogate = {surrogate(rng)})", f"{neuron}(decay = 0.4)"))
    convolution = f"conv({rng.choice((1, 3, 5))}{rng.choice(('', '', ', bias = false'))})"
    forms = [
        f"{convolution} -> norm -> {use}",
        f"{convolution} -> norm -> {use}",
        f"{convolution} -> {use}",
        f"{convolution} -> norm",
        f"{convolution} -> norm(eps = 0.001, momentum = {rng.choice((0, 0.5, 1))}) -> {use}",
        f"relu -> {convolution} -> norm -> {use}",
        f"{convolution} -> pool(kind = {rng.choice(('max', 'avg'))}, kernel = 3, stride = 1) -> norm -> {use}",
    ]
    return rng.choice(forms)


def _candidates(rng: Random, made: Declared) -> None:
    for name in ("ops", "more")[: rng.randint(1, 2)]:
        found = {f"c{i}": _candidate(rng, made) for i in range(rng.randint(1, 3))}
        if rng.random() < 0.7:
            found["skip"] = "identity"
        made.candidates[name] = list(found)
        made.parts.append(block(f"candidates {name}", found))


def _cells(rng: Random, made: Declared) -> None:
    for name in ("small", "reduction", "wide")[: rng.randint(1, 3)]:
        nodes, stride = rng.randint(1, 3), rng.choice((1, 1, 2))
        operations = rng.choice(sorted(made.candidates))
        neuron = rng.choice(made.neurons)
        found = {"nodes": str(nodes), "candidates": operations, "neuron": neuron, "stride": str(stride)}
        inputs = ["prev2", "prev"]
        if rng.random() < 0.3:
            inputs = rng.choice((["prev"], ["prev", "prev2"]))
            found["inputs"] = f"[{', '.join(inputs)}]"
        if rng.random() < 0.5:
            found["mix"] = rng.choice(("spike", "membrane"))
        if rng.random() < 0.6:
            found["keep"] = str(rng.randint(1, 3))
        if rng.random() < 0.3:
            found["rank_without"] = f"[{rng.choice(made.candidates[operations])}]"
        if rng.random() < 0.3:
            found["max_skips"] = rng.choice(("none", "1", "3"))
        if rng.random() < 0.25:
            found["edges"] = _edges(rng, nodes, inputs)
        made.parts.append(block(f"cell {name}", found))
        made.cells.append(Cell(name, nodes, stride))
        if stride == 1 and rng.random() < 0.4:
            grid = {"cell": name, "layers": str(rng.randint(1, 3)), "levels": str(rng.randint(1, 3))}
            grid |= {"finest": rng.choice("01")} if rng.random() < 0.3 else {}
            grid |= {"resize": rng.choice(("nearest", "bilinear"))} if rng.random() < 0.4 else {}
            made.parts.append(block(f"trellis {name}_grid", grid))
            made.trellises.append(Trellis(f"{name}_grid", nodes))


def _edges(rng: Random, nodes: int, inputs: list[str]) -> str:
    found: list[str] = []
    for node in range(nodes):
        sources = [*inputs, *(f"n{i}" for i in range(node))]
        kept = rng.sample(sources, rng.randint(1, len(sources)))
        found.append(f"n{node}({', '.join(s for s in sources if s in kept)})")
    return f"[{', '.join(found)}]"


def _network(rng: Random, made: Declared, task: str) -> None:
    params = {name: rng.choice((2, 4)) for name in ("W", "C")[: rng.randint(0, 2)]}
    flow = Dataflow(rng, made.neurons, made.cells, list(made.trellises), params)
    source = rng.choice(sorted(IMAGES))
    channels, classes = IMAGES[source]
    size = tuple(rng.randint(3, 9) for _ in range(2 if task != "none" or rng.random() < 0.8 else 3))
    time = f"\n  time = {rng.randint(1, 3)}"
    match task:
        case "classes":
            inputs = f"input image : real[{channels}, {size[0]}, {size[1]}]"
            flow.wires = [Wire("image", channels, size)]
        case "stereo":
            inputs, time = f"input left, right : {rng.choice(('events', 'real'))}[2, {size[0]}, {size[1]}]", ""
            flow.wires = [Wire("left", 2, size), Wire("right", 2, size)]
        case _:
            channels = rng.choice((1, 2, 3))
            inputs = f"input x : {rng.choice(('events', 'spike', 'real'))}[{channels}, {', '.join(map(str, size))}]"
            time = rng.choice((time, ""))
            flow.wires = [Wire("x", channels, size)]
    for _ in range(rng.randint(1, 5)):
        flow.step()
    last, losses = flow.wires[-1], ""
    if task == "stereo":
        left = [w for w in flow.wires if w.size == size][-1]
        flow.lines.append(f"volume = cost_volume({left.name}, {left.name}, planes = {rng.randint(2, 4)})")
        options = rng.choice(("", "(step = 1)", "(support = 1)", "(left, step = 2, support = 1)"))
        flow.lines.append(f"sims = volume -> stem(3, out = 1{flow.named()})")
        flow.lines.append(f"output disparity = sims -> conv(3, out = 1) -> subpixel{options}")
        losses = rng.choice(("subpixel_cross_entropy", "subpixel_cross_entropy(disparity, diversity = 1)"))
    elif task == "classes":
        flow.lines.append(f"output logits = {flow.taken(last)} -> pool -> linear({classes}) -> mean(time)")
        losses = rng.choice(("cross_entropy", "cross_entropy(logits, label_smoothing = 0.1)"))
        feature = next((w for w in flow.wires[1:] if len(w.size) == 2), None)
        if feature is not None and rng.random() < 0.4:
            flow.lines.append(f"aux = {feature.name} -> auxiliary({classes}, channels = 4, features = 3{flow.named()})")
            losses = f"cross_entropy(logits) + {rng.uniform(0.1, 1):.2g} * cross_entropy(aux)"
    else:
        for i, wire in enumerate(rng.sample(flow.wires[1:], rng.randint(1, min(2, len(flow.wires) - 1)))):
            flow.lines.append(f"output y{i} = " + flow.pipe(wire, least=1)[0])
    head = [*(f"param {name} = {n}" for name, n in params.items()), inputs + time]
    made.parts.append("network net {\n" + "".join(f"  {line}\n" for line in (*head, *flow.lines)) + "}")
    if task != "none":
        _runs(rng, made, flow, task, source, size, losses)


def _runs(rng: Random, made: Declared, flow: Dataflow, task: str, source: str, size: tuple[int, ...], losses: str) -> None:
    data = source if task == "classes" else "mvsec"
    crop = f"random_crop([{size[0]}, {size[1]}]), horizontal_flip(probability = 0.3)"
    augment = {"augment": f"[{crop}]"} if task == "classes" else {"frames": "2"}
    made.parts.append(block(f"dataset {data}", augment))
    bound = "".join(f"{n} = {v}" for n, v in list(flow.params.items())[:1] if rng.random() < 0.7)
    skip = ("stems", "loss", "validate", "mix")
    for kind, record in (("search", Search), ("retrain", Retrain)):
        if rng.random() < 0.7:
            found = entries(rng, record, skip) | {"loss": losses}
            if rng.random() < 0.5 or len(made.neurons) > 1:
                found["stems"] = rng.choice([*made.neurons, *(["relu"] if kind == "search" else [])])
            if rng.random() < 0.3:
                found["mix"] = rng.choice(("spike", "membrane", "none"))
            if rng.random() < 0.3:
                found["validate"] = "data" if task == "stereo" else "0.2"
            text = block(f"{kind} net{f'({bound})' if bound else ''} on {data}", found)
            if kind == "retrain" and rng.random() < 0.5:
                places = [*flow.stems, *(f"{chain}[0]" for chain in flow.chains), *(["all stems"] if flow.stems else [])]
                if places:
                    inside = "".join(f"    {k} = {v}\n" for k, v in entries(rng, Dgs).items())
                    text = text[:-1] + f"  dgs at {rng.choice(places)} {{\n{inside}  }}\n}}"
            made.parts.append(text)
    if rng.random() < 0.4:
        paths = {f"{rng.choice(made.neurons)}.{k}": v for k, v in entries(rng, Neuron, ("surrogate",), 0.7).items()}
        made.parts.append(block("profile sample", paths))
