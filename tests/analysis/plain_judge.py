"""A judge of graphs in JSON that knows nothing of the package: a value is written out as what it was made of.

Every value is a set of terms. A term is `counted`, `input` or `real`, and the layers that it went through as (window, padded);
what follows is read from the terms. The chains of layers are followed in the graph a second time, forwards.
"""

KEEPS = {"identity", "dropout", "concat", "previous", "add", "gather", "vote", "mean", "upsample", "resize", "pool"}
KEEPS |= {"sub", "scale", "spread", "split", "reduce"}
LAYERS = {"conv", "linear", "norm"}
COMPUTING = {"mul", "iand", "lif", "neuron", "potential", "graded", "previous"}


def takes(node):
    """The operands whose numbers a node uses."""
    return node["operands"][:1] if node["op"] in ("resize", "crop") else node["operands"]


def verdict(graph):
    """True if the network computes with spikes, and the names of its products of real numbers."""
    nodes = {node["name"]: node for node in graph["nodes"]}
    carried = graph.get("carried", {})
    for node in nodes.values():  # over the time steps of a value that is the same at all of them, a maximum is that value
        over_time = node["op"] == "reduce" and node["params"]["over"] == "time"
        node["same"] = over_time and not nodes[node["operands"][0]]["type"]["steps"]
    terms = {name: frozenset() for name in nodes}
    bad, products = set(), set()
    for _ in range(30):
        bad, products, before = set(), set(), dict(terms)
        for name, node in nodes.items():
            last = terms[carried[name]] if name in carried else None
            terms[name] = value(node, [terms[o] for o in takes(node)], last, bad, products)
            if any(carried.get(o) == name for o in node["operands"]) and {kind for kind, _ in terms[name]} == {"counted"}:
                terms[name] = frozenset({("real", ())})  # an accumulator, whose count grows at each step
        if terms == before:
            break
    chains(nodes, carried, graph, terms, bad)
    interpolated(nodes, carried, terms, bad)
    return not bad and not products, products


def value(node, taken, last, bad, products):
    """The terms of a node."""
    op, params, name = node["op"], node["params"], node["name"]
    together = frozenset().union(*taken)
    real = frozenset({("real", ())})
    if op == "input":
        return frozenset({("input", ()) if params["kind"] == "real" else ("counted", ("raw",))})
    if op == "previous":
        return real if ("refused", ()) in last else last
    if op in ("lif", "neuron"):
        return frozenset({("counted", ())})
    if op in ("potential", "graded", "relu", "sigmoid", "tanh", "erf", "exp", "learned"):
        return real
    if op == "div":
        if all(("refused", ()) not in x for x in taken):
            products.add(name)
        return frozenset({("refused", ())})
    if op == "norm" and (params["kind"] != "batch" or params["per"] == "step"):
        bad.add(name)
        return frozenset({("refused", ())})
    if op in LAYERS:
        return through(node, together, bad)
    if op in ("mul", "iand"):
        counted = [all(kind == "counted" for kind, _ in x) for x in taken]
        if any(("refused", ()) in x for x in taken):
            return frozenset({("refused", ())})
        if not any(counted):
            products.add(name)
            return frozenset({("refused", ())})
        raw = all(path == ("raw",) for _, path in together)
        return frozenset({("counted", ("raw",) if raw else ())}) if all(counted) else real
    if op == "upsample" and params["mode"] != "nearest":
        if together <= {("input", ()), ("input", ("layer",)), ("refused", ())}:
            return together
        return frozenset({("input", ())}) if together == {("counted", ("raw",))} else real
    if largest(node):
        return together if {kind for kind, _ in together} <= {"counted", "refused"} else real
    assert op in KEEPS, op
    return mixed(moved(node, together))


def largest(node):
    """Whether a node takes a maximum."""
    return (node["op"] == "pool" and node["params"]["kind"] == "max") or (
        node["op"] == "reduce" and node["params"]["by"] == "max" and not node["same"]
    )


