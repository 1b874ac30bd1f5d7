
// The values under the pointer: of every curve of a chart, at the point that is nearest to the pointer along x. The charts
// beside it that have the same x axis mark the same place.
class Values {
  constructor(drawing) {
    this.drawing = drawing;
    this.read();
    if (!this.curves.length) return;
    Values.of.set(drawing, this);
    for (const event of ["pointermove", "pointerdown"]) drawing.addEventListener(event, (e) => this.show(e));
    for (const event of ["pointerleave", "pointercancel"]) drawing.addEventListener(event, () => this.leave());
  }

  // The k-th vertex of a path is the point of the k-th value; `places` replaces the x of the values of some paths.
  read(places = new Map()) {
    this.curves = [...this.drawing.querySelectorAll("path[data-values]")].map((path) => {
      const at = [...path.getAttribute("d").matchAll(/[MLH]([\d.-]+)[ V]([\d.-]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
      const values = path.dataset.values.split(";").map((pair) => pair.split(":"));
      const own = places.get(path);
      return { path, points: at.map(([x, y], k) => ({ x, y, values: own ? [own[k], values[k][1]] : values[k] })) };
    }).filter((curve) => curve.points.length);
    this.range = (this.drawing.dataset.range ?? "").split(" ").map(Number);
  }

  // The nearest points of the curves that are shown: the table of runs and the choice of the x axis hide some.
  near(x) {
    return this.curves.filter(({ path }) => getComputedStyle(path).display !== "none").map(({ path, points }) => {
      const point = points.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a));
      return { path, ...point, away: Math.abs(point.x - x) };
    });
  }

  draw(near, x) {
    this.hide();
    const marks = near.map(({ path, x: cx, y: cy }) => this.mark("circle", path.getAttribute("class"), { cx, cy, r: 3.6 }));
    const box = this.drawing.viewBox.baseVal;
    this.marks = [this.mark("line", "", { x1: x, x2: x, y1: 0, y2: box.height }), ...marks];
    this.drawing.append(...this.marks);
  }

  show(event) {
    const matrix = this.drawing.getScreenCTM();
    const x = (event.clientX - matrix.e) / matrix.a;
    const near = this.near(x);
    if (!near.length) return this.leave();
    const first = near.reduce((a, b) => (b.away < a.away ? b : a));
    this.draw(near, first.x);
    this.follow(first.x);
    const same = near.every((n) => n.values[0] === first.values[0]);
    const rows = near.map(({ path, values }) => {
      const chip = document.createElement("span"), row = document.createElement("li"), value = document.createElement("b");
      chip.className = `chip ${path.getAttribute("class").replace("curve", "")}`;
      value.textContent = values[1];
      row.append(chip, `${path.dataset.label}: `, value, same ? "" : ` at ${values[0]}`);
      return row;
    });
    Values.tip.replaceChildren(`${this.drawing.dataset.x}${same ? ` ${first.values[0]}` : ""}`, ...rows);
    Values.tip.hidden = false;
    const size = Values.tip.getBoundingClientRect(), room = document.documentElement.clientWidth;
    const right = event.clientX + 16 + size.width > room - 4 ? event.clientX - 16 - size.width : event.clientX + 16;
    Values.tip.style.left = `${Math.max(4, Math.min(right, room - size.width - 4))}px`;
    const above = event.clientY - size.height - 14;
    Values.tip.style.top = `${above < 4 ? event.clientY + 18 : above}px`;
  }

  // The charts beside this one with the same x axis.
  beside() {
    const all = this.drawing.closest(".charts")?.querySelectorAll("svg[data-x]") ?? [];
    return [...all].filter((d) => d !== this.drawing && d.dataset.x === this.drawing.dataset.x && d.getClientRects().length)
      .map((d) => Values.of.get(d)).filter(Boolean);
  }

  follow(x) {
    const [low, high, left, right] = this.range, at = low + ((x - left) / (right - left)) * (high - low);
    for (const other of this.beside()) {
      const [a, b, l, r] = other.range, place = l + ((at - a) / (b - a)) * (r - l);
      if (place >= l && place <= r) other.draw(other.near(place), place);
    }
  }

  mark(name, classes, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    made.setAttribute("class", `mark-value ${classes.replace(/curve|faint/g, "")}`);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  leave() {
    this.hide();
    for (const other of this.beside()) other.hide();
    Values.tip.hidden = true;
  }

  hide() {
    for (const mark of this.marks ?? []) mark.remove();
    this.marks = [];
  }
}

Values.of = new Map();
Values.tip = document.createElement("ul");
Values.tip.className = "tip";
Values.tip.hidden = true;
Values.tip.setAttribute("aria-hidden", "true"); // the table has the same numbers
document.body.append(Values.tip);
for (const drawing of document.querySelectorAll(".chart svg[data-x]")) new Values(drawing);
