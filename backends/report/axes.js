
// Curves over epochs are drawn over steps or over time: the page knows how many steps and seconds each part of an epoch is.
const UNITS = [["h", 3600], ["min", 60], ["s", 1]];

// At most `most` round numbers from low to high.
function roundNumbers(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-9); k += 1) found.push(Number((k * step).toPrecision(6)));
  return found;
}

class OverEpochs {
  constructor(drawing, clocks) {
    this.drawing = drawing;
    this.clocks = clocks;
    this.range = drawing.dataset.range.split(" ").map(Number);
    this.label = drawing.dataset.x;
    const [low, high, left, right] = this.range;
    const epoch = (x) => low + ((x - left) / (right - left)) * (high - low);
    this.curves = [];
    for (const part of drawing.querySelectorAll("path[data-key], polygon[data-key], .thin path[data-run]")) {
      const area = part.matches("polygon"), text = part.getAttribute(area ? "points" : "d");
      const at = OverEpochs.places(text).map((p) => ({ ...p, at: epoch(p.x) })), end = text.endsWith("h.1") ? "h.1" : "";
      const dots = [];
      for (let next = part.nextElementSibling; !area && next?.matches("circle.dot"); next = next.nextElementSibling) {
        dots.push({ dot: next, at: epoch(Number(next.getAttribute("cx"))) });
      }
      this.curves.push({ part, area, at, dots, end, clock: clocks[part.dataset.key ?? part.dataset.run] });
    }
    const texts = [...drawing.querySelectorAll("text[text-anchor=middle]:not(.label)")];
    const lines = [...drawing.querySelectorAll("line.grid")].filter((l) => l.getAttribute("x1") === l.getAttribute("x2"));
    this.numbers = [...lines, ...texts];
    this.one = { line: lines[0], text: texts[0] };
    this.holder = document.createElementNS("http://www.w3.org/2000/svg", "g");
    drawing.prepend(this.holder);
    this.holder.append(...this.numbers);
    this.title = drawing.querySelector("text.label:not([transform])");
    this.description = drawing.getAttribute("aria-label");
  }

  // The points of a path or polygon, also of a path whose points are relative to the one before.
  static places(text) {
    let [x, y] = [0, 0];
    return [...text.matchAll(/([MLl]?)(-?[\d.]+)[ ,](-?[\d.]+)/g)].map(([, move, across, down]) => {
      [x, y] = move === "l" ? [x + Number(across), y + Number(down)] : [Number(across), Number(down)];
      return { move: move.toUpperCase(), x, y: Number(y.toFixed(1)) };
    });
  }

  // Seconds at a part of an epoch; behind the last knot as fast as before it.
  static seconds({ knots }, epoch) {
    const k = Math.max(1, knots.findIndex(([x]) => x >= epoch) === -1 ? knots.length - 1 : knots.findIndex(([x]) => x >= epoch));
    const [[x0, t0], [x1, t1]] = [knots[k - 1], knots[k]];
    return t0 + ((epoch - x0) / (x1 - x0)) * (t1 - t0);
  }

  by(axis) {
    let [low, high, left, right] = this.range, label = this.label, place = (clock, at) => at;
    if (axis !== "epoch") {
      const raw = axis === "step" ? (clock, at) => at * clock.steps : OverEpochs.seconds;
      const all = this.curves.flatMap(({ at, clock }) => (clock ? at.map((p) => raw(clock, p.at)) : []));
      const top = all.reduce((a, b) => Math.max(a, b), 0), [unit, size] = axis === "step" ? ["", 1] : UNITS.find(([, s]) => top >= 2 * s) ?? UNITS[2];
      [low, high] = [-0.02 * (top / size), 1.02 * (top / size)];
      label = unit ? `time (${unit})` : axis;
      place = (clock, at) => raw(clock, at) / size;
    }
    const across = (v) => (left + ((v - low) / (high - low)) * (right - left)).toFixed(1);
    const places = new Map();
    for (const { part, area, at, dots, end, clock } of this.curves) {
      const placed = clock || axis === "epoch";
      for (const one of [part, ...dots.map(({ dot }) => dot)]) one.style.display = placed ? "" : "none";
      if (!placed) continue;
      const xs = at.map((p) => place(clock, p.at));
      if (area) part.setAttribute("points", at.map((p, k) => `${across(xs[k])},${p.y}`).join(" "));
      else part.setAttribute("d", at.map((p, k) => `${p.move}${across(xs[k])} ${p.y}`).join("") + end);
      for (const { dot, at: epoch } of dots) dot.setAttribute("cx", across(place(clock, epoch)));
      if (axis !== "epoch") places.set(part, xs.map((x) => Number(x.toPrecision(4)).toLocaleString("en")));
    }
    this.scale(axis === "epoch", low, high, across);
    this.drawing.dataset.x = label;
    this.drawing.dataset.range = [low, high, left, right].join(" ");
    this.title.textContent = label;
    this.drawing.setAttribute("aria-label", this.description.replace(` over ${this.label};`, ` over ${label};`));
    Values.of.get(this.drawing)?.read(places);
  }

  // The numbers of the x axis and their lines: those that the page came with, or others.
  scale(own, low, high, across) {
    if (own || !this.one.line) {
      this.holder.replaceChildren(...this.numbers);
      return;
    }
    this.holder.replaceChildren(...roundNumbers(Math.max(low, 0), high, 6).flatMap((value) => {
      const line = this.one.line.cloneNode(true), text = this.one.text.cloneNode(true), x = across(value);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      text.setAttribute("x", x);
      text.textContent = value.toLocaleString("en");
      return [line, text];
    }));
  }
}

{
  const drawn = [...document.querySelectorAll("[data-clocks]")].flatMap((charts) => {
    const clocks = JSON.parse(charts.dataset.clocks);
    const known = (d) => [...d.querySelectorAll("[data-key]")].some((part) => clocks[part.dataset.key]);
    return [...charts.querySelectorAll("svg[data-x]")].filter(known).map((d) => new OverEpochs(d, clocks));
  });
  const choice = document.querySelector(".axes");
  choice?.addEventListener("change", () => { for (const chart of drawn) chart.by(choice.value); });
  if (choice && !drawn.length) choice.closest("label").hidden = true;
}
