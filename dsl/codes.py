"""Every diagnostic code with its title; `docs/diagnostics.md` explains each."""

READING: dict[str, str] = {
    "SG0101": "a file cannot be read",
    "SG0102": "a file is not UTF-8",
    "SG0103": "a file is empty",
    "SG0104": "a file is too large",
    "SG0105": "brackets or expressions are nested too deeply",
    "SG0106": "unexpected text",
    "SG0107": "a number is malformed",
    "SG0108": "a unit is unknown",
    "SG0109": "a character has no meaning in the language",
    "SG0110": "the first line does not give the language's version",
    "SG0111": "the language's version is unknown",
    "SG0112": "a string is not closed",
    "SG0113": "a bracket is not closed",
    "SG0114": "a file starts with a byte order mark",
    "SG0115": "the text has the form of another language",
    "SG0116": "a name, a string, a line or a spec is too long",
}

NAMES: dict[str, str] = {
    "SG0201": "a kind of declaration is unknown",
    "SG0202": "a name is not declared",
    "SG0203": "a key is unknown",
    "SG0204": "a name is declared twice",
    "SG0205": "a key is given twice",
    "SG0206": "a required key is missing",
    "SG0207": "a value has the wrong type",
    "SG0208": "a value is out of range",
    "SG0209": "a value is not one of the choices",
    "SG0210": "`like` names a declaration of another kind",
    "SG0211": "`like` forms a cycle",
    "SG0212": "a number is not whole",
    "SG0213": "a division by zero",
    "SG0214": "a cell has no node",
    "SG0215": "a statement does not belong in this block",
    "SG0216": "the arguments of a call are wrong",
    "SG0217": "a file has more than one search or retrain",
    "SG0218": "a number, a list or a network is beyond the limits",
    "SG0219": "`edges` names a node or a source that the cell lacks",
    "SG0220": "a block returns nothing, or more than once",
    "SG0221": "a network has no input or no output",
    "SG0222": "a declaration is empty",
    "SG0223": "a type of an input is malformed",
    "SG0224": "a loss is malformed",
    "SG0225": "a place of `dgs` is malformed",
    "SG0226": "a network has no such param",
    "SG0227": "a chain of schedules has no end",
}

# Types and sizes, found while the graph is built.
TYPES: dict[str, str] = {
    "SG0301": "an operation can't take this kind of value",
    "SG0302": "sizes, axes or channels don't agree",
    "SG0303": "the level of a trellis is undecided where one is needed",
    "SG0304": "a parameter is missing or out of range",
    "SG0305": "a linear layer needs pooled channels",
    "SG0306": "channels can't be shared among a cell's nodes",
    "SG0307": "an operation, neuron or value is unknown",
    "SG0308": "an operation has no such parameter",
    "SG0309": "an operation has too few or too many operands",
    "SG0310": "an expression of another kind is expected",
    "SG0311": "a value is used before its definition",
    "SG0312": "a candidate's pipeline can't serve an edge",
    "SG0313": "a surrogate is unknown",
    "SG0314": "a neuron must be named",
    "SG0315": "a name is given twice in a network",
    "SG0316": "a loss doesn't fit the network's outputs",
    "SG0317": "a run needs a genotype or a path that is missing",
    "SG0318": "a place of `dgs` isn't in the network",
    "SG0319": "a neuron, trellis or network has a name that something else has",
    "SG0320": "a network doesn't fit its data set",
    "SG0321": "a declaration or value is used as an operation",
    "SG0322": "a block is used more than once and doesn't say whose its weights are",
    "SG0325": "operations take the first of several neurons, and no key names it",
    "SG0326": "a declaration or param has the name of an operation or word, and hides it",
    "SG0331": "a loop through time has no type, or no value at each step",
    "SG0332": "`take`, `freeze` or `rates` names no weights, or `freeze` what must be trained",
}

