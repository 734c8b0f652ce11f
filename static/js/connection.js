// Says what happened when the server did not answer a fragment, and what to do next. Never sends anything again by
// itself: the person presses once more, and what carries money or stock counts once however often it is sent.
const bar = document.getElementById("trouble");
const PROBE_SECONDS = 4;
let offlineSince = null;
let timer = null;

function show(name) {
  const text = document.getElementById(`trouble-${name}`);
  bar.querySelector("[data-text]").replaceChildren(text.content.cloneNode(true));
  const time = bar.querySelector("time");
  if (time) time.textContent = offlineSince.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  bar.querySelector("[data-action='probe']").hidden = name !== "offline";
  if (!bar.matches(":popover-open")) bar.showPopover();
}

function hide() {
  if (bar.matches(":popover-open")) bar.hidePopover();
  offlineSince = null;
  clearTimeout(timer);
}

async function probe() {
  clearTimeout(timer);
  try {
    const answer = await fetch(bar.dataset.probe, { cache: "no-store" });
    if (answer.ok) return hide();
  } catch {
    // still away: try again below
  }
  timer = setTimeout(probe, PROBE_SECONDS * 1000);
}

function away() {
  offlineSince ??= new Date();
  show("offline");
  clearTimeout(timer);
  timer = setTimeout(probe, PROBE_SECONDS * 1000);
}

if (bar) {
  document.addEventListener("htmx:sendError", away);
  document.addEventListener("htmx:timeout", away);
  addEventListener("offline", away);
  addEventListener("online", probe);
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    show({ 403: "forbidden", 404: "missing" }[status] ?? "server");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) hide();
  });
  bar.addEventListener("click", (event) => {
    if (event.target.closest("[data-action='probe']")) probe();
    if (event.target.closest("[data-action='dismiss']")) hide();
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
