// The PIN page: dots for what is typed, the pad, arrows choose the person, the fourth digit sends.
const form = document.querySelector("form[data-pin]");
const field = form.querySelector("input[name='pin']");
const dots = [...form.querySelectorAll(".pin i")];
const people = [...form.querySelectorAll("input[name='staff']")];

function draw() {
  dots.forEach((dot, at) => dot.classList.toggle("on", at < field.value.length));
}

function changed() {
  field.value = field.value.replace(/\D/g, "");
  draw();
  if (field.value.length === dots.length) form.requestSubmit();
}

function choose(step) {
  const at = people.findIndex((one) => one.checked);
  const next = people[(at + step + people.length) % people.length];
  if (next) next.checked = true;
}

field.addEventListener("input", changed);
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  }
});
form.addEventListener("click", (event) => {
  const digit = event.target.closest("[data-digit]")?.dataset.digit;
  if (!digit) return;
  field.value = digit === "back" ? field.value.slice(0, -1) : (field.value + digit).slice(0, dots.length);
  field.focus();
  changed();
});
people.forEach((one) => one.addEventListener("click", () => field.focus()));
form.addEventListener("submit", () => setTimeout(() => { field.value = ""; }));
if (people.length && !people.some((one) => one.checked)) people[0].checked = true;
draw();