GENOTYPES: dict[str, str] = {
    "SG0401": "a genotype is for a cell or network that is not declared",
    "SG0402": "a genotype leaves out a node or a choice",
    "SG0403": "a genotype has a node or a choice that is not there",
    "SG0404": "a genotype gives a node or a choice twice",
    "SG0405": "a genotype names an operation that is not a candidate or a branch",
    "SG0406": "a genotype names a source that the cell lacks",
    "SG0407": "a source comes later than the node that uses it",
    "SG0408": "a node keeps the wrong number of edges",
    "SG0409": "a node of a genotype is not a sum of `operation(source)`, or a choice not the name of a branch",
    "SG0410": "a path is for a trellis that is not declared",
    "SG0411": "a path has the wrong length",
    "SG0412": "a path leaves the trellis",
    "SG0413": "a path skips a level",
    "SG0414": "a node uses one source twice",
    "SG0415": "an edge is not in the cell",
    "SG0416": "an architecture of another program can't be imported",
    "SG0417": "a genotype file has no genotype",
}

IMPORTS: dict[str, str] = {
    "SG0501": "an imported file does not exist",
    "SG0502": "an import leaves the project's folder",
    "SG0503": "imports form a cycle",
    "SG0504": "imports are nested too deeply, or there are too many",
    "SG0505": "a package isn't in the project",
    "SG0506": "a file of a package differs from the lock",
}

# Passes, pipelines and the stages of a graph.
PASSES: dict[str, str] = {
    "SG0601": "a pass is unknown",
    "SG0602": "an option or value of a pass is unknown",
    "SG0603": "a pipeline is malformed",
    "SG0604": "a pass can't be applied to this graph",
    "SG0605": "a pass changes what the network computes",
    "SG0606": "an operation can't be validated",
}

OVERRIDES: dict[str, str] = {
    "SG0701": "a profile is not declared",
    "SG0702": "an override's path is unknown",
    "SG0703": "an override is not PATH=VALUE",
    "SG0704": "an override has no effect",
    "SG0705": "an override's path is that of several declarations",
}

VERSIONS: dict[str, str] = {
    "SG0801": "a spelling is deprecated or was removed",
    "SG0802": "a call could be meant as in PyTorch",
}

# What a search can't search, an error; what it can't tell apart, and where it differs from the retraining: warnings.
SEARCHES: dict[str, str] = {
    "SG0901": "candidates of a cell, or branches of a choice, are the same operation",
    "SG0902": "the search and the retraining mix differently",
    "SG0903": "a short training makes the search costly",
    "SG0904": "a search has nothing to search, or searches what no output needs",
    "SG0905": "a part of a training has no effect, or a wrong one",
}

# Where a deployed network doesn't compute with spikes; `check --spiking`.
SPIKING: dict[str, str] = {
    "SG1001": "a layer takes numbers that are not spikes",
    "SG1002": "a norm can't be folded",
    "SG1003": "a resizing interpolates",
    "SG1004": "a product of two real numbers",
}

# Models of neurons.
MODELS: dict[str, str] = {
    "SG1201": "a name of a model is set twice, never, or means something else",
    "SG1202": "a name of a model is unknown, or used before its line",
    "SG1203": "a model has another expression than a term",
    "SG1204": "a function of a model is unknown, or called wrongly",
    "SG1205": "a `case` lacks a branch",
    "SG1206": "a value of a model has another kind",
    "SG1207": "a division, logarithm or root of what may be 0",
    "SG1208": "a state of a model can grow without end",
    "SG1209": "a model has no input, sets or emits nothing",
    "SG1210": "a name of a model is never used",
    "SG1211": "a number or an option of a model is wrong",
    "SG1212": "weights, a sum or a step before is wrong, or a model is over time",
    "SG1213": "a model is beyond the limits",
    "SG1214": "a declared model hides one of the library",
}

EXPORTS: dict[str, str] = {"SG1101": "an operation can't be exported"}

CODES: dict[str, str] = {
    **{**READING, **NAMES, **TYPES, **GENOTYPES, **IMPORTS, **PASSES, **OVERRIDES, **VERSIONS, **SEARCHES},
    **SPIKING,
    **EXPORTS,
    **MODELS,
}

SITE = "https://spikegraph.github.io"
"""The address of the documentation; `tools/site/build` builds it."""


def address(code: str) -> str:
    """The address of a diagnostic's page."""
    return f"{SITE}/errors/{code}.html"
