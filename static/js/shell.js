// What every page of the shop carries.
import "./sounds.js";
import "./shortcuts.js";
import "./focus.js";
import "./connection.js";
import "./scanner.js";
import "./popup.js";

// Where tabs or settings pages are a strip that scrolls sideways, the one in use is in sight.
document.querySelectorAll(":is(.tabs, .set-nav) [aria-current]").forEach((tab) => {
  const strip = tab.parentElement;
  if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
});

// A filter that acts when it is chosen: <select data-submit>, <input type="date" data-submit>. Without scripts the form's own
// button does it. A date that is still being typed is outside of its limits.
document.addEventListener("change", ({ target }) => {
  if (target.matches("select[data-submit], input[data-submit]") && target.checkValidity()) target.form.requestSubmit();
});
