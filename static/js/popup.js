// The pop-up for serials (templates/serials/_popup.html): opens, closes, and keeps the hands on the scan box.
// What is on the line stands in its rows as hidden fields; the server judges every code, this only shows.
import { leave, leaveOnClose } from "./shell.js";
import { enqueue, isIdle } from "./scanner.js";

const popup = document.getElementById("popup");
const find = (selector) => popup.querySelector(selector);
const form = () => find("#serial-form");
const box = () => find("#pop-scan");

/** Give the focus back to the box that takes the next scan: the pop-up's, else the page's. */
function focusScan() {
  (popup.open ? box() : document.querySelector("[data-scan-box], [data-focus-home]"))?.focus({ preventScroll: true });
}

function showView(view) {
  if (view === "rows" && isListShown()) box().value = ""; // what was searched is no scan
  form().dataset.view = view;
  popup.querySelectorAll("[data-when]").forEach((part) => (part.hidden = part.dataset.when !== view));
  find("[data-action='list']").setAttribute("aria-pressed", String(view === "list"));
  box().setAttribute("aria-label", box().dataset[view === "list" ? "labelList" : "labelRows"]);
  if (view === "rows") find("#pop-found").textContent = "";
}

const isListShown = () => form()?.dataset.view === "list";

function showPanel(name, shown) {
  popup.querySelectorAll("[data-panel]").forEach((panel) => {
    panel.hidden = panel.dataset.panel !== name || !shown;
    find(`[data-action='${panel.dataset.panel}'][aria-controls]`)?.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) panel.querySelector("textarea, input").focus();
  });
  if (!shown) focusScan();
}

function showNew(shown) {
  const row = find("#pop-new");
  if (!row) return;
  if (shown && isListShown()) showView("rows");
  row.hidden = !shown;
  find("[data-action='new']").setAttribute("aria-expanded", String(shown));
  const input = find("#pop-newsn");
  if (!shown) input.value = "";
  checkDraft();
  if (shown) input.focus();
  else focusScan();
}

// A number that is typed but not attached keeps Save waiting, by name.
function checkDraft() {
  const save = find(".btn-save");
  if (!save) return;
  const draft = find("#pop-newsn")?.value.trim() ?? "";
  const reason = find("#pop-draft");
  reason.hidden = draft === "";
  find("#pop-why").hidden = draft !== "";
  reason.querySelector("span").textContent = reason.dataset.text.replace("%s", draft);
  const blocked = draft !== "" || save.dataset.why !== "";
  if (blocked) save.setAttribute("aria-disabled", "true");
  else save.removeAttribute("aria-disabled");
  save.setAttribute("aria-describedby", draft ? "pop-draft" : "pop-why");
}

// --- The S/N List ---------------------------------------------------------------------------------------------------

const rows = () => [...popup.querySelectorAll("[data-row]")];
const picks = () => [...popup.querySelectorAll("[data-pick]")];

function showTicks() {
  const keys = new Set(rows().filter((row) => row.querySelector("[name='number']")).map((row) => row.dataset.row));
  picks().forEach((pick) => {
    const on = keys.has(pick.dataset.keyOf);
    pick.setAttribute("aria-selected", String(on));
    const what = pick.querySelector(".what");
    what.textContent = on ? what.dataset.on : what.dataset.off;
  });
}

function loadList(address) {
  const button = find("[data-action='list']");
  const query = box().value.trim();
  const url = address ?? `${button.dataset.list}${query ? `?q=${encodeURIComponent(query)}` : ""}`;
  window.htmx.ajax("GET", url, { source: find("#pop-list"), target: "#pop-list", swap: "innerHTML" });
}

function moveTo(pick) {
  if (!pick) return;
  picks().forEach((one) => one.classList.toggle("is-at", one === pick));
  find("#pop-picks").setAttribute("aria-activedescendant", pick.id);
  pick.scrollIntoView({ block: "nearest" });
}

function toggle(pick) {
  const row = rows().find((one) => one.dataset.row === pick.dataset.keyOf);
  moveTo(pick);
  if (row) remove(row);
  else {
    window.htmx.ajax("POST", box().dataset.scan, { source: find("#pop-rows"), target: "#pop-rows", swap: "beforeend", values: { code: pick.dataset.pick, picked: "1" } });
  }
}

function remove(row) {
  row.remove();
  showTicks();
  refreshBar();
}

function refreshBar() {
  window.htmx.ajax("POST", find("#pop-bar").dataset.bar, { source: form(), target: "#pop-bar", swap: "none" });
}

let typing = null;
popup.addEventListener("input", (event) => {
  if (event.target.id === "pop-newsn") checkDraft();
  if (event.target.id !== "pop-scan" || !isListShown()) return;
  clearTimeout(typing);
  typing = setTimeout(() => isListShown() && loadList(), 160);
});

// --- Keys and clicks ------------------------------------------------------------------------------------------------

