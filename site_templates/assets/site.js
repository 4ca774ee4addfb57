// The parts of a year stand in a row that a phone scrolls sideways: the one that is open is brought into sight.
(function () {
  "use strict";
  const open = document.querySelector(".pi-tabs [aria-current]");
  if (open) open.parentElement.scrollLeft = open.offsetLeft - (open.parentElement.clientWidth - open.offsetWidth) / 2;
})();

// A table that goes on beyond its edge says so for as long as there is more to the right.
(function () {
  "use strict";
  for (const region of document.querySelectorAll(".pi-scroll")) {
    const tell = () => region.classList.toggle("pi-goes-on", region.scrollLeft + region.clientWidth < region.scrollWidth - 4);
    region.addEventListener("scroll", tell, { passive: true });
    window.addEventListener("resize", tell);
    tell();
  }
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
