// Any agencies of a year beside each other, at most three: chosen by typing, kept in the address (?a=one&a=other).
// Figures come as texts from files of the site, some agencies in each; nothing is computed here. Without this file a
// page of few agencies shows all of them.
(function () {
  "use strict";
  const MOST = 3;
  const OFFERED = 8;
  const form = document.querySelector(".pi-compare");
  const { together, agencies } = window.parindexAgencies;
  const input = form.querySelector("input");
  const said = document.getElementById("pi-add-said");
  const options = form.querySelector(".pi-options");
  const chosen = form.querySelector(".pi-chosen");
  const heads = Array.from(document.querySelectorAll(".pi-columns thead tr"));
  const rows = Array.from(document.querySelectorAll(".pi-columns tbody tr"));
  const here = document.currentScript.ownerDocument.location;
  const file = here.protocol === "file:" ? "index.html" : "";
  const places = new Map(agencies.map(([slug], place) => [slug, place]));
  const columns = Object.create(null);
  const loading = {};
  let picked = Array.from(new Set(new URLSearchParams(here.search).getAll("a"))).filter((slug) => places.has(slug)).slice(0, MOST);

  const folded = window.parindexFolded;
  const names = agencies.map(([slug, name, short]) => folded(`${name} ${short} ${slug}`));

  window.parindexColumns = function (found) {
    Object.assign(columns, found);
  };

  function load(slug) {
    const part = Math.floor(places.get(slug) / together) + 1;
    loading[part] = loading[part] || new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL(`${part}.js`, here.href.split(/[?#]/)[0].replace(/index\.html$/, "")).href;
      script.onload = script.onerror = done;
      document.head.append(script);
    });
    return loading[part];
  }

  function keep() {
    const view = new URLSearchParams(here.search);
    view.delete("a");
    for (const slug of picked) view.append("a", slug);
    const words = view.toString();
    try {
      window.history.replaceState(null, "", (words ? `?${words}` : here.pathname) + here.hash);
    } catch {
      return; // a page on a disk may not be renamed in some browsers
    }
  }

  function cell(tag, text, target) {
    const made = document.createElement(tag);
    made.className = "n";
    if (tag === "th") made.scope = "col";
    const inside = target ? document.createElement("a") : made;
    if (target) {
      inside.href = target;
      made.append(inside);
    }
    inside.textContent = text;
    return made;
  }

  async function show() {
    const own = picked.slice();
    await Promise.all(own.map(load));
    if (own.join() !== picked.join()) return; // chosen anew meanwhile
    const shown = own.filter((slug) => columns[slug]);
    document.getElementById("pi-compared").hidden = !shown.length;
    const page = (slug) => `../co-quan/${slug}/${file}`;
    for (const head of heads) head.replaceChildren(head.cells[0], ...shown.map((slug) => cell("th", agencies[places.get(slug)][2], page(slug))));
    rows.forEach((row, place) => {
      const anchor = row.dataset.anchor;
      row.replaceChildren(row.cells[0], ...shown.map((slug) => cell("td", columns[slug][place], anchor && page(slug) + anchor)));
    });
  }

  function button(words, label, act) {
    const item = document.createElement("li");
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    item.append(made);
    return item;
  }

  // Agencies of one name are told apart by their ranks.
  function called(place) {
    const [, name, , rank] = agencies[place];
    return rank === "–" ? name : `${name}, ${said.dataset.rank.replace("%", () => rank)}`;
  }

  function offer() {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    const few = agencies.length <= OFFERED;
    const found = words.length || few
      ? agencies.map((_, place) => place).filter((place) => !picked.includes(agencies[place][0]) && words.every((one) => names[place].includes(one)))
      : [];
    const full = picked.length >= MOST;
    const rest = found.length - OFFERED;
    input.disabled = full;
    said.textContent = full ? said.dataset.full : words.length && !found.length ? said.dataset.none : rest > 1 ? said.dataset.more.replace("%", rest) : rest === 1 ? said.dataset.moreOne : said.dataset.start;
    options.replaceChildren(...(full ? [] : found.slice(0, OFFERED)).map((place) => button(called(place), "", () => choose([...picked, agencies[place][0]]))));
  }

  function choose(slugs) {
    picked = slugs;
    input.value = "";
    keep();
    tell();
    if (!input.disabled) input.focus();
  }

  function tell() {
    chosen.replaceChildren(...picked.map((slug) => {
      const name = called(places.get(slug));
      return button(`${name} ×`, said.dataset.remove.replace("%", () => name), () => choose(picked.filter((one) => one !== slug)));
    }));
    offer();
    show();
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", offer);
  tell();
})();
