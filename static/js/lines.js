// A scan box above lines, at the register and on every document: which line is selected, the list of products under
// the box, dialogs that ask, and keys that wait for the scans before them. The server alone knows what the lines hold.
import { leave, leaveOnClose } from "./shell.js";
import { inTurn, isIdle } from "./scanner.js";

// What came with an answer works from the same moment on: no key may fall between swapping and settling.
window.htmx.config.defaultSettleDelay = 0;

export const $ = (selector, root = document) => root.querySelector(selector);
export const scanBox = () => $("#scan-code");
const dialog = $("dialog#ask");

// --- The selected line ------------------------------------------------------------------------------------------------

export const rows = () => [...document.querySelectorAll("#lines-body > tr[data-line]")];

function select(row, { scroll = true } = {}) {
  rows().forEach((one) => {
    one.classList.toggle("is-sel", one === row);
    if (one === row) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  });
  const field = $("#selected");
  const line = row?.dataset.line ?? "";
  if (field && field.value !== line) {
    field.value = line;
    field.dispatchEvent(new Event("change", { bubbles: true })); // a panel about the selected line follows it
  }
  if (scroll) row?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("is-sel"));
  select(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

// The row that came with the answer (data-fresh) takes the selection over at once; it is lit for 1.2 s.
export function settleRows() {
  const all = rows();
  const fresh = all.findLast((row) => row.matches("[data-fresh]"));
  if (fresh) {
    all.forEach((row) => row !== fresh && row.classList.remove("is-yes"));
    delete fresh.dataset.fresh;
    setTimeout(() => fresh.classList.remove("is-yes"), 1200);
  }
  const chosen = all.find((row) => row.dataset.line === $("#selected")?.value);
  select(fresh ?? chosen ?? all.find((row) => row.matches(".is-sel")) ?? all.at(-1), { scroll: Boolean(fresh) });
}

// --- The list under the scan box --------------------------------------------------------------------------------------

const found = () => [...document.querySelectorAll("#results [data-found]")];
let typing = null;

export function closeResults() {
  clearTimeout(typing);
  $("#results")?.replaceChildren();
  scanBox()?.setAttribute("aria-expanded", "false");
  scanBox()?.removeAttribute("aria-activedescendant");
}

function moveTo(option) {
  found().forEach((one) => {
    one.classList.toggle("is-at", one === option);
    one.setAttribute("aria-selected", String(one === option));
  });
  scanBox().setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function search() {
  const box = scanBox();
  const q = box.value.trim();
  if (q.length < 2) return closeResults();
  window.htmx.ajax("GET", box.dataset.search, { source: $("#results"), target: "#results", swap: "innerHTML", values: { q } });
}

// An answer to what stood in the box before is too late: Enter would choose from it what nobody means any more.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (target.id === "results" && requestConfig.verb === "get" && requestConfig.parameters.q !== scanBox()?.value.trim()) event.detail.shouldSwap = false;
});

document.addEventListener("input", (event) => {
  if (event.target.id === "scan-code") {
    clearTimeout(typing);
    delete $("#results ul")?.dataset.moved; // the list is of the text before: Enter sends what stands in the box
    // A scanner has pressed Enter long before: only what a person types is searched for.
    typing = setTimeout(search, 260);
  }
  if (event.target.matches("[data-live]")) {
    clearTimeout(typing);
    const { live, liveTarget } = event.target.dataset;
    const values = { q: event.target.value };
    typing = setTimeout(() => window.htmx.ajax("GET", live, { source: $(liveTarget), target: liveTarget, swap: "outerHTML", values }), 200);
  }
});

// A key of the Action Panel that is pressed before the last scans have had their answers waits for them: Pay may be
// inactive only because the serial that it lacks is still under way.
addEventListener("keydown", (event) => {
  const box = scanBox();
  if (event.target !== box || isIdle(box) || !/^(F\d+|Delete)$/.test(event.key) || event.repeat) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { key, shiftKey } = event;
  const again = () => {
    if (document.activeElement === box) box.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
  };
  box.addEventListener("scan:idle", () => setTimeout(again, 30), { once: true });
}, true);

