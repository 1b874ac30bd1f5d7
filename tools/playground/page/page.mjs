// The page: what is typed and chosen goes to the compiler, what it answers into the regions, both into the address.
import { drawing } from "./drawing.mjs";
import { editor } from "./editor.mjs";
import { element } from "./elements.mjs";
import { read, written } from "./link.mjs";
import * as show from "./show.mjs";
import { started } from "./started.mjs";

const $ = (id) => document.getElementById(id);
const content = (region) => $(region).querySelector(".content");
const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = { folder: "", genotype: "", energy: "", picture: "network", block: "all" };
const REGIONS = ["problems", "shapes", "energy", "certificate", "picture"];
const PICTURES = { network: "network", block: "block", cell: "cells", trellis: "trellises", ops: "operations" };

let number = 0; // of the last question
let since = 0;
let wires = [];
let examples = [];
let compiler = null;
let ready = false; // the compiler is loaded
let silent = 0; // since when it owes an answer
const PATIENCE = 30_000; // milliseconds without an answer after which an edit starts the compiler anew
const drawer = started("drawer.mjs");

function stop() {
  compiler?.terminate();
  compiler = null;
  ready = false;
  silent = 0;
}

function start() {
  compiler = started("compiler.mjs");
  compiler.onmessage = ({ data }) => {
    if (silent) silent = performance.now();
    if (data.failed !== undefined) failed(data.failed);
    else if (data.choices) offer(data.choices);
    else if (data.number === number) data.done ? done() : Object.entries(data.part).forEach(([name, found]) => shown(name, found));
  };
  compiler.onerror = (event) => failed(event.message ?? "it could not be loaded");
}

function ask() {
  number += 1;
  since = performance.now();
  for (const region of REGIONS) $(region).setAttribute("aria-busy", "true");
  if (ready && silent && since - silent > PATIENCE) stop();
  if (!compiler) start();
  silent ||= since;
  compiler.postMessage({ number, text: editor.text, settings: { ...chosen, dark: dark.matches } });
  remember();
}

// The address follows, but not at every key: browsers limit how often it may change.
let later = null;
function remember() {
  clearTimeout(later);
  const { text } = editor;
  later = setTimeout(async () => history.replaceState(null, "", await written({ text, settings: chosen })), 300);
}

function shown(name, found) {
  if (name === "picture") return picture(found);
  if (name === "problems") {
    wires = found.wires;
    editor.mark(found.items);
    if (found.count) $("state").textContent = "";
  }
  const made = { problems: () => show.problems(found, editor), shapes: () => show.shapes(found, wires) }[name] ?? (() => show[name](found));
  content(name).replaceChildren(...made().filter((child) => child !== null));
  $(name).setAttribute("aria-busy", "false");
}

function picture(found) {
  if (found.blocks) options($("block"), found.blocks, chosen.block);
  if (found.dot === undefined) {
    content("picture").replaceChildren(show.missing(found));
    $("picture").setAttribute("aria-busy", "false");
    return;
  }
  const asked = number;
  drawer.onmessage = ({ data }) => {
    if (data.number !== asked || asked !== number) return;
    const made = data.svg === undefined ? show.missing({ missing: data.failed }) : drawing(data.svg, found.name);
    content("picture").replaceChildren(element("div", { class: "window", tabindex: "0", role: "group", "aria-label": "the picture" }, made));
    $("picture").setAttribute("aria-busy", "false");
  };
  drawer.postMessage({ number, dot: found.dot, engine: found.engine });
}

function done() {
  silent = 0;
  for (const region of REGIONS) if (region !== "picture") $(region).setAttribute("aria-busy", "false");
  $("state").textContent = `Answered in ${((performance.now() - since) / 1000).toFixed(2)} s.`;
}

// After an error of its own nothing that the compiler says is to be trusted.
function failed(why) {
  stop();
  content("problems").replaceChildren(show.missing({ missing: `The compiler stopped (${why}); it starts again with the next edit.` }));
  for (const region of REGIONS) $(region).setAttribute("aria-busy", "false");
  $("state").textContent = "";
}

function options(select, values, value, text = (each) => each) {
  select.replaceChildren(...values.map((each) => element("option", { value: each }, text(each))));
  select.value = values.includes(value) ? value : values[0];
  select.disabled = false;
}

function offer(found) {
  ready = true;
  examples = found.examples;
  if (!$("example").disabled) return; // it started anew
  const groups = [["Specs to train", (e) => !e.folder], ["The zoo", (e) => e.folder]];
  $("example").replaceChildren(element("option", { value: "" }, "choose one"), ...groups.map(([label, of]) =>
    element("optgroup", { label }, examples.filter(of).map((e) => element("option", { value: e.name, title: e.title }, e.name)))));
  $("example").disabled = false;
  options($("genotype"), ["", ...found.genotypes], chosen.genotype, (name) => name || "that of the spec");
  options($("model"), found.energy, chosen.energy);
  options($("level"), found.pictures, chosen.picture, (name) => PICTURES[name]);
  chosen.energy = $("model").value;
  settle();
}

function settle() {
  $("block-field").hidden = chosen.picture !== "block";
  if (!$("genotype").disabled) $("genotype").value = chosen.genotype;
  if (!$("level").disabled) $("level").value = chosen.picture;
}

function choose(id, name) {
  $(id).addEventListener("change", () => {
    chosen[name] = $(id).value;
    settle();
    ask();
  });
}
choose("genotype", "genotype");
choose("model", "energy");
choose("level", "picture");
choose("block", "block");
$("example").addEventListener("change", () => {
  const found = examples.find((each) => each.name === $("example").value);
  if (!found) return;
  Object.assign(chosen, { folder: found.folder, genotype: found.genotype, block: "all" });
  editor.text = found.text;
  settle();
  ask();
});
$("size").addEventListener("click", () => {
  const pressed = content("picture").classList.toggle("actual");
  $("size").setAttribute("aria-pressed", String(pressed));
});
dark.addEventListener("change", ask);
editor.onedit(ask);

async function open() {
  try {
    const found = await read(location.hash);
    if (found) {
      for (const name of Object.keys(chosen)) if (typeof found.settings[name] === "string") chosen[name] = found.settings[name];
      editor.text = found.text;
      settle();
    }
  } catch (error) {
    $("state").textContent = `This link can't be read: ${error.message}.`;
  }
  ask();
}
addEventListener("hashchange", open);
editor.text = editor.text;
open();
