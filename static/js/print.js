// A button that prints the page as it is: <button data-print>.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
