// The page that is signed on paper, in three parts: summary, scores, documents; each with the digest of the content and its
// QR code. It shows what stands in the fields, in the words that stand beside them; form.js says when it may be opened.
window.parindexPaper = function (page) {
  "use strict";
  const { part, all, identity, content, shown, day, rowsOf } = page;
  const { Num, fraction, add, literal } = window.parindexExact;
  const QUIET = 4; // squares that stay white around a code, so that a phone finds it

  // The outline of the dark squares, as SVG writes it, and the length of a side.
  function codeOf(text) {
    const code = window.qrcode(0, "M");
    code.addData(text);
    code.make();
    const places = [...Array(code.getModuleCount()).keys()];
    const dark = places.flatMap((row) => places.filter((column) => code.isDark(row, column)).map((column) => `M${column + QUIET} ${row + QUIET}h1v1h-1z`));
    return { side: places.length + 2 * QUIET, outline: dark.join("") };
  }

  function row(table, cells, name = "") {
    const made = table.insertRow();
    made.className = name;
    for (const [text, kind] of cells) {
      const cell = made.insertCell();
      cell.textContent = text;
      cell.className = kind;
    }
  }

  const lines = () => content().lines ?? {};

  function sum(head) {
    const scores = Object.entries(lines()).filter(([code, line]) => (head === "" || code === head || code.startsWith(`${head}.`)) && line.score instanceof Num);
    return shown(literal(scores.reduce((total, [, line]) => add(total, fraction(line.score.text)), [0n, 1n])));
  }

  // What is said of a criterion beside its score, its documents and the note that is not published.
  function saidOf(place) {
    const told = rowsOf(place).filter(([, , el]) => !el.closest(".document") && !/\/(score|note)$/.test(el.dataset.path));
    return told.map(([label, text, el]) => (/\/answer\/./.test(el.dataset.path) ? `${label}: ${text}` : text)).join(" · ");
  }

  function fillSummary() {
    const heads = part("paper-heads");
    heads.replaceChildren();
    for (const el of all("form .block [data-path]")) if (el.value.trim()) row(heads, [[el.closest("[data-words]").dataset.words, "a"], [el.value.trim(), ""]]);
    const areas = part("paper-areas");
    areas.replaceChildren();
    for (const head of all("form .area > h2")) row(areas, [[head.dataset.head, "c"], [head.dataset.title, ""], [head.dataset.most, "n"], [sum(head.dataset.head), "n"]]);
    part("paper-total").textContent = sum("");
  }

  function fillScores() {
    const table = part("paper-scores");
    table.replaceChildren();
    for (const el of all("form .area > [data-most]")) {
      const { head, title, code, most } = el.dataset;
      if (el.parentNode.querySelector(`:scope > [data-code="${head}"].leaf`)) continue; // an area that is a criterion itself
      const leaf = code !== undefined;
      const beside = leaf ? el : el.nextElementSibling?.matches(".heading") ? el.nextElementSibling : null;
      const points = leaf ? lines()[code]?.score : undefined;
      row(table, [[code ?? head, "c"], [title, ""], [beside ? saidOf(beside) : "", "a"], [most, "n"], [leaf ? (points ? shown(points.text) : "") : sum(head), "n"]], leaf ? "" : "above");
    }
  }

  function fillDocuments() {
    const table = part("paper-documents");
    const keys = all("[data-key]", table.closest("table")).map((el) => el.dataset.key);
    table.replaceChildren();
    for (const place of all("form .leaf[data-code]")) {
      const { code } = place.dataset;
      for (const one of lines()[code]?.evidence ?? []) row(table, [[code, "c"], ...keys.map((key) => [key === "date" ? day(one[key] ?? "") : one[key]?.vi ?? one[key] ?? "", ""])]);
    }
    table.closest("table").hidden = !table.rows.length;
    part("paper-none").hidden = table.rows.length > 0;
  }

  function fill() {
    fillSummary();
    fillScores();
    fillDocuments();
    const digest = window.parindexContent.digest(identity, content());
    part("paper-scan").textContent = `trang-ky-${digest.slice(0, 8)}.pdf`;
    const { side, outline } = codeOf(digest);
    for (const mark of all(".mark", part("paper"))) {
      mark.querySelector("svg").setAttribute("viewBox", `0 0 ${side} ${side}`);
      mark.querySelector("path").setAttribute("d", outline);
      mark.querySelector(".digest").textContent = digest.match(/.{8}/g).join(" ");
    }
  }

  function show(open) {
    if (open) fill();
    part("paper").hidden = !open;
    document.body.toggleAttribute("data-paper", open);
    if (open) part("paper").focus();
  }

  return { show, isOpen: () => !part("paper").hidden };
};
