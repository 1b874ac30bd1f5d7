"""The table of the packages of `spikegraph` that each may import."""


def torch(*names: str) -> tuple[str, ...]:
    """Packages and modules of the backend for PyTorch."""
    return tuple(f"backends.torch.{name}" for name in names)


GRAPH = ("base", "plugins", "dsl", "equations", "ir")
FRONT = (*GRAPH, "runs", "elaborate", "passes", "genotype", "analysis", "program")

ALLOWED = {
    # What everything stands on.
    "base": (),
    # Samples and pictures of arrays, below the tasks.
    "data.sample": (),
    "data.signed_picture": (),
    "backends.torch.operators": (),
    "backends.torch.memory": (),
    "charts": ("base",),
    "compiled": ("base",),
    "plugins": ("base",),
    "equations": ("base",),
    "backends.torch.native": ("equations", "compiled", *torch("operators", "memory")),
    "backends.torch.triton": ("equations", *torch("operators", "memory", "native")),
    # Plug-ins extend the vocabularies of losses, augmentations and data sets.
    "dsl": ("base", "plugins", "equations"),
    "runs": ("base", "plugins"),
    "loggers": ("base", "runs"),
    "ir": ("base", "plugins", "dsl", "equations"),
    "sweep": ("base", "runs"),
    # It knows processes and tensors, not networks.
    "backends.distributed": ("base", "runs"),
    "passes": GRAPH,
    # The judge of passes and backends: it knows the graph alone.
    "meaning": ("base", "plugins", "equations", "ir"),
    "tasks": ("data.sample", "data.signed_picture", "plugins", "runs", "ir"),
    "backends.torch.modules": ("plugins", "dsl", "equations", "ir", *torch("operators", "memory", "native", "triton")),
    "backends.torch.parameters": ("ir", *torch("memory")),
    "backends.torch.spikes": ("ir",),
    "analysis": (*GRAPH, "charts", "runs", "passes"),
    "validation": ("base", "ir", "passes", "meaning"),
    "elaborate": (*GRAPH, "tasks"),
    "data": ("base", "data.sample", "plugins", "dsl", "tasks"),
    "backends.torch.datasets": ("base", "data.sample", "tasks", *torch("modules")),
    "backends.torch.kernels": (
        "base",
        "plugins",
        "ir",
        "backends.distributed",
        *torch("memory", "native", "triton", "modules", "parameters"),
    ),
    "genotype": (*GRAPH, "runs", "elaborate"),
    # What is known of modules of PyTorch and of other libraries, without torch.
    "foreign": ("base", "plugins", "dsl", "elaborate", "equations"),
    "streaming": ("base", "data.sample", "plugins", "dsl", "tasks", "data"),
    # New projects, for the command line.
    "starters": ("base", "data"),
    "backends.torch.plan": ("ir", *torch("parameters", "kernels")),
    "program": ("base", "plugins", "dsl", "runs", "ir", "passes", "elaborate", "genotype"),
    "backends.torch.stepping": ("base", "ir", *torch("modules", "plan")),
    "overview": ("base", "dsl", "runs", "genotype", "program"),
    # Random specs for tests and plug-ins; nothing else imports it.
    "generate": FRONT,
    "searches": ("plugins", "dsl", "ir", "genotype", "program"),
    "upgrade": ("base", "dsl", "runs", "ir", "program"),
    "backends.graphviz": FRONT,
    # Text of Python, without torch.
    "backends.python": FRONT,
    "backends.torch.model": (
        "base",
        "ir",
        "genotype",
        *torch("parameters", "kernels", "plan", "stepping", "origin", "product"),
    ),
    "backends.torch.origin": ("passes", "program"),
    "backends.torch.product": ("plugins", "analysis", "data", "backends.graphviz", "backends.torch.origin"),
    "backends.report": (*FRONT, "data.signed_picture", "charts", "tasks", "data", "streaming", "overview", "backends.graphviz"),
    "backends.torch.judge": ("ir", "meaning", *torch("modules", "kernels", "model")),
    "backends.torch.lowering": ("base", "ir", *torch("kernels", "parameters", "model")),
    "backends.torch.validated": (
        "base",
        "ir",
        "passes",
        "meaning",
        "validation",
        "program",
        *torch("spikes", "model", "judge"),
    ),
    # Weights of others, without their code.
    "backends.torch.pickled_values": (),
    "backends.torch.pickled": ("base", "backends.torch.pickled_values"),
    "backends.torch.train": (
        *FRONT,
        "backends.distributed",
        "tasks",
        "data",
        *torch(
            "memory",
            "native",
            "modules",
            "parameters",
            "spikes",
            "datasets",
            "kernels",
            "stepping",
            "origin",
            "model",
            "lowering",
            "pickled",
        ),
    ),
    # What training needs of a device, counted on tensors without memory.
    "backends.torch.forecast": (
        "base",
        "dsl",
        "ir",
        "analysis",
        "program",
        "searches",
        *torch("operators", "native", "triton", "lowering", "train"),
    ),
    "backends.search": (*FRONT, "backends.distributed", "data", "searches", *torch("parameters", "model", "lowering", "train")),
    "backends.nir": (*FRONT, "meaning", "foreign", *torch("model", "train")),
    "backends.torch": (
        *FRONT,
        "data.sample",
        "meaning",
        "tasks",
        "validation",
        "data",
        "streaming",
        "backends.search",
        *torch(
            "memory", "native", "triton", "modules", "datasets", "stepping", "origin", "model", "lowering", "validated", "train"
        ),
    ),
    "backends.torch.foreign": (
        "base",
        "dsl",
        "ir",
        "analysis",
        "foreign",
        "program",
        "equations",
        "backends.python",
        "backends.torch",
        *torch("origin", "modules", "model", "lowering", "train", "exporting"),
    ),
    "backends.torch.exporting": (
        *FRONT,
        "meaning",
        "validation",
        "backends.python",
        "backends.torch",
        *torch("memory", "modules", "parameters", "kernels", "model", "judge", "lowering"),
    ),
    "api": (
        *FRONT,
        "equations",
        "charts",
        "meaning",
        "validation",
        "data",
        "streaming",
        "overview",
        "backends.graphviz",
        "backends.report",
        "backends.torch",
        *torch("model", "foreign", "train"),
    ),
    # Texts in, answers out: what editors, agents and pages ask.
    "service": (*FRONT, "backends.graphviz"),
    "lsp": ("base", "dsl", "service"),
    "cli": (
        *FRONT,
        "service",
        "lsp",
        "charts",
        "compiled",
        "sweep",
        "backends.distributed",
        "validation",
        "data",
        "foreign",
        "streaming",
        "overview",
        "upgrade",
        "starters",
        "backends.graphviz",
        "backends.report",
        "backends.nir",
        "backends.torch",
        "api",
        *torch("native", "forecast"),
    ),
}
"""The packages of `spikegraph` that each may import, at any time. The longest name that fits a module is its package."""
