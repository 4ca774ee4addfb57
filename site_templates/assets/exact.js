// Exact numbers for every page that computes: fractions of whole numbers, one rounding, JSON whose numbers keep their digits.
// The same arithmetic as pipeline/core/ground/numbers.py; tests run one table of cases through both.
(function () {
  "use strict";

  // A number as it stands in a file; only its digits are kept, never a binary float.
  class Num {
    constructor(text) {
      this.text = text;
    }
  }

  const LITERAL = /^-?(?:0|[1-9]\d*)(?:\.\d{1,6})?$/;

  // A fraction [numerator, denominator] with a denominator over zero, of a decimal or of `a/b`.
  function fraction(text) {
    const [above, below = "1"] = text.split("/");
    const [whole, decimals = ""] = above.split(".");
    return [BigInt(whole + decimals), 10n ** BigInt(decimals.length) * BigInt(below)];
  }

  const add = (a, b) => [a[0] * b[1] + b[0] * a[1], a[1] * b[1]];
  const times = (a, b) => [a[0] * b[0], a[1] * b[1]];
  const compare = (a, b) => {
    const difference = a[0] * b[1] - b[0] * a[1];
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  };
  const negative = (a) => [-a[0], a[1]];
  const least = (a, b) => (compare(a, b) <= 0 ? a : b);
  const most = (a, b) => (compare(a, b) >= 0 ? a : b);

  // A quotient of two fractions, the second one over zero.
  const over = (a, b) => [a[0] * b[1], a[1] * b[0]];

  // Round once to a number of decimals; half-up rounds a half away from zero.
  function rounded(value, decimals, mode) {
    const size = (value[0] < 0n ? -value[0] : value[0]) * 10n ** BigInt(decimals);
    let units = size / value[1];
    const twice = 2n * (size % value[1]);
    if (mode === "half-up" ? twice >= value[1] : mode === "half-even" && (twice > value[1] || (twice === value[1] && units % 2n === 1n))) units += 1n;
    return [value[0] < 0n ? -units : units, 10n ** BigInt(decimals)];
  }

  // A fraction of tenths, hundredths ... as a decimal literal with no more digits than it needs.
  function literal(value) {
    let [units, scale] = value;
    const sign = units < 0n ? "-" : "";
    if (units < 0n) units = -units;
    const rest = String(units % scale).padStart(String(scale).length - 1, "0").replace(/(?<!0)0+$/, "");
    return sign + String(units / scale) + (rest && scale > 1n ? "." + rest : "");
  }

  // A fraction with exactly so many decimals, for people to read.
  function fixed(value, decimals, mode) {
    const text = literal(rounded(value, decimals, mode));
    const [whole, rest = ""] = text.split(".");
    return decimals ? `${whole}.${rest.padEnd(decimals, "0")}` : whole;
  }

  // What a person typed as a number: a decimal comma or point; null where it is none, or not clear (1.234).
  function typed(text) {
    const bare = text.trim().replace(",", ".");
    if (!/^-?\d+(\.\d{1,6})?$/.test(bare)) return null;
    if (/^-?[1-9]\d{0,2}\.\d{3}$/.test(text.trim())) return null;
    const [, sign, digits] = /^(-?)0*(\d[\s\S]*)/.exec(bare);
    const made = new Num(sign + digits);
    return fraction(made.text)[0] === 0n ? new Num(digits) : made;
  }

  const MARK = "\u0000number";
  const TOKEN = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|-?\d[\d.eE+-]*/g;

  // Read JSON; a number becomes a Num. Throws SyntaxError where the text is no JSON or a number is not written plainly.
  function read(text) {
    const marked = text.replace(TOKEN, (token) => {
      if (token.startsWith('"')) return token;
      if (!LITERAL.test(token)) throw new SyntaxError(token);
      return `{${JSON.stringify(MARK)}:"${token}"}`;
    });
    return JSON.parse(marked, (key, value) => {
      if (value === null || typeof value !== "object" || !(MARK in value)) return value;
      if (!LITERAL.test(value[MARK])) throw new SyntaxError(String(value[MARK]));
      return new Num(value[MARK]);
    });
  }

  // Write JSON, one entry a line, so that a problem can name its line; a Map is an object whose order is kept.
  function write(value, indent = "") {
    if (value instanceof Num) return value.text;
    if (value === null || typeof value !== "object") return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029]/g, (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0"));
    const list = Array.isArray(value);
    const entries = (value instanceof Map ? [...value] : Object.entries(value)).map(([key, item]) => `${indent}  ${list ? "" : JSON.stringify(key) + ": "}${write(item, indent + "  ")}`);
    const [open, close] = list ? "[]" : "{}";
    return entries.length ? `${open}\n${entries.join(",\n")}\n${indent}${close}` : open + close;
  }

  // The same value with floats, for checks of shape alone.
  function floats(value) {
    if (value instanceof Num) return Number(value.text);
    if (Array.isArray(value)) return value.map(floats);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, floats(item)]));
  }

  window.parindexExact = { Num, fraction, add, times, over, compare, negative, least, most, rounded, literal, fixed, typed, read, write, floats };
})();
