// What every page of the shop carries.
import "./sounds.js";
import "./shortcuts.js";
import "./focus.js";
import "./connection.js";
import "./scanner.js";
import "./popup.js";
import "./filters.js";