// Before scanner.js: keys of the list, of the selection, and of the empty box.
addEventListener("keydown", (event) => {
  if (event.target.id !== "scan-code" || event.isComposing || event.ctrlKey || event.altKey) return;
  const options = found();
  const at = options.findIndex((one) => one.classList.contains("is-at"));
  const isOpen = options.length > 0;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const by = event.key === "ArrowDown" ? 1 : -1;
    if (isOpen) moveTo(options[Math.min(Math.max(at + by, 0), options.length - 1)]);
    else if (event.target.value === "") step(by);
    else return;
  } else if (event.key === "Enter" && isOpen && options[0].closest("ul").dataset.moved !== undefined) {
    options[Math.max(at, 0)].click();
  } else if (event.key === "Escape" && (isOpen || event.target.value !== "")) {
    event.target.value = "";
    closeResults();
  } else if (event.key === "Enter" && event.target.value.trim() === "" && $("[data-new-sale]")) {
    $("[data-new-sale]").click();
  } else {
    clearTimeout(typing);
    if (event.key.startsWith("Arrow") || event.key === "Enter" || event.key === "Tab") return;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("click", (event) => {
  const option = event.target.closest("[data-found]");
  if (option) {
    const { add } = $("#results").dataset;
    const { product, code = "" } = option.dataset;
    scanBox().value = "";
    closeResults();
    scanBox().focus();
    window.htmx.ajax("POST", add, { source: $("#scan"), target: "#say", swap: "outerHTML", values: { product, code } });
    return;
  }
  if (!event.target.closest(".scan-box")) closeResults();
  const row = event.target.closest("#lines-body > tr[data-line]");
  if (row) select(row, { scroll: false });
  const serials = event.target.closest("[data-serials]");
  if (serials) openSerials(serials);
});

// The pop-up of the selected line; where that has no serials, of the first line that waits for some.
function openSerials(button) {
  const all = rows();
  const wants = [all.find((row) => row.matches(".is-sel")), all.find((row) => $("[data-serial-status='red']", row)), all.find((row) => $(".snstat", row))];
  const row = wants.find((one) => one && $(".snstat", one));
  if (row) {
    select(row);
    $(".snstat", row).click();
    return;
  }
  const say = $("#say");
  say?.classList.remove("is-no");
  say?.replaceChildren(Object.assign(document.createElement("span"), { textContent: button.dataset.none }));
}

// --- The lines anew ----------------------------------------------------------------------------------------------------

/** Draw `target` as the server has it at `url()`, in its turn among the scans. The page asks, not what is replaced. */
export function redraw(url, target) {
  const ask = () => window.htmx.ajax("GET", url(), { source: document.body, target, swap: "outerHTML" }).catch(() => {});
  if (scanBox()) inTurn(scanBox(), ask);
  else ask();
}

// --- Dialogs ----------------------------------------------------------------------------------------------------------

function focusIn(root) {
  const field = $("[aria-invalid='true'], [autofocus]", root);
  field?.focus();
  if (field?.matches("input:not([type=checkbox], [type=radio])")) field.select();
}

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  if (target === dialog) {
    if (!dialog.open) dialog.showModal();
    focusIn(dialog);
  }
  if (target.id === "results") {
    const list = $("#results ul");
    scanBox().setAttribute("aria-expanded", String(found().length > 0));
    if (list && scanBox().value !== "") list.dataset.moved = "";
  }
});

for (const swapped of ["htmx:afterSwap", "htmx:oobAfterSwap"]) {
  document.addEventListener(swapped, () => $("#lines-body > [data-fresh]") && settleRows());
}

document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id === "results" && found().length) {
    $("#results ul").dataset.moved = "";
    scanBox().setAttribute("aria-expanded", "true");
  }
});

if (dialog) leaveOnClose(dialog);

// Where no script runs, Back is a link to the register; here the dialog just closes.
dialog?.addEventListener("click", (event) => {
  if (event.target.closest("a[data-action='close']")) event.preventDefault();
});

// Rows of buttons in a dialog: the arrows move between them.
document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const list = event.target.closest("[data-arrows]") ?? $("[data-arrows]", event.target.closest("dialog") ?? document.createElement("i"));
  if (list) {
    const all = [...list.querySelectorAll("a, button")];
    const next = all[all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    next?.focus();
    if (next) event.preventDefault();
  }
});

// The server has done what the dialog asked for.
for (const answered of ["register:answered", "document:answered"]) {
  document.addEventListener(answered, () => {
    if (dialog?.open) leave(dialog);
    closeResults();
  });
}

// Pay, hold and the like wait until every code that was scanned has had its answer.
document.addEventListener("htmx:confirm", (event) => {
  const box = scanBox();
  if (!box || [box, document.body].includes(event.detail.elt) || isIdle(box) || !event.detail.target?.matches("#stage, #document, #ask, #popup")) return;
  event.preventDefault();
  box.addEventListener("scan:idle", () => event.detail.elt.isConnected && event.detail.issueRequest(true), { once: true });
});
