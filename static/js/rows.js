// Lines of a form that repeat: an empty one is always there for the next, and Enter (a scanner's too) leads to it.
//   <div data-rows> <span data-row> <input data-row-field> <button data-remove-row> </span> … </div>
function rowsOf(element) {
  const box = element.closest("[data-rows]");
  return box && [...box.querySelectorAll("[data-row]")];
}

const fieldOf = (row) => row.querySelector("[data-row-field]");

function addRow(last) {
  const row = last.cloneNode(true);
  const field = fieldOf(row);
  field.value = "";
  field.removeAttribute("aria-invalid");
  last.after(row);
  return field;
}

function emptyField(element) {
  const rows = rowsOf(element);
  const last = rows[rows.length - 1];
  return fieldOf(last).value.trim() ? addRow(last) : fieldOf(last);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-row-field]") && event.target.value.trim()) emptyField(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-row-field]")) return;
  event.preventDefault();
  if (event.target.value.trim()) emptyField(event.target).focus();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove-row]");
  if (!button) return;
  const rows = rowsOf(button);
  const row = button.closest("[data-row]");
  if (rows.length > 1 && row !== rows[rows.length - 1]) row.remove();
  else fieldOf(row).value = "";
  emptyField(rows.find((one) => one !== row) ?? row).focus();
});
