// The search: finds words in the index of the site, however they are typed, and shows where they stand. Of the index it
// loads the pages whose names have a word that begins as one asked for, then the text of pages, part by part. A word that
// the site does not have is read as what a keyboard left of one (Telex, VNI), as several without spaces, as one mistyped.
// Nothing is sent anywhere. Letters are folded as pipeline/core/publish/site/search.py does.
(function () {
  "use strict";
  const SHOWN = 50;
  const UNASKED = 3; // parts of the text that are loaded without being asked for, where names alone give too little
  const ENOUGH = 3; // results
  const PAUSE = 250; // milliseconds without a key before anything is loaded for what was typed
  const HERE = document.currentScript.src;
  const NEAR = 4; // words that a mistyped one is taken for
  const SUGGESTED = 6; // pages that are offered while a reader types
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
    return Math.max(...term.read.map((read) => {
      const at = places(here.folded, read);
      if (!at.length) return 0;
      const whole = at.some((place) => isWhole(here.folded, place, read)) ? 2 : 1;
      return whole + (term.typed !== read && here.small.includes(term.typed) ? 1 : 0);
    }));
  }

  // Where any reading of a term stands: from, to.
  const spans = (here, term) => term.read.flatMap((read) => places(here.folded, read).map((at) => [at, at + read.length]));

  // --- what was meant ----------------------------------------------------------------------------------------------

  let words = null; // of the whole site, without marks: those of names first, the most frequent first

  function isKnown(word) {
    words ??= new Map(window.parindexIndex.words.split(" ").map((one, place) => [one, place]));
    return words.has(word);
  }

  const begins = (start) => isKnown(start) || [...words.keys()].some((word) => word.startsWith(start));

  // What Telex leaves where it is switched off: tones and hooks as letters that no Vietnamese syllable has there.
  function fromTelex(word) {
    const [, first, rest] = /^([^aeiouyw]*)(.*)$/.exec(word);
    const bare = rest.replace(first.startsWith("d") ? /[sfrxjzd]/g : /[sfrxjz]/g, "");
    return first.replace("dd", "d") + (/[aeiouy]/.test(bare) ? bare.replaceAll("w", "") : bare.replace("w", "u")).replace(/aa|ee|oo/g, (twice) => twice[0]);
  }

  const fromVni = (word) => word.replace(/(?<=[a-z])\d+/g, "");

  // Several words typed without spaces: the fewest words of names that make it up.
  function apart(word) {
    const best = [[]];
    for (let end = 1; end <= word.length; end += 1) {
      for (let start = Math.max(0, end - 9); start < end - 1; start += 1) {
        const piece = word.slice(start, end);
        if (!best[start] || !isKnown(piece) || words.get(piece) >= window.parindexIndex.named) continue;
        if (!best[end] || best[start].length + 1 < best[end].length) best[end] = [...best[start], piece];
      }
    }
    return best[word.length] ?? null;
  }

  // Whether one letter too many, missing, other, or two the wrong way round make the difference.
  function isNear(one, other) {
    if (one.length > other.length) return isNear(other, one);
    if (other.length - one.length > 1) return false;
    let at = 0;
    while (at < one.length && one[at] === other[at]) at += 1;
    const same = one.length === other.length;
    if (one.slice(same ? at + 1 : at) === other.slice(at + 1)) return true;
    return same && one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2);
  }

  const near = (word) => (word.length < 3 || /\d/.test(word) ? [] : [...words.keys()].filter((one) => isNear(word, one)).slice(0, NEAR));

  // A term as it may be meant: several words where it was typed without spaces.
  function meant(typed) {
    const read = fold(typed);
    const as = (...reads) => [{ typed, read: reads }];
    if (/^[a-z]+\d/.test(read) && fromVni(read).length > 1 && isKnown(fromVni(read))) return as(fromVni(read));
    if (!/^[a-z]{3,}$/.test(read) || begins(read)) return as(read);
    if (isKnown(fromTelex(read))) return as(fromTelex(read));
    const pieces = apart(read);
    if (pieces) return pieces.map((piece) => ({ typed: piece, read: [piece] }));
    return begins(fromTelex(read)) ? as(fromTelex(read)) : as(read, ...near(read));
  }

  const typedWords = (query) => (query.normalize("NFC").toLowerCase().match(WORDS) || []).slice(0, 8);
  const terms = (query) => typedWords(query).flatMap(meant);
  const guesses = (query) => typedWords(query).flatMap((typed) => meant(typed).map((one) => ({ ...one, read: [...one.read, ...near(one.read[0])] })));

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

  // The files of names to look into: of each reading the one with the longest beginning of it, which has the fewest
  // pages; of the term whose files promise to be smallest.
  function namesFor(wanted) {
    const { names } = window.parindexIndex;
    const longest = (read) => names.filter((one) => read.startsWith(one)).reduce((best, one) => (one.length > best.length ? one : best), "");
    const files = wanted.map((term) => [...new Set(term.read.map(longest))]);
    const least = (list) => Math.min(...list.map((one) => one.length));
    const best = files.reduce((one, other) => (least(other) > least(one) || (least(other) === least(one) && other.length < one.length) ? other : one));
    return best.slice(0, NEAR).map((one) => `names-${names.indexOf(one)}`);
  }

  // A page is found when its names have every term; a section when page and section together have, and it has one itself.
  function search(pages, wanted) {
    const found = [];
    if (!wanted.length) return found;
    const whole = wanted.map((term) => term.read[0]).join(" ");
    pages.forEach((page, order) => {
      const named = wanted.map((term) => {
        const best = Math.max(8 * fits(page.title, term), 6 * fits(page.also, term));
        return best || (term.read[0].length > 1 && page.initials.includes(term.read[0]) ? 5 : 0);
      });
      const bare = page.title.folded.replace(/^[\d.]+ /, ""); // a title that is little more than what was asked goes first
      const begun = (bare.startsWith(whole) ? 3 : 0) + Math.min(3, (3 * whole.length) / bare.length);
      if (named.every(Boolean)) found.push({ page, section: null, weight: 40 + begun + named.reduce((a, b) => a + b, 0), order });
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
    const shown = document.createDocumentFragment();
    let done = 0;
    for (const [from, to] of wanted.flatMap((term) => spans(here, term)).sort((a, b) => a[0] - b[0])) {
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
    const first = Math.min(...wanted.flatMap((term) => spans(here, term).map(([from]) => from)), here.text.length);
    const middle = first === here.text.length ? 0 : first;
    const from = middle > AROUND ? here.text.lastIndexOf(" ", middle - AROUND) + 1 : 0;
    const space = here.text.indexOf(" ", middle + AROUND);
    const to = space < 0 ? here.text.length : space;
    return part((from ? "… " : "") + here.text.slice(from, to) + (to < here.text.length ? " …" : ""));
  }

  // The year of a page whose title does not tell it.
  function yearOf(page) {
    const [year] = /^\d{4}/.exec(page.address) ?? [];
    return year && !page.title.text.includes(year) ? ` · ${year}` : "";
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
    shown.append(yearOf(page));
    const text = section ? section.text : (page.sections.find((one) => one.text.text) || { text: part("") }).text;
    if (text.text) {
      const told = document.createElement("p");
      told.append(marked(around(text, wanted), wanted));
      shown.append(told);
    }
    return shown;
  }

  const paused = () => new Promise((done) => setTimeout(done, PAUSE));

  // Load the names that a query asks for; of a query that finds none the mistyped words are guessed at.
  async function named(query) {
    let wanted = terms(query);
    if (!wanted.length) return { wanted, found: [] };
    await Promise.all(namesFor(wanted).map(load));
    let found = search(known, wanted);
    if (!found.length && guesses(query).some((term) => term.read.length > 1)) {
      const guessed = guesses(query);
      await Promise.all(namesFor(guessed).map(load));
      found = search(known, guessed);
      if (found.length) wanted = guessed;
    }
    return { wanted, found };
  }

  function begin() {
    const said = document.getElementById("pi-search-said");
    if (!said) return;
    const input = document.getElementById("pi-search-words");
    const form = input.form;
    const list = document.getElementById("pi-search-found");
    const more = document.getElementById("pi-search-more");
    let turn = 0;

    function tell(query, wanted) {
      const found = search(known, wanted);
      const told = !query ? "" : !found.length ? said.dataset.none : found.length > SHOWN ? said.dataset.many : found.length > 1 ? said.dataset.some : said.dataset.one;
      said.textContent = told.replace(/[%#]/g, (sign) => (sign === "#" ? String(SHOWN) : found.length ? String(found.length) : query));
      list.replaceChildren(...found.slice(0, SHOWN).map((hit) => item(hit, wanted)));
      return found.length;
    }

    // Names first, then the text; a later query ends an earlier one.
    async function show(most) {
      const query = input.value.trim();
      const own = (turn += 1);
      const { texts } = window.parindexIndex;
      more.hidden = true;
      list.setAttribute("aria-busy", "true");
      if (own > 1) await paused();
      if (own !== turn) return;
      const { wanted } = await named(query);
      if (own !== turn) return;
      let count = tell(query, wanted);
      const wished = most > UNASKED ? SHOWN : ENOUGH;
      for (let place = 0; query && count < wished && place < Math.min(most, texts); place += 1) {
        await load(`text-${place}`);
        if (own !== turn) return;
        count = tell(query, wanted);
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

  // Pages offered below a box, while a reader types: arrows choose one, Enter opens it.
  function suggest(input) {
    const list = document.createElement("ul");
    const top = new URL("../", HERE);
    let [turn, chosen] = [0, -1];
    Object.assign(list, { id: `${input.id}-list`, className: "pi-suggest", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels[0].textContent);
    input.after(list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) input.setAttribute(name, value);
    open(false);

    function choose(place) {
      chosen = place;
      for (const [at, one] of [...list.children].entries()) one.setAttribute("aria-selected", String(at === place));
      if (place < 0) input.removeAttribute("aria-activedescendant");
      else input.setAttribute("aria-activedescendant", list.children[place].id);
    }

    function open(isOpen) {
      list.hidden = !isOpen;
      input.setAttribute("aria-expanded", String(isOpen));
      choose(-1);
    }

    function offered(hit, wanted, place) {
      const one = document.createElement("li");
      one.id = `${input.id}-${place}`;
      one.setAttribute("role", "option");
      one.append(marked(hit.page.title, wanted), yearOf(hit.page));
      one.dataset.address = new URL(hit.page.address + (window.location.protocol === "file:" ? "index.html" : ""), top).href;
      one.addEventListener("click", () => window.location.assign(one.dataset.address));
      return one;
    }

    async function offer() {
      const own = (turn += 1);
      await paused();
      if (own !== turn) return;
      const { wanted, found } = await named(input.value.trim());
      if (own !== turn) return;
      const pages = found.filter((hit) => !hit.section).slice(0, SUGGESTED);
      list.replaceChildren(...pages.map((hit, place) => offered(hit, wanted, place)));
      open(pages.length > 0 && document.activeElement === input);
    }

    input.addEventListener("input", offer);
    input.addEventListener("blur", () => open(false));
    list.addEventListener("mousedown", (event) => event.preventDefault());
    input.addEventListener("keydown", (event) => {
      const count = list.hidden ? 0 : list.children.length;
      if (event.key === "Escape") open(false);
      else if (count && event.key === "ArrowDown") choose((chosen + 1) % count);
      else if (count && event.key === "ArrowUp") choose(chosen > 0 ? chosen - 1 : count - 1);
      else if (count && event.key === "Enter" && chosen >= 0) window.location.assign(list.children[chosen].dataset.address);
      else return;
      event.preventDefault();
    });
    if (input.value.trim()) offer();
  }

  window.parindexSearch = { fold, terms, named };
  begin();
  for (const box of document.querySelectorAll("#pi-q, #pi-own")) suggest(box);
})();
