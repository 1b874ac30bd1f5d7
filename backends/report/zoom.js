
// Zooming changes the drawing's width inside a scrollable window, so that touch and arrow keys can move it without a script.
const LEAST = 0.2, MOST = 12, STEP = 1.25;

class Zoom {
  constructor(figure) {
    this.window = figure.querySelector(".window");
    this.drawing = this.window.querySelector("svg");
    this.natural = parseFloat(this.drawing.style.getPropertyValue("--natural"));
    for (const button of figure.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.act(button.dataset.zoom));
    }
    this.window.addEventListener("keydown", (event) => this.key(event));
    this.window.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.window.addEventListener("dblclick", (event) => this.by(STEP * STEP, event));
    this.drag();
  }

  get width() { return this.drawing.getBoundingClientRect().width; }

  act(what) {
    if (what === "in") this.by(STEP);
    else if (what === "out") this.by(1 / STEP);
    else if (what === "one") this.to(this.natural);
    else this.fit();
  }

  // The whole width of the drawing. On a narrow screen a drawing begins larger than that, so that its texts can be read.
  fit() {
    this.drawing.style.removeProperty("max-height");
    this.drawing.style.width = "min(100%, var(--natural))";
    this.window.style.height = "";
  }

  by(factor, at) { this.to(this.width * factor, at); }

  // Keeps the point under the pointer, or the middle of the window, in place.
  to(width, at) {
    // Fixes the window's height, so that zooming doesn't move the page.
    if (!this.window.style.height) this.window.style.height = `${this.window.offsetHeight}px`;
    const box = this.window.getBoundingClientRect(), before = this.drawing.getBoundingClientRect();
    const x = at ? at.clientX : box.left + box.width / 2, y = at ? at.clientY : box.top + box.height / 2;
    const across = (x - before.left) / before.width, down = (y - before.top) / before.height;
    this.drawing.style.maxHeight = "none";
    this.drawing.style.width = `${Math.min(Math.max(width, this.natural * LEAST), this.natural * MOST)}px`;
    const after = this.drawing.getBoundingClientRect();
    this.window.scrollLeft += after.left + across * after.width - x;
    this.window.scrollTop += after.top + down * after.height - y;
  }

  key(event) {
    const what = { "+": "in", "=": "in", "-": "out", "0": "fit", "1": "one" }[event.key];
    if (!what || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.act(what);
  }

  // The wheel zooms only with Ctrl or if the diagram has the focus; otherwise it scrolls the page.
  wheel(event) {
    if (!(event.ctrlKey || event.metaKey || document.activeElement === this.window)) return;
    event.preventDefault();
    this.by(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 240), event);
  }

  drag() {
    let from = null;
    this.window.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      from = { x: event.clientX + this.window.scrollLeft, y: event.clientY + this.window.scrollTop };
      this.window.setPointerCapture(event.pointerId);
      this.window.classList.add("moving");
    });
    this.window.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.window.scrollLeft = from.x - event.clientX;
      this.window.scrollTop = from.y - event.clientY;
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.window.addEventListener(end, () => {
        from = null;
        this.window.classList.remove("moving");
      });
    }
  }
}

for (const figure of document.querySelectorAll(".diagram")) new Zoom(figure);
