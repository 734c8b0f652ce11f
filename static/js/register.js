// The register: which line is selected, the list under the scan box, the payment screen, dialogs. What is sold, and
// for how much, the server alone knows; this moves the hands to the right place.
import "./scanner.js";
import "./popup.js";
import "./print.js";
import { isIdle } from "./scanner.js";

// A stage that came with an answer works from the same moment on: no key may fall between swapping and settling.
window.htmx.config.defaultSettleDelay = 0;

const $ = (selector, root = document) => root.querySelector(selector);
const scanBox = () => $("#scan-code");
const dialog = $("dialog#ask");

// --- The selected line ------------------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("#lines-body > tr")];

function select(row, { scroll = true } = {}) {
  rows().forEach((one) => {
    one.classList.toggle("is-sel", one === row);
    if (one === row) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  });
  const field = $("#selected");
  if (field) field.value = row?.dataset.line ?? "";
  if (scroll) row?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("is-sel"));
  select(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

// The row that came with the answer (data-fresh) takes the selection over at once; it is lit for 1.2 s.
function settleRows() {
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

function closeResults() {
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

document.addEventListener("input", (event) => {
  if (event.target.id === "scan-code") {
    clearTimeout(typing);
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
  const row = event.target.closest("#lines-body > tr");
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

dialog?.addEventListener("close", () => dialog.replaceChildren());

// When the content of a closed dialog goes away, Chromium keeps the scan box focused but lets nobody type into it
// until it is focused anew.
document.addEventListener("close", () => setTimeout(() => {
  const held = document.activeElement;
  if (held !== scanBox() || $("dialog[open]")) return;
  held.blur();
  held.focus({ preventScroll: true });
}), true);

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
    return;
  }
  // The list of sales: the arrows choose a receipt.
  if (!$("#sales-list") || event.target.matches("select, [type=date]")) return;
  const links = [...document.querySelectorAll("#sales-list tbody a[hx-get]")];
  const at = links.findIndex((link) => link.closest("tr").classList.contains("is-sel"));
  const link = links[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), links.length - 1)];
  if (!link) return;
  event.preventDefault();
  link.click();
  link.closest("tr").scrollIntoView({ block: "nearest" });
});

document.addEventListener("click", (event) => {
  const tr = event.target.closest("#sales-list tbody tr");
  if (!tr) return;
  document.querySelectorAll("#sales-list tr.is-sel").forEach((one) => one.classList.remove("is-sel"));
  tr.classList.add("is-sel");
  if (!event.target.closest("a")) $("a[hx-get]", tr)?.click();
});

// The server has done what the dialog asked for.
document.addEventListener("register:answered", () => {
  if (dialog?.open) dialog.close();
  closeResults();
});

document.addEventListener("register:print", () => print());

// --- What a request tells, and when it may go -------------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  if (!$("#lines-body")) return;
  const { parameters, verb } = event.detail;
  if (!parameters.line) parameters.line = $("#selected").value;
  if (verb === "post") parameters.known = rows().map((row) => row.dataset.line).join(" ");
});

// Pay, hold and the like wait until every code that was scanned has had its answer.
document.addEventListener("htmx:confirm", (event) => {
  const box = scanBox();
  if (!box || event.detail.elt === box || isIdle(box) || !event.detail.target?.matches("#stage, #ask, #popup")) return;
  event.preventDefault();
  box.addEventListener("scan:idle", () => event.detail.elt.isConnected && event.detail.issueRequest(true), { once: true });
});

// A new stage: the hands go to its field at once, before the next key arrives.
function homecoming(event) {
  const isStage = event.detail.target?.id === "stage" || event.detail.elt?.id === "stage";
  if (isStage || event.detail.elt?.id === "side") {
    const field = $("#stage [autofocus], #side [autofocus]");
    const home = field ?? scanBox();
    if (home && home !== document.activeElement && !$("dialog[open]")) {
      home.focus({ preventScroll: true });
      if (home.matches("[data-select]")) home.select();
    }
    showAmount();
  }
}

document.addEventListener("htmx:afterSwap", (event) => event.detail.target?.id === "stage" && homecoming(event));

document.addEventListener("htmx:afterSettle", (event) => {
  if ($("#lines-body")) settleRows();
  const said = $("#say")?.dataset.said;
  $("#scan")?.classList.toggle("is-yes", said === "yes");
  $("#scan")?.classList.toggle("is-no", said === "no");
  homecoming(event);
  if (event.detail.elt?.id === "side" && innerWidth < 760) $("#side").scrollIntoView({ block: "start" });
  if ($("#side #return-code") && !$("dialog[open]") && document.activeElement === scanBox() && event.detail.elt?.id !== "side") $("#return-code").focus();
});

// Serials were attached or taken off in the pop-up: the lines as they are now.
document.addEventListener("serials:changed", () => {
  const box = scanBox();
  if (!box || !$("#lines-body")) return;
  window.htmx.ajax("GET", `${location.origin}/register/?line=${$("#selected").value}`, { source: $("#stage"), target: "#stage", swap: "outerHTML" });
});

// --- The payment screen -----------------------------------------------------------------------------------------------

const tender = () => $("#tender");

