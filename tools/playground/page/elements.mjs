// Elements whose texts are texts: nothing that a link holds becomes markup.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") made.addEventListener("click", value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

// A sentence, with what is between backquotes as code.
export const sentence = (text) => text.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));

export const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export function table(caption, head, rows, numbers = []) {
  const cells = (name, row) => row.map((cell, i) => element(name, { class: numbers.includes(i) ? "number" : null }, cell));
  const scope = (cell) => (cell.setAttribute("scope", "col"), cell);
  return element("div", { class: "table", tabindex: "0", role: "group", "aria-label": caption },
    element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, cells("th", head).map(scope))),
      element("tbody", {}, rows.map((row) => element("tr", {}, cells("td", row))))));
}
