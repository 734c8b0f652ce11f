// A document's page: a scan box above the #document fragment, which every answer draws again. data-url is its address.
import { $, redraw, scanBox, settleRows } from "./lines.js";

// Every request says which line is meant.
document.addEventListener("htmx:configRequest", (event) => {
  const line = $("#selected")?.value;
  if (line && !event.detail.parameters.line) event.detail.parameters.line = line;
});

function shown() {
  if ($("#lines-body")) settleRows();
  const said = $("#say")?.dataset.said;
  $("#scan")?.classList.toggle("is-yes", said === "yes");
  $("#scan")?.classList.toggle("is-no", said === "no");
  const home = $("#document [autofocus]") ?? scanBox();
  const isFree = !document.activeElement || document.activeElement === document.body;
  if (home && isFree && !$("dialog[open]")) home.focus({ preventScroll: true });
}

document.addEventListener("htmx:afterSettle", shown);

// Serials were attached or taken off in the pop-up: the document as it is now.
document.addEventListener("serials:changed", () => {
  const url = $("#document")?.dataset.url;
  if (url) redraw(() => url, "#document");
});

shown();