popup.addEventListener("keydown", (event) => {
  if (event.target.id === "pop-newsn" && event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    showNew(false);
    return;
  }
  if (event.key === "Enter" && event.target.closest("[data-panel='range']")) {
    event.preventDefault();
    find("[data-range-go]").click();
    return;
  }
  if (!["pop-scan", "pop-picks"].includes(event.target.id) || !isListShown()) return;
  const shown = picks();
  const at = shown.findIndex((pick) => pick.classList.contains("is-at"));
  if (event.key === "ArrowDown") moveTo(shown[Math.min(at + 1, shown.length - 1)]);
  else if (event.key === "ArrowUp") moveTo(shown[Math.max(at - 1, 0)]);
  else if (event.key === " " && at >= 0) toggle(shown[at]);
  else return;
  event.preventDefault();
});

popup.addEventListener("click", (event) => {
  const pick = event.target.closest("[data-pick]");
  if (pick) {
    toggle(pick);
    focusScan();
    return;
  }
  const page = event.target.closest("[data-page]");
  if (page) {
    event.preventDefault();
    loadList(page.getAttribute("href"));
    focusScan();
    return;
  }
  const control = event.target.closest("[data-action]");
  if (!control || control.getAttribute("aria-disabled") === "true") return;
  const panel = { paste: "#pop-paste", range: "#pop-range" }[control.dataset.action];
  if (panel) showPanel(control.dataset.action, find(panel).hidden);
  else if (control.dataset.action === "new") showNew(find("#pop-new").hidden);
  else if (control.dataset.action === "discard") showNew(false);
  else if (control.dataset.action === "attach") attachNew();
  else if (control.dataset.action === "remove") {
    remove(control.closest("[data-row]"));
    focusScan();
  } else if (control.dataset.action === "quantity") setQuantity(control.dataset.quantity);
  else if (control.dataset.action === "list") {
    const view = isListShown() ? "rows" : "list";
    showView(view);
    if (view === "list") loadList();
    focusScan();
  }
});

function attachNew() {
  const input = find("#pop-newsn");
  const code = input.value;
  input.value = "";
  if (code.trim()) enqueue(input, code);
  else input.focus();
}

function setQuantity(quantity) {
  const field = find("[name='quantity']") ?? Object.assign(document.createElement("input"), { type: "hidden", name: "quantity" });
  field.value = quantity;
  find("#pop-bar").append(field);
  refreshBar();
  focusScan();
}

// --- What the server says -------------------------------------------------------------------------------------------

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === popup && form()) {
    // No autofocus in the fragment: htmx would focus it once more after settling, and take it from a quick hand.
    if (!popup.open) popup.showModal();
    focusScan();
  }
  if (popup.open && event.detail.target.id === "pop-list") {
    showTicks();
    moveTo(picks()[0]);
    find("#pop-found").textContent = find("#pop-picks")?.dataset.found ?? "";
  }
  if (popup.open && event.detail.target.id === "pop-rows") {
    showTicks();
    find("#pop-rows > :last-child")?.scrollIntoView({ block: "nearest" });
  }
});

// The lower bar came out of band: what depends on it is shown again.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (!popup.open || !form()) return;
  if (event.detail.target?.id === "pop-bar") {
    showView(form().dataset.view);
    checkDraft();
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  const after = event.detail.elt?.dataset?.after;
  if (!after || !event.detail.successful || !popup.open) return;
  if (after === "paste") find("[name='codes']").value = "";
  if (after === "range") find("#pop-preview").replaceChildren();
  showPanel(after, false);
});

// A new number was attached: its row closes once nothing more is being typed into it.
document.addEventListener("scan:idle", (event) => {
  if (event.target.id === "pop-newsn" && event.target.value === "" && popup.open) showNew(false);
});

document.addEventListener("serials:repeated", (event) => {
  const row = rows().find((one) => one.dataset.row === event.detail.key);
  row?.scrollIntoView({ block: "nearest" });
  row?.classList.add("is-again");
  setTimeout(() => row?.classList.remove("is-again"), 1200);
});

// At the counter the last missing scan saves, once every code has had its answer.
document.addEventListener("serials:complete", () => {
  const inputs = [...popup.querySelectorAll("[data-scan]")];
  // The code that completed the line is still first in its queue here; wait for the queue to say that it is empty.
  const save = () => inputs.every(isIdle) && !find(".btn-save")?.matches("[aria-disabled='true']") && form()?.requestSubmit();
  if (inputs.every(isIdle)) save();
  else popup.addEventListener("scan:idle", save, { once: true });
});

// Save waits until every code that was scanned here has had its answer: else it would save without the last.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, path } = event.detail;
  const inputs = elt === form() && path === elt.getAttribute("hx-post") ? [...popup.querySelectorAll("[data-scan]")] : [];
  if (inputs.every(isIdle)) return;
  event.preventDefault();
  popup.addEventListener("scan:idle", () => form()?.requestSubmit(), { once: true });
});

function handsBack() {
  clearTimeout(typing);
  focusScan();
}

document.addEventListener("serials:changed", () => {
  if (!popup.open) return;
  leave(popup);
  handsBack();
});

leaveOnClose(popup, handsBack);
