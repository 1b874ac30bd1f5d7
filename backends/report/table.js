
// The table of runs: sorted by a column, filtered by words and conditions; charts and their legends show the same runs.
class Runs {
  constructor(table) {
    this.heads = [...table.querySelectorAll("thead th")];
    this.names = this.heads.map((head) => head.dataset.column);
    this.body = table.querySelector("tbody");
    this.rows = [...this.body.rows].map((row) => ({ row, cells: [...row.cells].map(Runs.value), words: row.textContent.toLowerCase() }));
    this.lines = new Map();
    for (const line of document.querySelectorAll(".chart [data-run], .chart [data-key], .legend [data-pick]")) {
      const run = line.dataset.run ?? line.dataset.key ?? line.dataset.pick;
      if (!this.lines.has(run)) this.lines.set(run, []);
      this.lines.get(run).push(line);
    }
    this.field = document.getElementById("filter");
    this.output = document.getElementById("filtered");
    this.state = { filter: "", column: null, down: false, ...(history.state ?? {}) };
    this.field.value = this.state.filter;
    this.field.addEventListener("input", () => { this.state.filter = this.field.value; this.filter(); this.keep(); });
    this.heads.forEach((head, k) => head.querySelector("button").addEventListener("click", () => this.sortBy(k)));
    this.body.addEventListener("pointerover", (event) => this.mark(event.target.closest("tr")));
    this.body.addEventListener("pointerleave", () => this.mark(null));
    this.sort();
    this.filter();
  }

  // A cell as a number if it is one, else as text; null if it is empty.
  static value(cell) {
    const text = cell.dataset.value ?? cell.textContent;
    if (text === "" || text === "–") return null;
    return Runs.number(text) ?? text;
  }

  static number(text) { return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null; }

  // The browser keeps this over a reload.
  keep() { history.replaceState({ ...history.state, ...this.state }, ""); }

  sortBy(k) {
    const name = this.names[k];
    this.state.down = this.state.column === name && !this.state.down;
    this.state.column = name;
    this.sort();
    this.keep();
  }

  sort() {
    const k = this.names.indexOf(this.state.column);
    if (k < 0) return;
    this.heads.forEach((head, other) => head.removeAttribute("aria-sort"));
    this.heads[k].setAttribute("aria-sort", this.state.down ? "descending" : "ascending");
    const sign = this.state.down ? -1 : 1;
    this.rows.sort(({ cells: { [k]: a } }, { cells: { [k]: b } }) => {
      if (a === null || b === null) return (a === null) - (b === null);
      if (typeof a === typeof b) return sign * (typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0);
      return typeof a === "number" ? -sign : sign;
    });
    this.body.append(...this.rows.map(({ row }) => row));
  }

  // The column, sign and value of a condition; nothing if the part is a word.
  condition(part) { return (part.match(/^([^<>=!]+)(!=|<=|>=|=|<|>)(.+)$/) ?? []).slice(1); }

  // The test that a part of the filter stands for.
  test(part) {
    const [name, sign, text] = this.condition(part);
    const k = this.names.indexOf(name);
    if (k < 0) return ({ words }) => words.includes(part.toLowerCase());
    const wanted = Runs.number(text), pattern = text.toLowerCase().split("*").map((t) => t.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*");
    const like = new RegExp(`^${pattern}${name === "spec" ? "(\\.sdhs)?" : ""}$`);
    const equal = (v) => v !== null && (wanted !== null && typeof v === "number" ? v === wanted : like.test(String(v).toLowerCase()));
    const size = (holds) => ({ cells: { [k]: v } }) => typeof v === "number" && wanted !== null && holds(v, wanted);
    return {
      "=": ({ cells: { [k]: v } }) => equal(v), "!=": ({ cells: { [k]: v } }) => !equal(v),
      "<": size((a, b) => a < b), "<=": size((a, b) => a <= b), ">": size((a, b) => a > b), ">=": size((a, b) => a >= b),
    }[sign];
  }

  filter() {
    const parts = this.field.value.trim().split(/\s+/).filter(Boolean), tests = parts.map((part) => this.test(part));
    const unknown = parts.map((part) => this.condition(part)[0]).find((name) => name && !this.names.includes(name));
    let shown = 0;
    for (const run of this.rows) {
      const hidden = !tests.every((test) => test(run));
      run.row.hidden = hidden;
      shown += !hidden;
      for (const line of this.lines.get(run.row.dataset.run) ?? []) line.classList.toggle("off", hidden);
    }
    this.output.textContent = `${shown.toLocaleString("en")} of ${this.rows.length.toLocaleString("en")} runs`
      + (unknown ? `; there is no column ${unknown}: the columns are ${this.names.filter(Boolean).join(", ")}` : "");
  }

  // The curves of the run under the pointer.
  mark(row) {
    for (const line of this.marked ?? []) line.classList.remove("on");
    this.marked = row ? this.lines.get(row.dataset.run) ?? [] : [];
    for (const line of this.marked) line.classList.add("on");
  }
}

for (const table of document.querySelectorAll("table.sortable")) new Runs(table);

// While runs go on, the page loads its newer version from time to time.
{
  const every = Number(document.documentElement.dataset.reload);
  if (every) setTimeout(() => location.reload(), 1000 * every);
}
