// The parts of a year stand in a row that a phone scrolls sideways: the one that is open is brought into sight.
(function () {
  "use strict";
  const open = document.querySelector(".pi-tabs [aria-current]");
  if (open) open.parentElement.scrollLeft = open.offsetLeft - (open.parentElement.clientWidth - open.offsetWidth) / 2;
})();

// A place that lies closed is opened for whoever is led to it.
(function () {
  "use strict";

  function open() {
    const place = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!place) return;
    for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    place.scrollIntoView();
  }

  window.addEventListener("hashchange", open);
  open();
})();

// On a disk a folder has no page of its own: links and the search form then name the page in it.
(function () {
  "use strict";
  if (window.location.protocol !== "file:") return;

  function named(address) {
    const target = new URL(address, window.location.href);
    if (target.protocol === "file:" && target.pathname.endsWith("/")) target.pathname += "index.html";
    return target.href;
  }

  for (const link of document.querySelectorAll("a[href]")) link.href = named(link.getAttribute("href"));
  for (const form of document.querySelectorAll("form[action]")) form.action = named(form.getAttribute("action"));
})();
