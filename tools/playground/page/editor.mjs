// The text box with line numbers, and marks under words that problems are about.
const area = document.getElementById("spec");
const lines = document.getElementById("lines");
const marks = document.getElementById("marks");

export const editor = {
  get text() {
    return area.value;
  },
  // Replaces the whole text without an event of its own.
  set text(value) {
    area.value = value;
    this.mark([]);
  },
  onedit(call) {
    area.addEventListener("input", () => (this.mark([]), call()));
  },
  select(start, end) {
    area.focus();
    area.setSelectionRange(start, end);
    const line = area.value.slice(0, start).split("\n").length;
    area.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(area).lineHeight));
  },
  // Writes a fix if the text is still the one that it is for; it can be undone as if it was typed.
  apply({ start, end, replacement }) {
    if (this.checked !== area.value) return;
    area.focus();
    area.setSelectionRange(start, end);
    const typed = replacement ? document.execCommand("insertText", false, replacement) : document.execCommand("delete");
    if (!typed) {
      area.setRangeText(replacement, start, end, "end");
      area.dispatchEvent(new Event("input"));
    }
  },
  // Marks problems of the text.
  mark(items) {
    this.checked = items.length ? area.value : null;
    const numbers = new Map(items.filter((item) => item.start !== undefined).map((item) => [item.line, item.severity]));
    const count = area.value.split("\n").length;
    lines.replaceChildren(...Array.from({ length: count }, (_, i) => {
      const row = document.createElement("span");
      row.textContent = `${i + 1}\n`;
      row.className = numbers.get(i + 1) ?? "";
      return row;
    }));
    const parts = [];
    let at = 0;
    for (const { start, end, severity } of items.filter((i) => i.start !== undefined).sort((a, b) => a.start - b.start)) {
      if (start < at) continue;
      const marked = document.createElement("span");
      marked.className = severity;
      marked.textContent = area.value.slice(start, Math.max(end, start + 1));
      parts.push(area.value.slice(at, start), marked);
      at = Math.max(end, start + 1);
    }
    marks.replaceChildren(...parts, area.value.slice(at), "\n");
    follow();
  },
};

function follow() {
  marks.scrollTop = lines.scrollTop = area.scrollTop;
  marks.scrollLeft = area.scrollLeft;
}
area.addEventListener("scroll", follow);
