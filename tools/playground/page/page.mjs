// The page: what is typed and chosen goes to the compiler, what it answers into the regions, both into the address.
import { drawing } from "./drawing.mjs";
import { editor } from "./editor.mjs";
import { element } from "./elements.mjs";
import { read, written } from "./link.mjs";
import { PATIENCE, patient } from "./patient.mjs";
import * as show from "./show.mjs";

const $ = (id) => document.getElementById(id);
const content = (region) => $(region).querySelector(".content");
const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = { folder: "", genotype: "", energy: "", picture: "network", block: "all" };
const REGIONS = ["problems", "shapes", "energy", "certificate", "picture"];
const PICTURES = { network: "network", block: "block", cell: "cells", trellis: "trellises", ops: "operations" };

let number = 0; // of the last question
let since = 0;
let known = 0; // when all regions were shown
let wires = [];
let examples = [];
let unread = ""; // why the address couldn't be read
let title = ""; // of the picture that Graphviz draws
let slow = null;
const compile = patient("compiler.mjs", answered, failed);
const draw = patient("drawer.mjs", drawn, undrawn);

function answered(data) {
  if (data.choices) offer(data.choices);
  else if (data.number === number) data.done ? done() : Object.entries(data.part).forEach(([name, found]) => shown(name, found));
}

function ask() {
  number += 1;
  since = performance.now();
  for (const region of REGIONS) $(region).setAttribute("aria-busy", "true");
  compile({ number, text: editor.text, settings: { ...chosen, dark: dark.matches } });
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
  if (name !== "problems") known = performance.now();
  if (name === "picture") return picture(found);
  if (name === "problems") {
    wires = found.wires;
    editor.mark(found.items);
    if (found.count) $("state").textContent = unread;
  }
  const made = { problems: () => show.problems(found, editor), shapes: () => show.shapes(found, wires) }[name] ?? (() => show[name](found));
  content(name).replaceChildren(...made().filter((child) => child !== null));
  $(name).setAttribute("aria-busy", String(found.partial === true));
}

function picture(found) {
  if (found.blocks) options($("block"), found.blocks, chosen.block);
  if (found.dot === undefined) return pictured(show.missing(found));
  title = found.name;
  $("picture").setAttribute("aria-busy", "true");
  draw({ number, dot: found.dot, engine: found.engine });
  clearTimeout(slow);
  const why = `Graphviz still draws this picture, after ${PATIENCE / 1000} s; it is stopped if an edit comes.`;
  slow = setTimeout(() => content("picture").replaceChildren(show.missing({ missing: why })), PATIENCE);
}

function pictured(made) {
  clearTimeout(slow);
  content("picture").replaceChildren(made);
  $("picture").setAttribute("aria-busy", "false");
}

function drawn(data) {
  if (!data.done || data.number !== number) return;
  if (data.svg === undefined) return pictured(show.missing({ missing: data.failed }));
  const inside = drawing(data.svg, title);
  pictured(element("div", { class: "window", tabindex: "0", role: "group", "aria-label": "the picture" }, inside));
}

function undrawn(why) {
  pictured(show.missing({ missing: `Graphviz stopped (${why}); it starts again with the next edit.` }));
}

function done() {
  for (const region of REGIONS) if (region !== "picture") $(region).setAttribute("aria-busy", "false");
  const [shapes, all] = [known, performance.now()].map((end) => `${((end - since) / 1000).toFixed(2)} s`);
  $("state").textContent = `Answered in ${shapes}, with every check in ${all}. ${unread}`.trim();
}

// After an error of its own nothing that the compiler says is to be trusted.
function failed(why) {
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
editor.onedit(() => {
  unread = "";
  ask();
});

async function open() {
  unread = "";
  try {
    const found = await read(location.hash);
    if (found) {
      for (const name of Object.keys(chosen)) if (typeof found.settings[name] === "string") chosen[name] = found.settings[name];
      editor.text = found.text;
      settle();
    }
  } catch (error) {
    unread = `This link can't be read: ${error.message}.`;
    $("state").textContent = unread;
  }
  ask();
}
addEventListener("hashchange", open);
editor.text = editor.text;
open();
