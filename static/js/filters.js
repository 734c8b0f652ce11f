// A filter that acts when it is chosen: <select data-submit>, <input type="date" data-submit>. Without scripts the form's own
// button does it. A date that is still being typed is outside of its limits.
document.addEventListener("change", ({ target }) => {
  if (target.matches("select[data-submit], input[data-submit]") && target.checkValidity()) target.form.requestSubmit();
});
