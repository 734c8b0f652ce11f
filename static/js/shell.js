// What every page carries, before signing in too: keys, focus, sounds, and what is said when the server is away.

// --- Keys ------------------------------------------------------------------------------------------------------------

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

// An inactive control does nothing; its reason stands beside it and is read by aria-describedby. One that waits (data-waits)
// was not meant yet.
document.addEventListener("click", (event) => {
  const control = event.target.closest?.("[aria-disabled='true'], [data-waits]");
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

// --- Focus -----------------------------------------------------------------------------------------------------------

// Keeps the focus where the hands are. One field of a page may be its home: <input data-focus-home>.
const HOLDS_FOCUS = "a[href], button, input, select, textarea, summary, label, [tabindex], [contenteditable], [popover]";

// Give the focus back to the page's home, unless a dialog is open.
function home() {
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

// --- Sounds ----------------------------------------------------------------------------------------------------------

// A short sound says yes or no to a scan. The choice to be quiet stays with this device.
let audio = null;

function isMuted() {
  try {
    return localStorage.getItem("sounds") === "off";
  } catch {
    return false;
  }
}

function tone(frequency, start, length, shape) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = shape;
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.12, start + 0.008);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}

function play(tones) {
  if (isMuted() || !window.AudioContext) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {}); // browsers wait for the first key or click
  tones.forEach(([frequency, after, length, shape]) => tone(frequency, audio.currentTime + after, length, shape));
}

// One high, short sound: taken.
function yes() {
  play([[1320, 0, 0.09, "sine"]]);
}

// Two low sounds: refused, look at the screen.
function no() {
  play([[220, 0, 0.14, "square"], [175, 0.17, 0.2, "square"]]);
}

function labelSounds(button) {
  const muted = isMuted();
  button.setAttribute("aria-pressed", String(!muted));
  button.querySelectorAll("[data-when]").forEach((icon) => {
    icon.toggleAttribute("hidden", (icon.dataset.when === "muted") !== muted);
  });
}

document.querySelectorAll("[data-action='sounds']").forEach((button) => {
  labelSounds(button);
  button.addEventListener("click", () => {
    try {
      localStorage.setItem("sounds", isMuted() ? "on" : "off");
    } catch {
      return; // storage is switched off: sounds stay on
    }
    labelSounds(button);
    yes();
  });
});

// A page or the server can ask for a sound: HX-Trigger: {"shop:sound": "yes"}
document.addEventListener("shop:sound", (event) => (event.detail.value === "no" ? no() : yes()));

// --- When the server is away -----------------------------------------------------------------------------------------

// Says what happened when the server did not answer a fragment, and what to do next. Never sends anything again by
// itself: the person presses once more, and what carries money or stock counts once however often it is sent.
const trouble = document.getElementById("trouble");
const PROBE_SECONDS = 4;
const PASSING = ["offline", "away"]; // what a probe finds over; the rest stays until something is answered
const TROUBLE = { 403: "forbidden", 404: "missing", 413: "large", 429: "often" };
let offlineSince = null;
let probing = null;

function showTrouble(name) {
  const text = document.getElementById(`trouble-${name}`);
  trouble.querySelector("[data-text]").replaceChildren(text.content.cloneNode(true));
  const time = trouble.querySelector("time");
  if (time) time.textContent = offlineSince.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  trouble.querySelector("[data-action='probe']").hidden = !PASSING.includes(name);
  if (!trouble.matches(":popover-open")) trouble.showPopover();
}

function hideTrouble() {
  if (trouble.matches(":popover-open")) trouble.hidePopover();
  offlineSince = null;
  clearTimeout(probing);
}

async function probe() {
  clearTimeout(probing);
  try {
    const answer = await fetch(trouble.dataset.probe, { cache: "no-store" });
    if (answer.ok) {
      document.dispatchEvent(new Event("shop:back")); // what a page fetches by itself is fetched now
      return hideTrouble();
    }
  } catch {
    // still away: try again below
  }
  probing = setTimeout(probe, PROBE_SECONDS * 1000);
}

function offline() {
  offlineSince ??= new Date();
  sayTrouble("offline");
}

function sayTrouble(name) {
  showTrouble(name);
  clearTimeout(probing);
  if (PASSING.includes(name)) probing = setTimeout(probe, PROBE_SECONDS * 1000);
}

if (trouble) {
  document.addEventListener("htmx:sendError", offline);
  document.addEventListener("htmx:timeout", offline);
  addEventListener("offline", offline);
  addEventListener("online", probe);
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    sayTrouble(xhr.getResponseHeader("X-Trouble") ?? TROUBLE[xhr.status] ?? "server"); // the database's: microbiz/trouble.py
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) hideTrouble();
  });
  trouble.addEventListener("click", (event) => {
    if (event.target.closest("[data-action='probe']")) probe();
    if (event.target.closest("[data-action='dismiss']")) hideTrouble();
  });
}

// A form or control of its own that must not be sent twice while the first answer is under way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[hx-post], [hx-get], [method=dialog]") || event.defaultPrevented) return;
  if (form.dataset.sending) event.preventDefault();
  form.dataset.sending = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach((form) => delete form.dataset.sending));

// --- Small things ----------------------------------------------------------------------------------------------------

// Where tabs or settings pages are a strip that scrolls sideways, the one in use is in sight.
document.querySelectorAll(":is(.tabs, .set-nav) [aria-current]").forEach((tab) => {
  const strip = tab.parentElement;
  if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
});

// A filter that acts when it is chosen: <select data-submit>, <input type="date" data-submit>. Without scripts the form's own
// button does it. A date that is still being typed is outside of its limits.
document.addEventListener("change", ({ target }) => {
  if (target.matches("select[data-submit], input[data-submit]") && target.checkValidity()) target.form.requestSubmit();
});

// A button that prints the page as it is: <button data-print>.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
