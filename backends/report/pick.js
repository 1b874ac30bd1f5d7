
// A run that is picked in a legend is drawn strong in all charts, and so is that under the pointer in the table of runs.
const marked = (key) => document.querySelectorAll(`.chart [data-key="${CSS.escape(key)}"]`);
{
  let picked = null;
  const buttons = [];
  const pick = (key) => {
    if (picked !== null) for (const part of marked(picked)) part.classList.remove("picked");
    picked = picked === key ? null : key;
    if (picked !== null) for (const part of marked(picked)) part.classList.add("picked");
    document.documentElement.classList.toggle("picking", picked !== null);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.parentElement.dataset.pick === picked));
  };
  for (const entry of document.querySelectorAll("[data-pick]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.title = "draw these curves strong in all charts";
    button.setAttribute("aria-pressed", "false");
    button.append(...[...entry.childNodes].slice(1));
    button.addEventListener("click", () => pick(entry.dataset.pick));
    entry.append(button);
    buttons.push(button);
  }
}

// A chart as wide as the page.
for (const button of document.querySelectorAll("[data-larger]")) {
  button.addEventListener("click", () => {
    const large = button.closest("figure").classList.toggle("large");
    button.setAttribute("aria-pressed", String(large));
  });
}

// The layer whose spikes are shown; without a script all are.
for (const choice of document.querySelectorAll(".layers")) {
  const show = () => {
    for (const option of choice.options) document.getElementById(option.value).hidden = option.value !== choice.value;
  };
  choice.addEventListener("change", show);
  show();
}
