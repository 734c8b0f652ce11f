// Keeps the focus where the hands are. One field of a page may be its home: <input data-focus-home>.
const HOLDS_FOCUS = "a[href], button, input, select, textarea, summary, label, [tabindex], [contenteditable], [popover]";

/** Give the focus back to the page's home, unless a dialog is open. */
export function home() {
  if (document.querySelector("dialog[open]")) return;
  document.querySelector("[data-focus-home]")?.focus({ preventScroll: true });
}

function isLost() {
  return !document.activeElement || document.activeElement === document.body;
}

/** Close a dialog whose content came from the server, empty it and give the hands back, all before the next key. */
export function leave(dialog) {
  if (dialog.open) dialog.close();
  dialog.replaceChildren();
  if (isLost()) home();
  // Chromium keeps a field focused when the content of a closed dialog goes away, but lets nobody type into it until
  // it is focused anew.
  const held = document.activeElement;
  held.blur();
  held.focus({ preventScroll: true });
}

/** The same for a dialog that the person closes: by Escape, or Back. */
export function leaveOnClose(dialog, then = () => {}) {
  dialog.addEventListener("close", () => {
    if (dialog.open || !dialog.hasChildNodes()) return; // left already
    leave(dialog);
    then();
  });
}

// Touching the empty page, a swap that took the focused control away, a dialog that closed: back home.
document.addEventListener("pointerup", (event) => {
  if (!event.target.closest(HOLDS_FOCUS) && String(getSelection()) === "" && isLost()) home();
});
document.addEventListener("close", () => setTimeout(() => isLost() && home()), true);
document.addEventListener("htmx:afterSettle", (event) => {
  const wrong = event.detail.xhr?.status === 422 && event.target.querySelector?.("[aria-invalid='true']");
  if (wrong) wrong.focus();
  else if (isLost()) home();
});
// A page that came back with a refused form begins at the first field to correct.
addEventListener("pageshow", () => {
  document.querySelector("main [aria-invalid='true']")?.focus();
  if (isLost()) home();
  // What was looked for gives way to what is typed or scanned next.
  if (document.activeElement.matches("input[autofocus]")) document.activeElement.select();
});

// A scan on a page where no field has the focus is not lost: it goes to the page's scan box, else to the look-up.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.length !== 1 || event.key === " " || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("[data-focus-home]") ?? document.querySelector("[data-catch]");
  if (!field) return;
  field.focus(); // the browser types this key into it
  if (field.matches("[data-catch]")) field.value = "";
});
