// Light or dark: what the system says, until a reader chooses; the choice stays on this device.
(function () {
  "use strict";
  const KEY = "pi-scheme";
  const style = document.getElementById("pi-dark");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const followed = style.media;

  function kept() {
    try {
      return window.localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing
    }
  }

  function isDark() {
    const chosen = kept();
    return chosen === null ? system.matches : chosen === "dark";
  }

  function show() {
    const chosen = kept();
    style.media = chosen === null ? followed : chosen === "dark" ? "screen" : "not all";
    const button = document.querySelector(".pi-scheme");
    if (button) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isDark()));
    }
  }

  function turn() {
    const dark = !isDark();
    try {
      if (dark === system.matches) window.localStorage.removeItem(KEY);
      else window.localStorage.setItem(KEY, dark ? "dark" : "light");
    } catch {
      return;
    }
    show();
  }

  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", function () {
    show();
    document.querySelector(".pi-scheme").addEventListener("click", turn);
  });
})();
