"""Random specifications."""

from spikegraph.generate.cells import Cells, declared_cells
from spikegraph.generate.choices import can_be_searched, decided_choices
from spikegraph.generate.expressions import Scope
from spikegraph.generate.generated import Generated
from spikegraph.generate.network import Body
from spikegraph.generate.neurons import declared
from spikegraph.generate.runs import random_runs, random_task, trained_output
from spikegraph.generate.wanted import Wanted
from spikegraph.generate.world import World
from spikegraph.ir.samples import Draw
from spikegraph.ir.types import Value

LENGTHS = {0: (1, 1), 1: (1, 9), 2: (1, 9), 3: (1, 5)}
"""The least and the largest length of an axis, by the number of axes."""


def random_spec(draw: Draw, wanted: Wanted | None = None) -> Generated:
    """A random specification that `check` accepts, of everything that the registries of operations and neuron models have.

    Args:
        draw: Decides; `seeded(1)`, for example.
        wanted: What it may contain; by default all but runs.
    """
    wanted = wanted or Wanted()
    names = ("lif", "other", "third")[: draw.integer(1, 3)]
    neurons = [declared(draw, name, wanted, plain=name == names[0]) for name in names]
    task = random_task(draw) if wanted.runs and draw.boolean(0.7) else None
    axes = draw.choice(wanted.axes) if task is None else 2
    decided = draw.boolean(wanted.decided)
    cells = Cells()
    if axes and (wanted.cells or wanted.trellises) and draw.boolean(0.5):
        cells = declared_cells(draw, [n for n in neurons if n.plain], axes, wanted, decided=decided)
    if task is None:
        steps = draw.integer(1, 3)
        time = steps if draw.boolean(wanted.once) else None
        inputs = _inputs(draw, axes, time, wanted)
    else:
        inputs, time = task.inputs, task.time
        steps = time or 3
    scope = Scope(dict(inputs), {}, next(iter(inputs.values())), time, steps)
    world = World(draw, wanted, neurons, cells, wanted.most, open=bool(cells.cells))
    body = Body(world, scope)
    body.params = world.params
    while world.room > 0 and (not body.wires or draw.boolean(0.85)):
        before = world.room
        body.statement()
        world.room -= before == world.room
    body.close()
    outputs, loss = (_outputs(body, draw), "") if task is None else trained_output(body, draw, task)
    lines = [f"param {name} = {a.text}" for name, a in world.params.items()]
    lines += [f"input {name} : {v.kind}[{', '.join(map(str, v.shape))}]" for name, v in inputs.items()]
    lines += [] if time is None else [f"time = {time}"]
    lines += [f"neuron = {neurons[0].name}"] if len(neurons) > 1 else []
    lines += [line for b in world.blocks if not b.top for line in b.text.splitlines()]
    lines += [wire.text for wire in body.wires] + outputs
    network = "network net {\n" + "".join(f"  {line}\n" for line in lines) + "}"
    used = cells if "chain(" in network or world.trellises or any("chain(" in b.text for b in world.blocks) else Cells()
    parts = [n.text for n in neurons] + [b.text for b in world.blocks if b.top] + [used.text, network, used.decided]
    wires = "choose(" in "".join(parts)
    if decided and wires:
        parts.append(decided_choices(draw, _joined(parts)))
    if task is not None:
        searched = not decided and (wires or bool(used.text)) and can_be_searched(_joined(parts))
        parts += random_runs(draw, task, body, outputs, loss, searched=searched, wires=wires)
    return Generated(_joined(parts), steps)


def _joined(parts: list[str]) -> str:
    """The text of declarations."""
    return "\n\n".join(("sdhs 1", *(part for part in parts if part))) + "\n"


def _inputs(draw: Draw, axes: int, time: int | None, wanted: Wanted) -> dict[str, Value]:
    """One to three inputs; their sizes are equal, or not."""
    found: dict[str, Value] = {}
    low, high = LENGTHS[axes]
    for name in ("left", "right", "third")[: draw.choice((1, 1, 2, 3))]:
        kind = draw.choice(wanted.kinds)
        if found and draw.boolean(0.6):
            shape = next(iter(found.values())).shape
        else:
            shape = (draw.integer(1, 3 if axes == 3 else 4), *(draw.integer(low, high) for _ in range(axes)))
        found[name] = Value(kind, shape[0], shape[1:], steps=time is None)
    return found


def _outputs(body: Body, draw: Draw) -> list[str]:
    """The last wire as an output, and now and then others."""
    names = [w.name for w in body.wires if body.scope.values[w.name].levels == 1][::-1]
    if not names:
        names = [next(iter(body.scope.values))]
    chosen = [names[0]]
    while draw.boolean(0.3):
        chosen.append(draw.choice(names))
    return [f"output y{i} = {name}" for i, name in enumerate(dict.fromkeys(chosen))]
