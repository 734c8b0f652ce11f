// A scan box: an input that takes codes as fast as a scanner types them, and loses none while the server is slow.
//
//   <input data-scan="/address/" data-scan-target="#rows" data-scan-swap="beforeend" data-scan-state="#waiting">
//
//   data-scan          where each code is posted, one at a time, in order, with the values of the form around it
//   data-scan-name     the field that carries the code (default: code); scan_id beside it is new for every scan,
//                      and the same when a scan is tried again
//   data-scan-target   what the answer is swapped into (default: the body's own rule, none); data-scan-swap: how
//   data-scan-state    an element of templates/serials/_scan_state.html: says how many wait, and what failed
//
// Enter or Tab ends a code: it goes into the queue and the box is empty at once. Blanks are ignored. The focus stays,
// the page is not submitted. A code that the server did not take stays first in the queue until Try again is pressed.
// What else the server is asked about the same lines takes its turn in the queue (inTurn): an answer that was drawn
// before a scan never comes after it.
// Event on the input: scan:idle (nothing waits any more).
const queues = new WeakMap();
const live = new Set();
const GROUP_SEPARATOR = "\u001d";

function queueOf(input) {
  if (!queues.has(input)) queues.set(input, { waiting: [], busy: false, failed: false });
  return queues.get(input);
}

const codes = (input) => queueOf(input).waiting.filter((turn) => !turn.ask);

/** Whether every code that was scanned into `input` has been answered, and nothing else waits for its turn. */
export function isIdle(input) {
  return queueOf(input).waiting.length === 0;
}

/** Put a code at the end of the queue, as if it had been scanned. */
export function enqueue(input, code) {
  put(input, { code, id: newId() });
}

/** Have `ask` done, a function that gives a promise, once the scans before it have had their answers and before the next. */
export function inTurn(input, ask) {
  put(input, { ask });
}

function put(input, turn) {
  queueOf(input).waiting.push(turn);
  live.add(input);
  show(input);
  work(input);
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function work(input) {
  const queue = queueOf(input);
  if (queue.busy || queue.failed) return;
  queue.busy = true;
  while (queue.waiting.length && input.isConnected) {
    const turn = queue.waiting[0];
    if (turn.ask) await turn.ask();
    else if (!(await post(input, turn))) {
      queue.failed = input.isConnected;
      break;
    }
    queue.waiting.shift();
    show(input);
  }
  queue.busy = false;
  show(input);
  if (!input.isConnected || !queue.waiting.length) live.delete(input);
  if (input.isConnected && !queue.waiting.length) input.dispatchEvent(new CustomEvent("scan:idle", { bubbles: true }));
}

// True once the server has answered for this code, be it yes or no. htmx tells by its event, not by its promise.
function post(input, scan) {
  return new Promise((resolve) => {
    const done = (event) => {
      if (event.detail.elt !== input) return;
      document.removeEventListener("htmx:afterRequest", done);
      resolve(event.detail.successful === true || event.detail.xhr.status === 422);
    };
    document.addEventListener("htmx:afterRequest", done);
    const { scan: address, scanName = "code", scanTarget, scanSwap = "innerHTML" } = input.dataset;
    const values = { [scanName]: scan.code, scan_id: scan.id };
    window.htmx.ajax("POST", address, { source: input, target: scanTarget ?? input, swap: scanTarget ? scanSwap : "none", values })
      .catch(() => {}); // told by the event
  });
}

function show(input) {
  const state = document.querySelector(input.dataset.scanState || "#none");
  if (!state) return;
  const queue = queueOf(input);
  const scans = codes(input);
  const waiting = state.querySelector("[data-waiting]");
  const failed = state.querySelector("[data-failed]");
  waiting.hidden = queue.failed || scans.length < 2;
  failed.hidden = !queue.failed;
  state.hidden = waiting.hidden && failed.hidden;
  state.querySelectorAll("[data-count]").forEach((count) => (count.textContent = scans.length));
  state.querySelectorAll("[data-code]").forEach((code) => (code.textContent = scans[0]?.code ?? ""));
  state.scanInput = input;
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("input[data-scan]") || event.isComposing) return;
  // Scanners type the separator of GS1 fields as Ctrl+].
  if (event.ctrlKey && !event.altKey && event.key === "]") {
    event.preventDefault();
    input.setRangeText(GROUP_SEPARATOR, input.selectionStart, input.selectionEnd, "end");
    return;
  }
  if (!["Enter", "Tab"].includes(event.key) || event.ctrlKey || event.altKey || event.shiftKey) return;
  const code = input.value;
  const isBlank = code.trim() === "";
  if (event.key === "Tab" && isBlank) return; // a person moves on
  event.preventDefault();
  input.value = "";
  if (!isBlank) enqueue(input, code);
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-scan-retry], [data-scan-forget]");
  const input = button?.closest("[data-scan-state]")?.scanInput;
  if (!input) return;
  const queue = queueOf(input);
  if (button.matches("[data-scan-forget]")) queue.waiting.shift();
  queue.failed = false;
  input.focus();
  work(input);
});

// Leaving the page with codes in the queue would lose them: the browser asks.
addEventListener("beforeunload", (event) => {
  if ([...live].some((input) => input.isConnected && codes(input).length)) event.preventDefault();
});
