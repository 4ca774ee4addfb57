// All answers of a form on one page, to be looked through before the file is taken away: each with a link to its field.
// What it shows is what stands in the fields; what is wrong with it is told by form.js, which opens and closes it.
window.parindexReview = function (page) {
  "use strict";
  const { part, all, say, labelOf, problems, wanted } = page;
  const HASH = "#xem-lai";
  const words = (el) => (el?.textContent ?? "").replace(/\s+/g, " ").trim();
  const legend = (place) => words(place.querySelector("legend, :scope > .cap")) || words(place.previousElementSibling);

  function made(name, text, within) {
    const el = document.createElement(name);
    if (text) el.textContent = text;
    within?.append(el);
    return el;
  }

  // What a field says, in the words that stand beside it.
  function said(el) {
    if (["radio", "checkbox"].includes(el.type)) return el.checked && el.value !== "" ? words(el.labels[0]) : "";
    return el.tagName === "SELECT" ? (el.value ? words(el.selectedOptions[0]) : "") : el.value.trim();
  }

  // The rows of a criterion, a question or a block: label, what is said, the field; documents are one row each.
  function rowsOf(place) {
    const rows = [];
    const seen = new Set();
    for (const el of all("[data-path]", place)) {
      const document_ = el.closest(".document");
      const key = document_ ?? (el.type === "radio" || el.type === "checkbox" ? el.dataset.path : el);
      if (seen.has(key) || el.closest("[hidden]")) continue;
      seen.add(key);
      if (document_) {
        rows.push([words(document_.querySelector("legend")), all("[data-path]", document_).map(said).filter(Boolean).join(", "), el]);
      } else if (key === el) {
        rows.push([labelOf(el), said(el), el]);
      } else {
        const texts = all("[data-path]", place).filter((one) => one.dataset.path === key && one.type === el.type).map(said);
        rows.push([el.closest(".answer") ? legend(el.closest(".answer")) : labelOf(el), texts.filter(Boolean).join("; "), el]);
      }
    }
    return rows.filter(([, text]) => text);
  }

  function row(list, label, text, el, wrong) {
    const group = made("div", "", list);
    made("dt", label, group);
    const told = made("dd", text, group);
    for (const [text, one] of new Map(wrong.map((one) => [one.text, one]))) made("p", text, told).className = `problem ${one.severity}`;
    const link = made("a", say("change"), made("dd", "", group));
    link.href = `#${el.id || el.closest("[id]").id}`;
    made("span", ` ${label}`, link).className = "sr";
    link.addEventListener("click", () => (field = el));
  }

  let field = null; // where a link leads

  function fill() {
    const box = part("answers");
    box.replaceChildren();
    const wrong = problems();
    for (const place of all("form .block, form [data-code], form [data-question]")) {
      const rows = rowsOf(place);
      const own = wrong.filter((one) => one.el && place.contains(one.el));
      const first = place.querySelector("[data-path]");
      if (!first || (!rows.length && !own.length && !wanted(place))) continue;
      made("h3", legend(place), box);
      const list = made("dl", "", box);
      const left = new Set(own);
      for (const [label, text, el] of rows) {
        const here = own.filter((one) => one.el === el || el.closest(".document")?.contains(one.el));
        for (const one of here) left.delete(one);
        row(list, label, text, el, here);
      }
      for (const one of left) {
        const empty = one.el.dataset.path === one.path;
        row(list, empty ? labelOf(one.el) : say("to-correct"), empty ? say("unfilled") : "", one.el, one.code === "required" ? [] : [one]);
      }
      if (!rows.length && !left.size) row(list, say("to-correct"), say("unfilled"), first, []);
    }
  }

  function follow() {
    const open = location.hash === HASH;
    const was = !part("review").hidden;
    if (open) fill();
    part("review").hidden = !open;
    document.body.toggleAttribute("data-review", open);
    if (open) {
      part("review").focus();
      window.scrollTo(0, 0);
    } else if (was && field) {
      field.focus({ preventScroll: true });
      (field.closest("[data-code], [data-question], .block") ?? field).scrollIntoView({ block: "start" });
    }
    field = null;
  }

  window.addEventListener("hashchange", follow);
  return { open: () => (location.hash === HASH ? follow() : (location.hash = HASH)), follow, rowsOf };
};
