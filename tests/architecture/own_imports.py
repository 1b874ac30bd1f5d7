"""The imports between the modules of `spikegraph`."""

from sources import ROOT, imports_of, python_files


def within(module, package):
    return module == package or module.startswith(package + ".")


def module_of(file):
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return name if within(name, "spikegraph") else f"spikegraph.{name}"


def own_imports():
    """Every import between modules of `spikegraph`, without names imported from modules."""
    found = [i for path in python_files("dsl", "spikegraph", "backends") for i in imports_of(path)]
    relative = [f"{i.file}:{i.line}: a relative import; write the whole name" for i in found if i.dots]
    assert relative == []
    modules = {module_of(str(path.relative_to(ROOT))) for path in python_files("dsl", "spikegraph", "backends")}
    parents = {(i.file, i.line, i.module.rpartition(".")[0]) for i in found if i.module in modules}
    return [i for i in found if i.module in modules and (i.file, i.line, i.module) not in parents]
