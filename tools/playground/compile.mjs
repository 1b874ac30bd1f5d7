// Run by Node while the page is built: answers about a text once, as the page will, and compiles the modules that this loaded.
// node compile.mjs PYODIDE FILES.json OUT: FILES.json has the paths of files by their names in site-packages.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, given, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")));
const py = await loadPyodide({ indexURL: pyodide });
const site = py.runPython("import sysconfig; sysconfig.get_path('purelib')");
for (const [name, path] of Object.entries(JSON.parse(readFileSync(given, "utf8")))) {
  const target = `${site}/${name}`;
  py.FS.mkdirTree(target.slice(0, target.lastIndexOf("/")));
  py.FS.writeFile(target, readFileSync(path));
}
const compiled = py.runPython(readFileSync(new URL("compile.py", import.meta.url), "utf8"));
writeFileSync(join(out, "compiled.json"), compiled);
