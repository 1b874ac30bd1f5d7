// The worker with Python: takes { number, text, settings }, gives { number, part } for each region, then { number, done }.
const here = (name) => new URL(name, import.meta.url).href;

// Large files are stored compressed, so that every server sends them small.
async function unpacked(url) {
  const response = await fetch(`${url}.packed`);
  if (!response.ok) throw new Error(`${url}.packed: ${response.status} ${response.statusText}`);
  const type = url.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": type } });
}

// Pyodide asks for files of these names itself.
const plain = self.fetch;
self.fetch = (given, ...more) => {
  const url = String(given?.url ?? given);
  return /\/(pyodide\.asm\.wasm|python_stdlib\.zip)$/.test(url) ? unpacked(url) : plain(given, ...more);
};

// Files of a tar archive in the format ustar.
function* members(bytes) {
  const text = (from, size) => new TextDecoder().decode(bytes.subarray(from, from + size)).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= bytes.length && bytes[at]; ) {
    const size = parseInt(text(at + 124, 12), 8);
    const folder = text(at + 345, 155);
    yield [(folder && `${folder}/`) + text(at, 100), bytes.subarray(at + 512, at + 512 + size)];
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

const BEGIN = `
import json
from spikegraph.service.regions import Settings, choices, regions

def answers(text, settings):
    return map(json.dumps, regions(text, Settings.of(json.loads(settings))))
`;

async function load() {
  const site = unpacked(here("site.tar")).then((response) => response.arrayBuffer());
  const { loadPyodide } = await import(here("pyodide.mjs"));
  const py = await loadPyodide({ indexURL: here("./") });
  const folder = py.runPython("import sysconfig; sysconfig.get_path('purelib')");
  const made = new Set();
  for (const [name, content] of members(new Uint8Array(await site))) {
    const path = `${folder}/${name}`;
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!made.has(parent)) py.FS.mkdirTree(parent);
    made.add(parent);
    py.FS.writeFile(path, content, { canOwn: true });
  }
  py.runPython(BEGIN);
  self.postMessage({ ready: true, choices: JSON.parse(py.runPython("json.dumps(choices())")) });
  return py.globals.get("answers");
}

let wanted = null;
let busy = true;
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

async function answer(answers) {
  busy = true;
  while (wanted) {
    const { number, text, settings } = wanted;
    wanted = null;
    const parts = answers(text, JSON.stringify(settings));
    for (const part of parts) {
      self.postMessage({ number, part: JSON.parse(part) });
      await turn(); // an edit that has come meanwhile is answered instead
      if (wanted) break;
    }
    parts.destroy();
    if (!wanted) self.postMessage({ number, done: true });
  }
  busy = false;
}

const stopped = (error) => self.postMessage({ stopped: String(error?.message ?? error) });
const loaded = load();
self.onmessage = (event) => {
  wanted = event.data;
  if (!busy) loaded.then(answer).catch(stopped);
};
loaded.then(answer).catch(stopped);
