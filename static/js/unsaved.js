// Says how many fields of a form differ from what is stored, and lets them be undone: <form data-unsaved>.
function isChanged(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.type === "radio") return field.checked && !field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected) && [...field.options].some((option) => option.defaultSelected);
  return field.value !== field.defaultValue;
}

function count(form) {
  const changed = [...form.elements].filter((field) => field.name && field.type !== "hidden" && isChanged(field)).length;
  const words = form.querySelector("[data-unsaved-count]");
  words.textContent = changed === 1 ? words.dataset.one : words.dataset.many.replace("%s", changed);
  words.hidden = form.querySelector("[data-undo]").hidden = changed === 0;
}

document.querySelectorAll("form[data-unsaved]").forEach((form) => {
  form.addEventListener("input", () => count(form));
  form.addEventListener("reset", () => setTimeout(() => count(form)));
});