function amounts() {
  const form = tender();
  const decimals = Number(form.dataset.decimals);
  const format = (minor) => new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: form.dataset.currency }).format(minor / 10 ** decimals);
  const plain = (minor) => new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(minor / 10 ** decimals);
  const separator = plain(1.5 * 10 ** decimals).replace(/\d/g, "").slice(-1) || ".";
  const read = (text) => {
    const clean = text.replaceAll(separator === "," ? "." : ",", "").replace(separator, ".").replace(/\s/g, "");
    const value = Number(clean);
    return clean === "" || Number.isNaN(value) ? null : Math.round(value * 10 ** decimals);
  };
  return { format, plain, read, separator, due: Number(form.dataset.due), isRefund: form.dataset.refund === "1" };
}

function showAmount() {
  const form = tender();
  if (!form) return;
  const { format, plain, read, due, isRefund } = amounts();
  const method = $("[name=method]:checked", form);
  const entered = read($("#amount").value) ?? 0;
  const isCash = method?.dataset.kind === "cash";
  const words = $("[data-change-name]", form);
  const over = entered - due;
  const shown = isRefund ? entered : over < 0 ? -over : isCash ? over : 0;
  words.textContent = isRefund ? words.dataset.wordsOut : over < 0 ? words.dataset.wordsLeft : words.dataset.wordsChange;
  const figure = $("[data-change]", form);
  figure.textContent = format(shown);
  figure.classList.toggle("is-long", figure.textContent.length > 8);
  $("[data-change-pieces]", form).textContent = !isRefund && isCash && over > 0 ? inPieces(over, JSON.parse(form.dataset.pieces)) : "";
  const pay = $("[data-pay-words]", form);
  pay.textContent = entered < due ? pay.dataset.wordsPart : pay.dataset.wordsAll;
  form.classList.toggle("takes-reference", method !== null && !isCash && method?.dataset.kind !== "store_credit");
  const name = $("[data-now-name]", form);
  if (name && method) name.textContent = method.dataset.name;
  const now = $("[data-now-amount]", form);
  if (now) now.textContent = plain(entered);
  form.querySelectorAll("[data-amount]").forEach((button) => button.setAttribute("aria-pressed", String(read(button.dataset.amount) === entered)));
}

function inPieces(amount, pieces) {
  const parts = [];
  for (const [face, label] of pieces) {
    const count = Math.floor(amount / face);
    if (count) parts.push(`${count} × ${label}`);
    amount -= count * face;
  }
  return parts.join(", ");
}

document.addEventListener("input", (event) => {
  if (event.target.id === "amount") showAmount();
});

// A tick in the return panel: the next scan goes to the panel's box again.
document.addEventListener("change", (event) => {
  if (event.target.matches("#return-rows input[type=checkbox]")) $("#return-code").focus();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("#tender [name=method]")) return;
  const { plain } = amounts();
  const field = $("#amount");
  field.value = plain(Number(event.target.dataset.most));
  showAmount();
  field.focus();
  field.select();
});

document.addEventListener("click", (event) => {
  const form = tender();
  if (!form) return;
  const field = $("#amount");
  const quick = event.target.closest("[data-amount]");
  const key = event.target.closest("[data-type]");
  if (quick) field.value = quick.dataset.amount;
  if (key) {
    const isWhole = field.selectionStart === 0 && field.selectionEnd === field.value.length;
    const text = isWhole ? "" : field.value;
    const { separator } = amounts();
    field.value = key.dataset.type === "back" ? text.slice(0, -1) : text + key.dataset.type.replace(".", separator);
  }
  if (quick || key) {
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    showAmount();
  }
});

// --- Counting the drawer ----------------------------------------------------------------------------------------------

// Enter goes to the next note or coin; every figure that changed is sent, and comes back with the sums.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-recount]");
  if (!form || event.key !== "Enter" || !event.target.matches("input")) return;
  event.preventDefault();
  const fields = [...form.querySelectorAll(".denoms input, .counts input, .why-field input, #leave")];
  const order = [...form.querySelectorAll(".denoms input"), ...fields.filter((field) => !field.closest(".denoms"))];
  const next = order[order.indexOf(event.target) + 1];
  next?.focus();
  next?.select();
});

const recounting = { timer: null, busy: false, again: false };

function recount(form) {
  recounting.again = recounting.busy;
  if (recounting.busy) return;
  recounting.busy = true;
  window.htmx.ajax("POST", form.action, { source: form, target: form, swap: "innerHTML", values: { recount: "1" } });
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-recount]");
  if (!form) return;
  clearTimeout(recounting.timer);
  recounting.timer = setTimeout(() => recount(form), 200);
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.elt.matches?.("form[data-recount]")) return;
  recounting.busy = false;
  if (recounting.again) recount(event.detail.elt);
});

// The fields stay the same elements (hx-preserve), so that nothing typed meanwhile is lost; so does the focus.
let counting = null;
document.addEventListener("focusin", (event) => {
  if (event.target.closest("form[data-recount]")) counting = event.target.id;
});
document.addEventListener("htmx:afterSettle", () => {
  const field = counting && document.activeElement === document.body && document.getElementById(counting);
  if (field) field.focus();
});

settleRows();
showAmount();
$("form[data-recount] .denoms input")?.focus();
