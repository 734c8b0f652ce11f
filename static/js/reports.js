// A period is either one of the usual ones or two days: choosing the one lets go of the other.
document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-period]");
  if (!form?.elements.period) return;
  const { period, since, until } = form.elements;
  if (target === period && period.value) since.value = until.value = "";
  if (target === since || target === until) period.value = "";
}, true); // before the choice is sent