def mixed(terms):
    """What terms of one value are together: those that don't go together are real."""
    kinds = {kind for kind, _ in terms}
    if "real" in kinds:
        return frozenset({("real", ())})
    if "refused" in kinds:
        return frozenset({("refused", ())})
    spikes = any(kind == "counted" and path != ("raw",) for kind, path in terms)
    raw = any(kind == "counted" and path == ("raw",) for kind, path in terms)
    current = "current" in kinds
    bare = any(kind == "input" and path == () for kind, path in terms)
    if (spikes or raw) and current:
        return frozenset({("real", ())})
    if spikes and "input" in kinds:
        return frozenset({("real", ())})
    if current and bare:
        return frozenset({("real", ())})
    if raw and "input" in kinds:
        return frozenset({("input", ())})
    if raw and spikes:
        return frozenset({("counted", ())})
    if "input" in kinds and not current:
        return frozenset({("input", () if bare else ("layer",))})
    return terms


def moved(node, terms):
    """Terms behind an operation that isn't the same at every position; only what went through a window notices."""
    along = node["op"] == "reduce" and node["params"]["over"] in ("depth", "height", "width")
    if node["op"] not in ("upsample", "resize", "pool") and not along:
        return terms
    return frozenset((kind, (*path, "border") if "window" in path and "border" not in path else path) for kind, path in terms)


def through(node, terms, bad):
    """Terms behind a layer of weights."""
    terms, window = mixed(terms), node["op"] == "conv" and wide(node["params"]["kernel"])
    kinds = {kind for kind, _ in terms}
    if "real" in kinds:
        bad.add(node["name"])
    if kinds & {"real", "refused"}:
        return frozenset({("refused", ())})
    if kinds <= {"input"} or all(path == ("raw",) for _, path in terms):
        return frozenset({("input", ("layer",))})
    marks = {mark for kind, path in terms if kind == "current" for mark in path}
    if (window and "window" in marks) or ((window or node["params"].get("margin")) and "constant" in marks):
        bad.add(node["name"])  # every kernel above 1 of these networks is padded
    marks |= {"window", "border"} if window else set()
    marks |= {"constant"} if node["op"] == "norm" or any("bias" in tensors for tensors in node["weights"].values()) else set()
    return frozenset({("current", tuple(sorted(marks, reverse=True)))})


def wide(kernel):
    """Whether a kernel covers more than one position."""
    return any(k > 1 for k in (kernel if isinstance(kernel, list) else [kernel]))


def chains(nodes, carried, graph, terms, bad):
    """Layers of currents whose makers have another use."""
    users = {name: [other["name"] for other in nodes.values() for o in takes(other) if o == name] for name in nodes}
    ends = {*graph["outputs"].values(), *graph["taps"].values(), *carried.values()}

    def follows(name):
        """The layer to which a result leads alone."""
        while True:
            if name in ends or len(users[name]) != 1:
                return None
            (name,) = users[name]
            op = nodes[name]["op"]
            if op in LAYERS:
                return name
            if op not in KEEPS or largest(nodes[name]) or bilinear(nodes[name]):
                return None

    def before(name):
        """The layers that made a current, and None for a loop."""
        node = nodes[name]
        if not any(kind == "current" for kind, _ in terms[name]):
            return []
        if node["op"] == "previous":
            return [None]
        return [name] if node["op"] in LAYERS else [maker for o in takes(node) for maker in before(o)]

    for name, node in nodes.items():
        if node["op"] in LAYERS and name not in bad:
            makers = [maker for o in takes(node) for maker in before(o)]
            if any(maker is None or follows(maker) != name for maker in makers):
                bad.add(name)


def bilinear(node):
    return node["op"] == "upsample" and node["params"]["mode"] != "nearest"


def interpolated(nodes, carried, terms, bad):
    """Interpolated numbers on the way to a layer, a product or a state."""
    needed = [name for name, node in nodes.items() if node["op"] in LAYERS | COMPUTING]
    seen = set()
    while needed:
        name = needed.pop()
        if name not in seen:
            seen.add(name)
            needed += [carried[name]] if name in carried else nodes[name]["operands"]
    bad.update(name for name in seen if bilinear(nodes[name]) and terms[name] == frozenset({("real", ())}))
