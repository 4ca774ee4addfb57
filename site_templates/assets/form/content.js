// What a signed page stands for: the digest of all that people typed, as pipeline/core/record/signed_content.py takes it:
// SHA-256 of canonical JSON (RFC 8785), numbers as text, texts in NFC. tests/reference/content.json binds both.
(function () {
  "use strict";
  const { Num } = window.parindexExact;
  const NOT_TYPED = ["format", "form", "received"];
  const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Num);
  const without = (map, left) => Object.fromEntries(Object.entries(map).filter(([key, said]) => !left(key, said)));

  function shortest(text) {
    const short = text.includes(".") ? text.replace(/(?<!0)0+$/, "").replace(/\.$/, "") : text;
    return short === "-0" ? "0" : short;
  }

  // A line without what a program adds to it: the body whose part it is, and the checksums of documents.
  function typedLine(line, body) {
    if (!isMap(line)) return line;
    const kept = without(line, (key, said) => key === "by" && body !== undefined && said === body);
    if (Array.isArray(kept.evidence)) kept.evidence = kept.evidence.map((one) => (isMap(one) ? without(one, (key) => key === "sha256") : one));
    return kept;
  }

  // JSON whose keys stand in the order of their UTF-16 units, without spaces and without entries that say nothing.
  function canonical(value) {
    if (value instanceof Num) return JSON.stringify(shortest(value.text));
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (!isMap(value)) return JSON.stringify(typeof value === "string" ? value.normalize("NFC") : value);
    const keys = Object.keys(value).filter((key) => value[key] !== null && value[key] !== undefined);
    return `{${keys.sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }

  // The text that is signed: whose file it is {year, stage, agency, body}, and what it says.
  function signed({ year, stage, agency, body }, content) {
    const typed = without(content, (key) => NOT_TYPED.includes(key));
    if (isMap(typed.lines)) typed.lines = Object.fromEntries(Object.entries(typed.lines).map(([code, line]) => [code, typedLine(line, body)]));
    return canonical({ year, stage, agency, body, typed });
  }

  // Not by crypto.subtle: a page that is opened from a disk has none in some browsers, and one way is enough.
  const digest = (whose, content) => new window.parindexFiles.Sha256().update(new TextEncoder().encode(signed(whose, content))).digest();

  window.parindexContent = { signed, digest };
})();
