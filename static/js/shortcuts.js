// Every action has a key, written on the control itself: <button data-key="F2">. `?` lists those of this page.
// A key is written Ctrl+, Alt+, Shift+ and then the browser's name for it: F2, Shift+F9, Delete, Enter, /.
const NAMES = { " ": "Space", Delete: "Del", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

function nameOf(event) {
  const printable = event.key.length === 1;
  const parts = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && !printable && "Shift"];
  return [...parts.filter(Boolean), event.key === " " ? "Space" : event.key].join("+");
}

// In a field that holds text, keys that type or edit belong to the field. A scan box that is empty gives them away.
function belongsToField(event) {
  const field = event.target;
  if (!field.matches?.("input, textarea, select, [contenteditable]")) return false;
  if (/^F\d+$/.test(event.key) || event.ctrlKey || event.altKey) return false;
  if (field.matches("input[type=checkbox], input[type=radio], input[type=button]")) return event.key === " " || event.key.startsWith("Arrow");
  if (["Enter", "Tab"].includes(event.key)) return true;
  if (event.key === "Escape") return false;
  return !(field.matches("[data-scan]") && field.value === "");
}

function isShown(element) {
  return element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;
}

// While a dialog is open only its own keys count; the topmost one is the last in the document.
function scope() {
  const open = [...document.querySelectorAll("dialog[open]")];
  return open.length ? open[open.length - 1] : document;
}

function controls() {
  return [...scope().querySelectorAll("[data-key]")].filter(isShown);
}

function wordsOf(control) {
  if (control.dataset.keyLabel) return control.dataset.keyLabel;
  if (control.ariaLabel) return control.ariaLabel;
  const copy = control.cloneNode(true);
  copy.querySelectorAll("kbd, svg, .visually-hidden, .count").forEach((part) => part.remove());
  return copy.textContent.trim() || control.getAttribute("placeholder") || "";
}

function keysOf(combination) {
  return combination.split(/\+(?=.)/).map((part) => {
    const key = document.createElement("kbd");
    key.textContent = NAMES[part] ?? part;
    return key;
  });
}

function showHelp() {
  const help = document.getElementById("keys");
  if (!help || document.querySelector("dialog[open]")) return;
  const seen = new Set();
  const rows = controls().filter((control) => !seen.has(control.dataset.key) && seen.add(control.dataset.key)).map((control) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    const keys = document.createElement("dd");
    name.textContent = wordsOf(control);
    keys.append(...keysOf(control.dataset.key));
    row.append(name, keys);
    return row;
  });
  help.querySelector("[data-list]").replaceChildren(...rows);
  help.showModal();
}

// An inactive control does nothing; its reason stands beside it and is read by aria-describedby.
document.addEventListener("click", (event) => {
  const control = event.target.closest?.("[aria-disabled='true']");
  if (control) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.metaKey || belongsToField(event)) return;
  const name = nameOf(event);
  const control = controls().find((one) => one.dataset.key === name);
  if (!control) return;
  event.preventDefault();
  if (event.repeat) return;
  if (control.matches("input:not([type=checkbox], [type=radio], [type=submit]), select, textarea")) {
    control.focus();
    control.select?.();
  } else {
    control.click();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-action='keys']")) showHelp();
  const closer = event.target.closest("[data-action='close']");
  const dialog = closer?.closest("dialog");
  if (dialog) dialog.close();
  else if (closer?.matches("button")) history.back(); // a question that was opened as a page
});
