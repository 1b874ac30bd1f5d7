"""The VS Code extension: its manifest declares what its code and the language server use; the package holds what it should."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from spikegraph.backends.graphviz.render import Level
from spikegraph.base.version import __version__
from spikegraph.service.code_lenses import Lens

FOLDER = Path(__file__).parents[2] / "tools" / "vscode"
CODE = {path.name: path.read_text(encoding="utf-8") for path in sorted((FOLDER / "src").glob("*.js"))}
MANIFEST = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
SHOWN = MANIFEST["contributes"]


def test_its_version_is_that_of_spikegraph():
    assert MANIFEST["version"] == __version__


def test_commands_are_those_of_the_manifest_and_of_the_lenses():
    registered = set(re.findall(r'registerCommand\("([\w.]+)"', "".join(CODE.values())))
    lenses = {f"spikegraph.show.{shows}" for shows in get_args(get_type_hints(Lens)["shows"])}
    assert registered == {each["command"] for each in SHOWN["commands"]} | lenses


def test_settings_that_are_read_are_declared():
    declared = SHOWN["configuration"]["properties"]
    read = set(re.findall(r'(?:settings|getConfiguration\("spikegraph"\))\.get\("([\w.]+)"', "".join(CODE.values())))
    assert {f"spikegraph.{name}" for name in read} | {"spikegraph.trace.server"} == declared.keys()
    assert set(MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) <= declared.keys()


def test_levels_of_the_preview_are_those_of_the_server():
    [levels] = re.findall(r"const levels = (\[.*?\])", CODE["preview.js"])
    assert set(json.loads(levels)) == set(get_args(Level))


def test_the_page_of_the_preview_runs_no_code_but_its_own():
    [policy] = re.findall(r'content="(default-src[^"]*)"', CODE["preview.js"])
    assert policy == "default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'"
    page = (FOLDER / "media" / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page + "".join(CODE.values()))


def test_files_of_the_manifest_exist():
    files = [SHOWN["languages"][0]["configuration"], *(each["path"] for each in SHOWN["grammars"])]
    assert [name for name in files if not (FOLDER / name).is_file()] == []


def test_versions_of_packages_are_exact_and_name_no_host():
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    direct = {**MANIFEST["dependencies"], **MANIFEST["devDependencies"]}
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in direct} == direct
    assert [name for name, each in lock["packages"].items() if name and ("resolved" in each or "integrity" not in each)] == []


def test_packages_that_were_not_installed_whole_are_installed_again(tmp_path):
    """An npm in Node's place fails the first time, having written a part, and then writes all."""
    spec = spec_from_file_location("vscode_build", FOLDER / "build.py")
    build = module_from_spec(spec)
    spec.loader.exec_module(build)
    node, program = build.Node.__new__(build.Node), "import pathlib, sys; pathlib.Path('node_modules').mkdir(); sys.exit({})"
    node.npm = [sys.executable, "-c", program.format(1)]
    with pytest.raises(SystemExit, match="ended with status 1"):
        node.install(tmp_path / "modules")
    node.npm = [sys.executable, "-c", program.format("pathlib.Path('node_modules/whole').touch()")]
    node.install(tmp_path / "modules")
    assert (tmp_path / "modules" / "node_modules" / "whole").exists()
    node.npm = ["not run again"]
    node.install(tmp_path / "modules")
    assert sorted(path.name for path in (tmp_path / "modules").iterdir()) == ["node_modules", "package-lock.json"]


@pytest.mark.skipif(
    "SPIKEGRAPH_NODE_MODULES" not in os.environ, reason="SPIKEGRAPH_NODE_MODULES names no folder of Node modules"
)
def test_the_package_has_the_bundle_and_the_licences_of_what_is_in_it(tmp_path):
    modules = ["--modules", os.environ["SPIKEGRAPH_NODE_MODULES"]]
    subprocess.run([sys.executable, str(FOLDER / "build.py"), "-o", str(tmp_path), *modules], check=True)
    with zipfile.ZipFile(tmp_path / f"spikegraph-{__version__}.vsix") as package:
        names = {name.removeprefix("extension/") for name in package.namelist()}
        notices = package.read("extension/ThirdPartyNotices.txt").decode()
        packed = json.loads(package.read("extension/package.json"))
        bundle = package.read("extension/dist/extension.js").decode()
    files = {"dist/extension.js", "media/page.js", "media/page.css", "LICENSE.txt", "readme.md", "language-configuration.json"}
    assert files | {"syntaxes/sdhs.tmLanguage.json", "ThirdPartyNotices.txt", "package.json"} <= names
    assert [name for name in names if "node_modules" in name] == []
    heads = re.findall(r"^(\S+) [\d.]+ \((.+)\)\n=+\n", notices, re.MULTILINE)
    assert {"vscode-languageclient", "vscode-jsonrpc", "vscode-languageserver-protocol", "semver", "minimatch"} <= {
        n for n, _ in heads
    }
    assert {licence for _, licence in heads} <= {"MIT", "ISC", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause"}
    assert "dependencies" not in packed
    assert set(re.findall(r'require\("([^"]+)"\)', bundle)) >= {"vscode", "child_process"}
