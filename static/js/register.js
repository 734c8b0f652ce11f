// The register: the payment screen, the list of sales, counting the drawer. What is sold, and for how much, the server
// alone knows; this moves the hands to the right place.
import { $, redraw, rows, scanBox, settleRows } from "./lines.js";

// The list of sales: the arrows choose a receipt.
document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.closest("dialog, [data-arrows]")) return;
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

document.addEventListener("register:print", () => print());

// --- What a request tells, and when it may go -------------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  if (!$("#lines-body")) return;
  const { parameters, verb } = event.detail;
  if (!parameters.line) parameters.line = $("#selected").value;
  if (verb === "post") parameters.known = rows().map((row) => row.dataset.line).join(" ");
});

// A new stage: the hands go to its field at once, before the next key arrives. Where the field has the name of the one
// before, htmx has put them there with the old caret, in the middle of what stands there now.
function homecoming(event) {
  const isStage = event.detail.target?.id === "stage" || event.detail.elt?.id === "stage";
  if (isStage || event.detail.elt?.id === "side") {
    const field = $("#stage [autofocus], #side [autofocus]");
    const home = field ?? scanBox();
    const isNew = event.type === "htmx:afterSwap" || home !== document.activeElement;
    if (home && isNew && !$("dialog[open]")) {
      home.focus({ preventScroll: true });
      if (home.matches("[data-select]")) home.select();
    }
    showAmount();
  }
}

// Whoever presses Enter twice to pay has not read what came of it: in the half second after the answer, or until another key,
// the next Enter neither takes the rest nor puts the change away.
function hesitate() {
  const next = $("#stage [data-new-sale], #tender .pay");
  if (!next) return;
  next.dataset.waits = "";
  setTimeout(() => delete next.dataset.waits, 500);
}

addEventListener("keydown", ({ key }) => {
  if (key !== "Enter") delete $("#stage [data-waits]")?.dataset.waits;
}, true);

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "stage") return;
  homecoming(event);
  if (event.detail.requestConfig.elt.id === "tender") hesitate();
});

document.addEventListener("htmx:afterSettle", (event) => {
  if ($("#lines-body")) settleRows();
  const said = $("#say")?.dataset.said;
  $("#scan")?.classList.toggle("is-yes", said === "yes");
  $("#scan")?.classList.toggle("is-no", said === "no");
  homecoming(event);
  // On a phone the two stand below each other: what was asked for is in sight, and beside a receipt that is what came of paying.
  if (event.detail.elt?.id === "side" && innerWidth < 760) ($("#side:not(.receipt-side)") ?? $("#stage")).scrollIntoView({ block: "start" });
  if ($("#side #return-code") && !$("dialog[open]") && document.activeElement === scanBox() && event.detail.elt?.id !== "side") $("#return-code").focus();
});

// Serials were attached or taken off in the pop-up: the lines as they are now.
document.addEventListener("serials:changed", () => {
  if (scanBox() && $("#lines-body")) redraw(() => `/register/?line=${$("#selected").value}`, "#stage");
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
