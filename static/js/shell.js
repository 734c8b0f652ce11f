// What every page of the shop carries.
import "./sounds.js";
import "./shortcuts.js";
import "./focus.js";
import "./connection.js";
import "./scanner.js";
import "./popup.js";
import "./filters.js";

// Where tabs or settings pages are a strip that scrolls sideways, the one in use is in sight.
document.querySelectorAll(":is(.tabs, .set-nav) [aria-current]").forEach((tab) => {
  const strip = tab.parentElement;
  if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
});
