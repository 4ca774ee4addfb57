// The search page: finds words in the index of the site, whatever marks are typed, and shows where they stand. Of the
// index it loads the pages whose names have a word that begins as one asked for, then the text of pages, part by part.
// Nothing is sent anywhere. Letters are folded as pipeline/core/publish/site/search.py does.
(function () {
  "use strict";
  const SHOWN = 50;
  const UNASKED = 3; // parts of the text that are loaded without being asked for
  const HERE = document.currentScript.src;
  const AROUND = 90; // signs of text shown on each side of a word that was found
  const WORDS = /[\p{L}\p{N}]+(?:[./-][\p{L}\p{N}]+)*/gu;

  // One sign for one sign of the composed form, so that a place in folded text is a place in the text.
  function folded(sign) {
    const small = sign.toLowerCase();
    const bare = (small === "đ" ? "d" : small).normalize("NFD").replace(/\p{M}/gu, "");
    return bare.length === sign.length ? bare : sign;
  }

  function fold(text) {
    return Array.from(text.normalize("NFC"), folded).join("");
  }

  function initials(text) {
    return (fold(text).match(/[\p{L}\p{N}]+/gu) || []).map((word) => word[0]).join("");
  }

  // Where words begin with a term; inside 2.1.1 there is no 1.1.
  function places(text, term) {
    const found = [];
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
      if (!/[\p{L}\p{N}]$/u.test(text.slice(0, at)) && !/\d\.$/.test(text.slice(Math.max(0, at - 2), at))) found.push(at);
    }
    return found;
  }

  function isWhole(text, at, term) {
    return !/^[\p{L}\p{N}]|^\.\d/u.test(text.slice(at + term.length, at + term.length + 2));
  }

  function part(text) {
    return { text: text.normalize("NFC"), small: text.normalize("NFC").toLowerCase(), folded: fold(text) };
  }

  // How well a term fits a part: whole words before beginnings of words, the marks as typed before others.
  function fits(here, term) {
    const at = places(here.folded, term.folded);
    if (!at.length) return 0;
    const whole = at.some((place) => isWhole(here.folded, place, term.folded)) ? 2 : 1;
    return whole + (term.typed !== term.folded && here.small.includes(term.typed) ? 1 : 0);
  }

  const known = []; // pages by their number
  const loading = {};

  // What a file of the index brings: pages with the beginning of their text, or with all of it.
  window.parindexFound = function (pages, whole) {
    for (const [number, title, address, also, sections] of pages) {
      if (known[number] && !whole) continue;
      known[number] = {
        title: part(title),
        address,
        also: part(also),
        initials: `${initials(title)} ${initials(also)}`,
        sections: sections.map(([heading, anchor, text]) => ({ heading: part(heading), anchor, text: part(text) })),
      };
    }
  };

  function load(name) {
    loading[name] = loading[name] || new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL(`search-${name}.js`, HERE).href;
      script.onload = script.onerror = done;
      document.head.append(script);
    });
    return loading[name];
  }

  // The file of names with the longest beginning of a word that was asked for: it has the fewest pages.
  function namesFor(wanted) {
    const { names } = window.parindexIndex;
    const fitting = names.filter((one) => wanted.some((term) => term.folded.startsWith(one)));
    return `names-${names.indexOf(fitting.reduce((best, one) => (one.length > best.length ? one : best), ""))}`;
  }

  function terms(query) {
    return (query.normalize("NFC").toLowerCase().match(WORDS) || []).slice(0, 8).map((typed) => ({ typed, folded: fold(typed) }));
  }

  // A page is found when its names have every term; a section when page and section together have, and it has one itself.
  function search(pages, query) {
    const wanted = terms(query);
    const found = [];
    if (!wanted.length) return found;
    pages.forEach((page, order) => {
      const named = wanted.map((term) => {
        const best = Math.max(8 * fits(page.title, term), 6 * fits(page.also, term));
        return best || (term.folded.length > 1 && page.initials.includes(term.folded) ? 5 : 0);
      });
      if (named.every(Boolean)) found.push({ page, section: null, weight: 40 + named.reduce((a, b) => a + b, 0), order });
      page.sections.forEach((section, place) => {
        const own = wanted.map((term) => 4 * fits(section.heading, term) + fits(section.text, term));
        if (!own.some(Boolean) || !own.every((weight, at) => weight || named[at])) return;
        if (!section.anchor && named.every(Boolean)) return;
        const weight = own.reduce((sum, one, at) => sum + (one || named[at] / 4), 0);
        found.push({ page, section, weight, order: order + place / 1e4 });
      });
    });
    return found.sort((a, b) => b.weight - a.weight || a.order - b.order);
  }

  // A text with the terms in it marked.
  function marked(here, wanted) {
    const spans = wanted.flatMap((term) => places(here.folded, term.folded).map((at) => [at, at + term.folded.length]));
    const shown = document.createDocumentFragment();
    let done = 0;
    for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
      if (from < done) continue;
      shown.append(here.text.slice(done, from));
      const mark = document.createElement("mark");
      mark.textContent = here.text.slice(from, to);
      shown.append(mark);
      done = to;
    }
    shown.append(here.text.slice(done));
    return shown;
  }

  function around(here, wanted) {
    const first = Math.min(...wanted.flatMap((term) => places(here.folded, term.folded)), here.text.length);
    const middle = first === here.text.length ? 0 : first;
    const from = middle > AROUND ? here.text.lastIndexOf(" ", middle - AROUND) + 1 : 0;
    const space = here.text.indexOf(" ", middle + AROUND);
    const to = space < 0 ? here.text.length : space;
    return part((from ? "… " : "") + here.text.slice(from, to) + (to < here.text.length ? " …" : ""));
  }

  function item(hit, wanted) {
    const { page, section } = hit;
    const shown = document.createElement("li");
    const link = document.createElement("a");
    const file = window.location.protocol === "file:" ? "index.html" : "";
    link.href = `../${page.address}${file}${section && section.anchor ? `#${section.anchor}` : ""}`;
    link.append(marked(page.title, wanted));
    if (section && section.heading.text) link.append(" › ", marked(section.heading, wanted));
    shown.append(link);
    const text = section ? section.text : (page.sections.find((one) => one.text.text) || { text: part("") }).text;
    if (text.text) {
      const told = document.createElement("p");
      told.append(marked(around(text, wanted), wanted));
      shown.append(told);
    }
    return shown;
  }

  function begin() {
    const form = document.querySelector(".pi-search");
    const input = form.querySelector("input");
    const said = document.getElementById("pi-search-said");
    const list = document.getElementById("pi-search-found");
    const more = document.getElementById("pi-search-more");
    let turn = 0;

    function tell(query) {
      const found = search(known, query);
      const words = !query ? "" : !found.length ? said.dataset.none : found.length > SHOWN ? said.dataset.many : said.dataset.some;
      said.textContent = words.replace("%", found.length ? String(found.length) : query).replace("#", String(SHOWN));
      list.replaceChildren(...found.slice(0, SHOWN).map((hit) => item(hit, terms(query))));
      return found.length;
    }

    // Names first, then the text; a later query ends an earlier one.
    async function show(most) {
      const query = input.value.trim();
      const own = (turn += 1);
      const { texts } = window.parindexIndex;
      more.hidden = true;
      list.setAttribute("aria-busy", "true");
      if (query) await load(namesFor(terms(query)));
      if (own !== turn) return;
      let count = tell(query);
      for (let place = 0; query && count < SHOWN && place < Math.min(most, texts); place += 1) {
        await load(`text-${place}`);
        if (own !== turn) return;
        count = tell(query);
      }
      more.hidden = !query || count >= SHOWN || most >= texts;
      list.setAttribute("aria-busy", "false");
    }

    function keep() {
      const address = new URL(window.location.href);
      if (input.value.trim()) address.searchParams.set("q", input.value.trim());
      else address.searchParams.delete("q");
      try {
        window.history.replaceState(null, "", address);
      } catch {
        return; // a page on a disk may not be renamed in some browsers; the search goes on
      }
    }

    input.value = new URL(window.location.href).searchParams.get("q") || "";
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("input", () => {
      keep();
      show(UNASKED);
    });
    more.addEventListener("click", () => show(Infinity));
    show(UNASKED);
    input.focus();
  }

  window.parindexSearch = { fold };
  begin();
})();
