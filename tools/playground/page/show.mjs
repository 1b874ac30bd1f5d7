// What each region shows of an answer.
import { counted, element, sentence, table } from "./elements.mjs";

export function problems(found, editor) {
  if (!found.count && found.partial) return [element("p", { class: "note" }, "No problems so far; the rest is still checked.")];
  if (!found.count) return [element("p", { class: "good" }, "No problems.")];
  const items = found.items.map((item) => element("li", { class: item.severity },
    element("p", {},
      item.file ? `${item.file}, line ${item.line}: ` : place(item, editor),
      element("strong", {}, `${item.severity} ${item.code}: `), sentence(item.summary)),
    item.excerpt && excerpt(item.excerpt),
    item.detail && element("p", {}, sentence(item.detail)),
    item.help && element("p", { class: "note" }, sentence(item.help)),
    item.fixes.length ? element("p", { class: "fixes" }, item.fixes.map((fix) => button(fix, editor))) : null));
  const more = found.count - found.items.length;
  return [element("ul", { class: "items" }, items), more > 0 ? element("p", {}, `and ${more} more`) : null];
}

const place = (item, editor) => [
  element("button", { type: "button", class: "place", onclick: () => editor.select(item.start, item.end) }, `Line ${item.line}`), " ",
];
const button = (fix, editor) =>
  element("button", { type: "button", class: "fix", onclick: () => editor.apply(fix) }, sentence(fix.text || `write ${fix.replacement}`));

// The line of a problem, with a mark under what it is about.
function excerpt([before, word, behind]) {
  return element("pre", { class: "excerpt", tabindex: "0", role: "group", "aria-label": "the line" },
    element("code", {}, before, element("mark", {}, word || " "), behind));
}

export function shapes(found, wires) {
  const rows = wires.map((wire) => [`${wire.line}`, wire.name, wire.type]);
  const known = rows.length ? table("Wires", ["line", "name", "shape"], rows, [0]) : null;
  if (found.missing !== undefined) return [missing(found), known];
  const roles = Object.entries(found.roles).map(([role, count]) => `${role} ${count.toLocaleString("en")}`).join(", ");
  const layers = found.layers.map((layer) => [layer.name, layer.op, layer.type, layer.parameters.toLocaleString("en")]);
  return [
    element("p", {}, element("strong", {}, counted(found.parameters, "parameter")), ` (${roles}) in phase ${found.phase}`),
    known, table("Layers", ["name", "operation", "shape", "parameters"], layers, [3]),
  ];
}

export function energy(found) {
  if (found.missing !== undefined) return [missing(found)];
  const prices = Object.entries(found.picojoules).map(([name, value]) => `${name.replaceAll("_", " ")} ${value} pJ`).join(", ");
  return [
    element("p", {}, element("strong", {}, found.text)),
    element("p", {}, found.beside),
    element("p", {}, `${counted(found.additions, "addition")} and ${counted(found.multiplications, "multiplication")} per time step`),
    element("p", { class: "note" }, `Model ${found.model}: ${found.doc} (${found.source}); ${prices}.`),
  ];
}

export function certificate(found) {
  if (found.missing !== undefined) return [missing(found)];
  const verdict = found.spiking ? "Spiking" : `Not spiking: ${counted(found.count, "place")}`;
  const places = found.places.map((p) => element("li", { class: "error" },
    element("p", {}, element("strong", {}, `${p.file ? `${p.file}, line` : "Line"} ${p.line}: ${p.code} `), sentence(p.summary)),
    p.help && element("p", { class: "note" }, sentence(p.help))));
  const rows = found.details.map(([name, text]) => [element("dt", {}, name), element("dd", {}, sentence(text))]);
  return [
    element("p", {}, element("strong", { class: found.spiking ? "good" : "bad" }, verdict), `; ${found.summary}`),
    places.length ? element("ul", { class: "items" }, places) : null,
    element("dl", {}, rows.flat()),
  ];
}

export const missing = (found) => element("p", { class: "note" }, sentence(found.missing));
