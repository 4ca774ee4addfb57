// Tables that sort and filter, and parts that are shown or hidden; the address keeps the view, so that it can be shared.
// Without this file every table stands whole, in the order of the page.
(function () {
  "use strict";
  const SORT = "sap"; // ?sap=xep-hang.2.giam
  const FILTER = "loc"; // ?loc=tieu-chi.thu+tuc
  const DOWN = "giam";
  const UP = "tang";

  function folded(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  }
  window.parindexFolded = folded; // for the scripts of single pages

  function kept() {
    return new URLSearchParams(window.location.search);
  }

  function keep(change) {
    const view = kept();
    change(view);
    const words = view.toString();
    try {
      window.history.replaceState(null, "", (words ? `?${words}` : window.location.pathname) + window.location.hash);
    } catch {
      return; // a page on a disk may not be renamed in some browsers
    }
  }

  // Views of one kind stand beside each other: one word for each table, which begins with the table's name.
  function word(kind, name) {
    const found = kept().getAll(kind).find((one) => one.startsWith(`${name}.`));
    return found ? found.slice(name.length + 1) : "";
  }

  function keepWord(kind, name, text) {
    keep((view) => {
      const others = view.getAll(kind).filter((one) => !one.startsWith(`${name}.`));
      view.delete(kind);
      for (const one of others) view.append(kind, one);
      if (text) view.append(kind, `${name}.${text}`);
    });
  }

  // The number that a cell begins with or names as its value (a grade goes by the index behind it), as [whole, decimals] of equal length; text where it begins with none.
  function value(cell) {
    const text = cell ? cell.dataset.value || cell.textContent.trim() : "";
    const found = /^([−+-]?)(\d+)(?:[.,](\d+))?/.exec(text);
    if (!found) return { none: !text || text.startsWith("–"), text: folded(text) };
    const units = BigInt(found[2] + (found[3] || "").padEnd(9, "0").slice(0, 9));
    return { none: false, units: found[1] === "−" || found[1] === "-" ? -units : units, text: folded(text) };
  }

  function compare(one, other) {
    if (one.units !== undefined && other.units !== undefined) {
      return one.units < other.units ? -1 : one.units > other.units ? 1 : 0;
    }
    return one.text.localeCompare(other.text, "vi", { numeric: true });
  }

  function sortable(table) {
    const name = table.dataset.sort;
    const body = table.tBodies[0];
    const first = Array.from(body.rows);
    const heads = Array.from(table.tHead.rows[0].cells);

    function sort(column, way) {
      const listed = first.map((row, place) => ({ row, place, value: value(row.cells[column]) }));
      const sign = way === DOWN ? -1 : 1;
      listed.sort((one, other) => {
        if (one.value.none !== other.value.none) return one.value.none ? 1 : -1; // what has no value stands last
        return sign * compare(one.value, other.value) || one.place - other.place;
      });
      body.append(...listed.map((one) => one.row));
      heads.forEach((head, place) => {
        if (place === column) head.setAttribute("aria-sort", way === DOWN ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
    }

    heads.forEach((head, column) => {
      if (head.querySelector("a")) return; // a head that leads somewhere is no button
      const button = document.createElement("button");
      button.type = "button";
      button.className = "pi-sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const numbers = head.classList.contains("n");
        const now = head.getAttribute("aria-sort");
        const way = now === null ? (numbers ? DOWN : UP) : now === "ascending" ? DOWN : UP;
        sort(column, way);
        keepWord(SORT, name, `${column + 1}.${way}`);
      });
    });
    const [column, way] = word(SORT, name).split(".");
    if (heads[Number(column) - 1] && (way === UP || way === DOWN)) sort(Number(column) - 1, way);
  }

  function filterable(table) {
    const name = table.dataset.filter;
    const label = document.createElement("label");
    const input = document.createElement("input");
    label.className = "pi-filter";
    label.textContent = `${table.dataset.filterWords} `;
    input.type = "search";
    input.maxLength = 60;
    input.value = word(FILTER, name);
    label.append(input);
    table.closest(".pi-scroll").before(label);

    function filter() {
      const words = folded(input.value).split(/\s+/).filter(Boolean);
      for (const row of table.tBodies[0].rows) {
        const text = folded(row.textContent);
        row.hidden = !words.every((one) => text.includes(one));
      }
    }

    input.addEventListener("input", () => {
      filter();
      keepWord(FILTER, name, input.value.trim());
    });
    filter();
  }

  const hidden = new Map();

  // What a reader picks is shown, all else hidden; nothing picked shows everything.
  function pickable(form, name) {
    const boxes = Array.from(form.querySelectorAll(`input[type=checkbox][name="${name}"]`));
    const parts = Array.from(document.querySelectorAll(`[data-pick-${name}]`));

    function show() {
      const picked = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      for (const part of parts) {
        const by = hidden.get(part) || hidden.set(part, new Set()).get(part); // the forms that hide it
        if (picked.size > 0 && !picked.has(part.getAttribute(`data-pick-${name}`))) by.add(name);
        else by.delete(name);
        part.hidden = by.size > 0;
      }
    }

    const asked = kept().getAll(name);
    for (const box of boxes) {
      box.checked = asked.includes(box.value);
      box.addEventListener("change", () => {
        show();
        keep((view) => {
          view.delete(name);
          for (const one of boxes) if (one.checked) view.append(name, one.value);
        });
      });
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    for (const button of form.querySelectorAll("[type=submit]")) button.hidden = true;
    show();
  }

  for (const table of document.querySelectorAll("table[data-sort]")) sortable(table);
  for (const table of document.querySelectorAll("table[data-filter]")) filterable(table);
  for (const form of document.querySelectorAll("[data-picks]")) {
    for (const name of form.dataset.picks.split(" ")) pickable(form, name);
  }
})();
