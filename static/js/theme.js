// Runs before the first paint, so that a chosen theme never flashes. Without a choice the system's scheme rules.
(() => {
  const stored = localStorage.getItem("theme");
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
})();
