// A filter that acts when it is chosen: <select data-submit>. Without scripts the form's own button does it.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});
