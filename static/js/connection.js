// Says what happened when the server did not answer a fragment, and what to do next. Never sends anything again by
// itself: the person presses once more, and what carries money or stock counts once however often it is sent.
const bar = document.getElementById("trouble");
const PROBE_SECONDS = 4;
const PASSING = ["offline", "away"]; // what a probe finds over; the rest stays until something is answered
const TROUBLE = { 403: "forbidden", 404: "missing", 413: "large", 429: "often" };
let offlineSince = null;
let timer = null;

function show(name) {
  const text = document.getElementById(`trouble-${name}`);
  bar.querySelector("[data-text]").replaceChildren(text.content.cloneNode(true));
  const time = bar.querySelector("time");
  if (time) time.textContent = offlineSince.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  bar.querySelector("[data-action='probe']").hidden = !PASSING.includes(name);
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

function offline() {
  offlineSince ??= new Date();
  say("offline");
}

function say(name) {
  show(name);
  clearTimeout(timer);
  if (PASSING.includes(name)) timer = setTimeout(probe, PROBE_SECONDS * 1000);
}

if (bar) {
  document.addEventListener("htmx:sendError", offline);
  document.addEventListener("htmx:timeout", offline);
  addEventListener("offline", offline);
  addEventListener("online", probe);
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    say(xhr.getResponseHeader("X-Trouble") ?? TROUBLE[xhr.status] ?? "server"); // the database's: microbiz/trouble.py
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
