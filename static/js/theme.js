// Light or dark, before anything is painted: loaded in <head> without `defer`.
(function (root) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is switched off: follow the system
    }
  };
  const show = (theme) => root.setAttribute("data-theme", theme);
  const follow = () => show(stored() || (system.matches ? "dark" : "light"));
  follow();
  system.addEventListener("change", follow);
  addEventListener("storage", follow); // another window of this till

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-action='theme']")) return;
    const theme = root.getAttribute("data-theme") === "dark" ? "light" : "dark";
    show(theme);
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // kept for this page only
    }
  });
})(document.documentElement);
