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
    let name = window.location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* an address that somebody typed */ }
    const place = document.getElementById(name);
    if (!place) return;
    for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    place.scrollIntoView();
  }

  window.addEventListener("hashchange", open);
  open();
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

// The search comes when a reader goes to a box of it: it offers pages while one types.
(function () {
  "use strict";
  const here = document.currentScript.src;
  let isAsked = Boolean(document.getElementById("pi-search-words")); // a page that brings the search itself

  function ask() {
    for (const name of isAsked ? [] : ["search-index.js", "search.js"]) {
      const script = document.createElement("script");
      script.src = new URL(name, here).href;
      script.async = false;
      document.head.append(script);
    }
    isAsked = true;
  }

  for (const box of document.querySelectorAll("#pi-q, #pi-own")) box.addEventListener("focus", ask, { once: true });
})();

// Charts can be taken away as pictures: what draws them comes when it is asked for.
(function () {
  "use strict";
  const here = document.currentScript.src;
  for (const place of document.querySelectorAll(".pi-take")) {
    place.hidden = false;
    for (const button of place.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        const take = () => window.parindexFigure(button.closest("figure"), button.dataset.as);
        if (window.parindexFigure) take();
        else document.head.append(Object.assign(document.createElement("script"), { src: new URL("figures.js", here).href, onload: take }));
      });
    }
  }
})();
