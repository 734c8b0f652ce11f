// A shipment's page beside document.js: the panel follows the selected line, and a list that is pasted anywhere goes on it.
import { $, scanBox } from "./lines.js";

let asking = null;

function follow() {
  const wanted = $("#selected")?.value;
  const side = $("#side");
  if (!side || !wanted || side.dataset.line === wanted) return;
  clearTimeout(asking);
  asking = setTimeout(() => {
    const url = `${$("#document").dataset.side}?line=${$("#selected").value}`;
    window.htmx.ajax("GET", url, { source: side, target: "#side", swap: "outerHTML" });
  }, 120);
}

// Arrow keys and clicks mark another row; rows say so by their class.
new MutationObserver(follow).observe($("#main"), { subtree: true, attributes: true, attributeFilter: ["aria-current"] });

// Several codes at once are a list, not a scan: they go on the selected line as if they had been pasted there.
document.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text") ?? "";
  const codes = $("#codes");
  if (event.target !== scanBox() || !codes || !/[\r\n\t]/.test(text.trim())) return;
  event.preventDefault();
  codes.value = text;
  codes.form.requestSubmit();
});
