// The laws of one form that a page can judge by itself: pipeline/core/index/laws/lines.py and surveys.py, for one file.
// `check` on the whole data has the last word; these tell people while they type.
(function () {
  "use strict";
  const { Num, fraction, add, compare, floats } = window.parindexExact;
  const rules = window.parindexRules;
  const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Num);
  const lineOf = (state, code) => (isMap(state.lines) && Object.hasOwn(state.lines, code) ? state.lines[code] : undefined);
  const leavesOut = (line) => isMap(line) && line.not_applicable !== undefined;

  // The code of a criterion above that the form says does not apply, or null.
  function above(state, code) {
    const parts = code.split(".");
    while (parts.length > 1) {
      parts.pop();
      if (leavesOut(lineOf(state, parts.join(".")))) return parts.join(".");
    }
    return null;
  }

  // Whether the form speaks of a criterion: points, not applicable, an explanation, or one above that does not apply.
  function isFilled(state, code, kind) {
    const line = lineOf(state, code);
    if (above(state, code)) return true;
    return isMap(line) && (kind === "explain" ? Boolean(line.explanation) : line.score instanceof Num || Boolean(line.not_applicable));
  }

  const policyOf = (data, info) => ({ out_of: info.out_of, decimals: Number(data.policy.decimals.text), mode: data.policy.mode });
  const standing = (info, line) => (line.answer !== undefined ? line.answer : info.standing === null ? undefined : info.standing);
  const places = (text) => (text.split(".")[1] || "").replace(/(?<!0)0+$/, "").length;

  function* scoreLaws(data, info, line, path) {
    const { kind } = data;
    const policy = policyOf(data, info);
    const score = line.score;
    const rule = info.rule;
    const [least, most] = [rules.smallest(rule), rules.largest(rule, info.out_of)];
    if (compare(fraction(score.text), fraction(most)) > 0) return yield { path: `${path}/score`, code: "score-over-maximum", most };
    if (compare(fraction(score.text), fraction(least)) < 0) return yield { path: `${path}/score`, code: "score-under-minimum", least };
    if (places(score.text) > policy.decimals) return yield { path: `${path}/score`, code: "score-off-decimals", decimals: policy.decimals };
    if (kind === "explain") return;
    const answer = kind === "claim" ? line.answer : standing(info, line);
    if (info.answered && answer === undefined) {
      yield { path: `${path}/answer`, code: "answer-missing" };
    } else if (rules.leavesOut(rule, line.answer)) {
      yield { path: `${path}/score`, code: "score-where-nothing-assigned" };
    } else if (!info.answered || rules.faults(rule, answer).length === 0) {
      const severity = kind === "decide" ? "warning" : "error";
      const points = rules.points(rule, answer, policy);
      if (!rules.gives(rule, score.text, answer, policy)) {
        yield rules.isWeighed(rule) ? { path: `${path}/score`, code: "score-off-step", step: rule.step, out_of: info.out_of, severity } : { path: `${path}/score`, code: "score-off-rule", points: points ?? "–", score: score.text, severity };
      }
    }
    if (kind === "claim" || line.reason) return;
    if (!info.owed && fraction(score.text)[0] !== 0n) yield { path: `${path}/reason`, code: "reason-of-bonus" };
    else if (info.before === "not-applicable" || (info.before !== null && compare(fraction(info.before), fraction(score.text)) !== 0)) yield { path: `${path}/reason`, code: "reason-missing", before: info.before };
  }

  function* evidenceLaws(info, line, path) {
    const listed = Array.isArray(line.evidence) ? line.evidence.filter((one) => isMap(one) && Object.keys(one).length) : [];
    if (info.noted && !leavesOut(line) && !listed.length && !line.note) yield { path: `${path}/note`, code: "evidence-missing" };
    const { from, by } = info;
    for (const [index, one] of (line.evidence ?? []).entries()) {
      if (one.date && (one.date < from || one.date > by)) yield { path: `${path}/evidence/${index}/date`, code: "evidence-outside-dates", number: one.number ?? index + 1, from, by, severity: "warning" };
    }
  }

  function* lineLaws(data, state, code, info) {
    const { kind } = data;
    const path = `/lines/${code}`;
    const line = lineOf(state, code);
    const covering = above(state, code);
    if (!isMap(line)) {
      if (info.wanted && !covering) yield { path, code: "line-missing" };
      return;
    }
    if (covering) return yield { path, code: "line-on-not-applicable", above: covering };
    if (line.answer !== undefined) {
      for (const fault of new Set(rules.faults(info.rule, line.answer))) yield { path: `${path}/answer`, code: fault };
    }
    if (leavesOut(line) && !info.may_not_apply && !rules.leavesOut(info.rule, standing(info, line))) yield { path: `${path}/not_applicable`, code: "not-applicable-not-allowed" };
    if (line.score instanceof Num) yield* scoreLaws(data, info, line, path);
    yield* evidenceLaws(info, line, path);
  }

  const ZERO = [0n, 1n];
  const sum = (counts) => Object.values(counts).reduce((total, count) => (count instanceof Num ? add(total, fraction(count.text)) : total), ZERO);

  function* surveyLaws(data, state) {
    const valid = state.forms && state.forms.valid;
    if (!(valid instanceof Num)) return;
    for (const question of Object.keys(data.questions)) {
      const counts = state.answers && state.answers[question];
      const none = fraction(valid.text)[0] === 0n;
      if (!counts && !none) yield { path: `/answers/${question}`, code: "answers-missing", question };
      if (counts && compare(sum(counts), fraction(valid.text)) !== 0) yield { path: `/answers/${question}`, code: "counts-not-valid", question, sum: String(sum(counts)[0] / sum(counts)[1]), valid: valid.text };
    }
  }

  const KEYWORDS = { required: "required", dependentRequired: "required", type: "type", const: "other", enum: "other", pattern: "pattern", maxLength: "too-long", minLength: "required", minimum: "bounds", maximum: "bounds", exclusiveMinimum: "bounds", maxItems: "too-long", maxProperties: "too-long" };
  const SILENT = new Set(["if", "false schema", "anyOf", "oneOf"]);

  // What the schema refuses, by the words of a form; one complaint for each place.
  function* shapeLaws(state) {
    const shape = window.parindexShape;
    if (shape(floats(state))) return;
    const told = new Set();
    for (const error of shape.errors) {
      if (SILENT.has(error.keyword)) continue;
      const missing = error.params.missingProperty;
      const path = error.instancePath + (missing ? `/${missing}` : "");
      if (told.has(path) || path === "/received") continue; // whoever takes the form in says when
      told.add(path);
      if (missing === "score") yield { path, code: "score-missing" };
      else yield { path, code: KEYWORDS[error.keyword] ?? "other" };
    }
  }

  // A day that no calendar has, wherever the file has one: the schema sees its shape only.
  function* dateLaws(value, path = "") {
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== null && typeof inner === "object" && !(inner instanceof Num)) yield* dateLaws(inner, `${path}/${key}`);
      else if (DATES.has(key) && /^\d{4}-\d\d-\d\d$/.test(inner) && !isDay(inner)) yield { path: `${path}/${key}`, code: "date" };
    }
  }

  const DATES = new Set(["date", "received", "appraised", "sent", "unanswered"]);
  const isDay = (iso) => {
    const made = new Date(`${iso}T00:00:00Z`);
    return !Number.isNaN(made.getTime()) && made.toISOString().startsWith(iso);
  };

  // Everything wrong with a form, at once: where, which law, the figures of its words, error or warning.
  function check(data, state) {
    const found = [...shapeLaws(state), ...dateLaws(state)];
    for (const [code, info] of Object.entries(data.criteria)) found.push(...lineLaws(data, state, code, info));
    if (data.kind === "survey") found.push(...surveyLaws(data, state));
    return found.map((one) => ({ severity: "error", ...one }));
  }

  window.parindexLaws = { check, isFilled, above, policyOf, sum };
})();
