// How an answer gives points: the rule types of pipeline/core/record/rules/, in the browser.
// A rule comes as its class writes it (`for_browser`): points and limits are texts of digits.
(function () {
  "use strict";
  const { Num, fraction, add, times, over, compare, negative, least, most, rounded, literal } = window.parindexExact;
  const ZERO = [0n, 1n];
  const HUNDRED = [100n, 1n];
  const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
  const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Num);
  const isCount = (value) => fraction(value.text)[0] >= 0n && fraction(value.text)[0] % fraction(value.text)[1] === 0n;
  const countFaults = (values) => values.flatMap((value) => (!(value instanceof Num) ? ["answer-not-of-rule"] : isCount(value) ? [] : ["count-not-whole"]));

  function ratioFaults(rule, answer) {
    const values = Object.values(answer);
    if (Object.keys(answer).sort().join() !== "assigned,done" || !values.every((value) => value instanceof Num)) return ["answer-not-of-rule"];
    const faults = countFaults(values);
    const over = !rule.over && compare(fraction(answer.done.text), fraction(answer.assigned.text)) > 0;
    return faults.length || !over ? faults : ["done-over-assigned"];
  }

  function countsFaults(known, answer) {
    if (!isMap(answer)) return ["answer-not-of-rule"];
    return Object.entries(answer).flatMap(([key, count]) => (!has(known, key) ? ["unknown-answer"] : countFaults([count])));
  }

  const only = (fault) => (fault ? [fault] : []);

  const unwanted = () => ["answer-not-wanted"];
  const noneAssigned = (rule, outOf) => (rule.when_none === "full" ? outOf : rule.when_none === "zero" ? ZERO : null);
  const sum = (items, answer, key) => Object.entries(answer).reduce((total, [id, count]) => add(total, times(fraction(items[id][key]), fraction(count.text))), ZERO);
  const isNone = (answer) => isMap(answer) && fraction(answer.assigned.text)[0] === 0n;
  const share = (answer) => over(fraction(answer.done.text), fraction(answer.assigned.text));

  function holds(band, value) {
    if (band.from !== undefined) return compare(value, fraction(band.from)) >= 0;
    return band.above === undefined || compare(value, fraction(band.above)) > 0;
  }

  // --- expressions of formulas: the same language as pipeline/core/record/rules/expressions.py ------------------------

  const TOKEN = /([0-9]{1,15}(?:\.[0-9]{1,6})?)(?![0-9.])|(out_of|[a-z](?:-?[a-z0-9])*)|(<=|>=|!=|[-+*/()<>=,])|(\S)/g;
  const COMPARED = { "<": (sign) => sign < 0, "<=": (sign) => sign <= 0, "=": (sign) => sign === 0, "!=": (sign) => sign !== 0, ">=": (sign) => sign >= 0, ">": (sign) => sign > 0 };
  const LEAST_PARTS = { min: 2, max: 2, abs: 1 };
  const BINDS = [["or"], ["and"], ["not"], Object.keys(COMPARED), ["+", "-"], ["*", "/"], ["negative"]]; // the loosest first
  const [MOST_SIGNS, MOST_DEPTH] = [500, 20];
  const isTruth = (tree) => ["and", "or", "not"].includes(tree.sign) || has(COMPARED, tree.sign);

  // The tree of an expression, a condition (`truth`) or a number; null where it cannot be read.
  function parsed(text, names, truth) {
    if (text.length > MOST_SIGNS) return null;
    const tokens = [...text.matchAll(TOKEN)].map(([, number, name, sign]) => ({ number, name, sign }));
    let [here, depth] = [0, 0];
    const stop = () => { throw new SyntaxError(text); };
    const takes = (...signs) => {
      const token = tokens[here];
      const found = token?.sign ?? token?.name;
      return found !== undefined && signs.includes(found) ? (here++, found) : "";
    };
    const needs = (tree, wanted) => (isTruth(tree) === wanted ? tree : stop());
    function deeper(read) {
      if (++depth > MOST_DEPTH) stop();
      const tree = read();
      depth -= 1;
      return tree;
    }
    function level(at) {
      const signs = BINDS[at];
      if (at === 2) return takes("not") ? { sign: "not", parts: [needs(deeper(() => level(2)), true)] } : level(3);
      if (at === 6) return atom();
      let tree = level(at + 1);
      for (let sign = takes(...signs); sign; sign = has(COMPARED, sign) ? "" : takes(...signs)) {
        tree = { sign, parts: [tree, level(at + 1)].map((part) => needs(part, sign === "and" || sign === "or")) };
      }
      return tree;
    }
    function atom() {
      if (takes("-")) return { sign: "negative", parts: [needs(deeper(atom), false)] };
      if (takes("(")) {
        const tree = deeper(() => level(0));
        return takes(")") ? tree : stop();
      }
      const { number, name } = tokens[here++] ?? stop();
      if (number !== undefined) return { sign: "number", parts: [], worth: fraction(number) };
      if (has(LEAST_PARTS, name ?? "")) return called(name);
      return names.includes(name) ? { sign: "name", parts: [], name } : stop();
    }
    function called(name) {
      if (!takes("(")) stop();
      const parts = [];
      do parts.push(needs(deeper(() => level(0)), false));
      while (takes(","));
      if (parts.length < LEAST_PARTS[name] || (name === "abs" && parts.length > 1) || !takes(")")) stop();
      return { sign: name, parts };
    }
    try {
      const tree = needs(level(0), truth);
      return here === tokens.length ? tree : null;
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  const ARITHMETIC = {
    "+": add,
    "-": (a, b) => add(a, negative(b)),
    "*": times,
    "/": (a, b) => (b[0] === 0n ? null : b[0] < 0n ? over(negative(a), negative(b)) : over(a, b)),
    min: least,
    max: most,
    abs: (a) => (a[0] < 0n ? negative(a) : a),
    negative,
  };

  // What an expression is worth: a fraction, or whether it holds; null where it divides by zero on the way.
  function worth(tree, values) {
    if (tree.sign === "number") return tree.worth;
    if (tree.sign === "name") return values[tree.name];
    if (tree.sign === "and" || tree.sign === "or") {
      const first = worth(tree.parts[0], values);
      return first === (tree.sign === "and") ? worth(tree.parts[1], values) : first;
    }
    const found = tree.parts.map((part) => worth(part, values));
    if (found.includes(null)) return null;
    if (tree.sign === "not") return !found[0];
    if (has(COMPARED, tree.sign)) return COMPARED[tree.sign](compare(...found));
    return found.length === 1 ? ARITHMETIC[tree.sign](found[0]) : found.reduce(ARITHMETIC[tree.sign]);
  }

  const READ = new WeakMap(); // a rule -> its expressions, read once

  function formulaOf(rule) {
    if (READ.has(rule)) return READ.get(rule);
    const names = [...Object.keys(rule.inputs), "out_of"];
    const read = (text, truth) => (text === undefined || text === null ? undefined : parsed(text, names, truth));
    const levels = rule.levels.map((one) => ({ when: read(one.when, true), points: read(one.points, false) }));
    const made = { valid: read(rule.valid, true), left: read(rule.not_applicable_when, true), levels };
    made.sound = ![made.valid, made.left, ...levels.flatMap((one) => [one.when, one.points])].includes(null);
    READ.set(rule, made);
    return made;
  }

  const valuesOf = (rule, answer) => ({ ...Object.fromEntries(Object.entries(answer).map(([key, figure]) => [key, fraction(figure.text)])), out_of: fraction(rule.out_of) });

  // What the first level that holds is worth; null where something is divided by zero.
  function decided(rule, answer) {
    const values = valuesOf(rule, answer);
    for (const { when, points } of formulaOf(rule).levels) {
      const holds = when === undefined || worth(when, values);
      if (holds === null) return null;
      if (holds) return worth(points, values);
    }
    return ZERO;
  }

  const isLeftOut = (rule, answer) => Boolean(formulaOf(rule).left && worth(formulaOf(rule).left, valuesOf(rule, answer)) === true);

  function figureFaults(rule, answer) {
    if (!isMap(answer)) return ["answer-not-of-rule"];
    const unknown = Object.keys(answer).filter((key) => !has(rule.inputs, key)).map(() => "unknown-answer");
    const wrong = Object.entries(rule.inputs).flatMap(([key, { unit }]) => {
      const figure = has(answer, key) ? answer[key] : undefined;
      if (figure === undefined) return [];
      if (!(figure instanceof Num) || fraction(figure.text)[0] < 0n) return ["answer-not-of-rule"];
      return unit === "count" && !isCount(figure) ? ["count-not-whole"] : [];
    });
    const lacking = Object.keys(rule.inputs).some((key) => !has(answer, key)) ? ["figure-missing"] : [];
    if (unknown.length || lacking.length || wrong.length || !formulaOf(rule).sound) return [...unknown, ...lacking, ...wrong];
    const { valid, left } = formulaOf(rule);
    const values = valuesOf(rule, answer);
    const [fits, out] = [valid && worth(valid, values), left && worth(left, values)];
    if (fits === null) return ["formula-divides-by-zero"];
    if (fits === false) return ["answer-not-valid"];
    if (out === null) return ["formula-divides-by-zero"];
    return out === true || decided(rule, answer) !== null ? [] : ["formula-divides-by-zero"];
  }

  // What differs between rule types: the faults of an answer, its points, and the bounds of points that are not 0 and out_of.
  const RULES = {
    choice: {
      faults: (rule, answer) => only(typeof answer !== "string" ? "answer-not-of-rule" : has(rule.options, answer) ? null : "unknown-answer"),
      points: (rule, answer) => fraction(rule.options[answer].points),
    },
    checklist: {
      faults: (rule, answer) =>
        !Array.isArray(answer)
          ? ["answer-not-of-rule"]
          : answer.flatMap((item, index) => only(typeof item !== "string" ? "answer-not-of-rule" : !has(rule.items, item) ? "unknown-answer" : answer.indexOf(item) < index ? "answer-repeated" : null)),
      points: (rule, answer) => answer.reduce((total, item) => add(total, fraction(rule.items[item].points)), ZERO),
    },
    proportional: {
      faults: (rule, answer) => (isMap(answer) ? ratioFaults(rule, answer) : ["answer-not-of-rule"]),
      points(rule, answer, { outOf, decimals, mode }) {
        if (isNone(answer)) return noneAssigned(rule, outOf);
        const percent = times(HUNDRED, share(answer));
        if (compare(percent, fraction(rule.full_from)) >= 0) return outOf;
        if (compare(percent, fraction(rule.zero_below)) < 0) return ZERO;
        const whole = rule.of && compare(fraction(rule.full_from), ZERO) > 0 ? over(fraction(rule.full_from), HUNDRED) : [1n, 1n];
        return rounded(times(least(over(share(answer), whole), [1n, 1n]), outOf), decimals, mode);
      },
    },
    bands: {
      faults: (rule, answer) => (isMap(answer) ? ratioFaults(rule, answer) : only(answer instanceof Num ? null : "answer-not-of-rule")),
      points(rule, answer, { outOf }) {
        if (isNone(answer)) return noneAssigned(rule, outOf);
        const value = isMap(answer) ? times(HUNDRED, share(answer)) : fraction(answer.text);
        const band = rule.bands.find((one) => holds(one, value));
        return band ? fraction(band.points) : ZERO;
      },
    },
    deduction: {
      faults: (rule, answer) => countsFaults(rule.faults, answer),
      points: (rule, answer, { outOf }) => most(fraction(rule.floor), add(outOf, negative(sum(rule.faults, answer, "points")))),
      smallest: (rule) => rule.floor,
    },
    judged: {
      faults: unwanted,
      gives(rule, value, { outOf }) {
        const steps = over(value, fraction(rule.step));
        return compare(value, ZERO) >= 0 && compare(value, outOf) <= 0 && steps[0] % steps[1] === 0n;
      },
    },
    bonus: {
      faults: (rule, answer) => countsFaults(rule.items, answer),
      points: (rule, answer) => most(fraction(rule.least), least(fraction(rule.most), sum(rule.items, answer, "points"))),
      smallest: (rule) => rule.least,
      largest: (rule) => rule.most,
    },
    survey: { faults: unwanted },
    sipas: { faults: unwanted },
    formula: {
      faults: figureFaults,
      points(rule, answer, { outOf, decimals, mode }) {
        if (!formulaOf(rule).sound || isLeftOut(rule, answer)) return null;
        return rounded(most(ZERO, least(outOf, decided(rule, answer))), decimals, mode);
      },
      leavesOut: (rule, answer) => formulaOf(rule).sound && isLeftOut(rule, answer),
    },
  };

  // What is wrong with an answer: codes of problems, none where the rule can read it.
  const faults = (rule, answer) => RULES[rule.type].faults(rule, answer);

  const policyOf = (policy) => ({ ...policy, outOf: fraction(policy.out_of) });

  // The points of an answer as a decimal literal; null where none are fixed: no answer, a wrong one, nothing assigned.
  function points(rule, answer, policy) {
    const kind = RULES[rule.type];
    if (answer === undefined || !kind.points || faults(rule, answer).length) return null;
    const found = kind.points(rule, answer, policyOf(policy));
    return found === null ? null : literal(rounded(found, 6, "half-up"));
  }

  // Whether the score of a rule is weighed by whoever gives it, and follows no answer.
  const isWeighed = (rule) => RULES[rule.type].gives !== undefined;

  // Whether a score, a decimal literal, is one that the rule can produce from the answer.
  function gives(rule, score, answer, policy) {
    if (isWeighed(rule)) return RULES[rule.type].gives(rule, fraction(score), policyOf(policy));
    const given = points(rule, answer, policy);
    return given !== null && compare(fraction(given), fraction(score)) === 0;
  }

  // Whether an answer makes its criterion not apply: nothing was assigned, and the rule says so; or a formula does.
  const leavesOut = (rule, answer) => isMap(answer) && faults(rule, answer).length === 0 && (RULES[rule.type].leavesOut?.(rule, answer) ?? (rule.when_none === "not-applicable" && isNone(answer)));

  const largest = (rule, outOf) => RULES[rule.type].largest?.(rule) ?? outOf;
  const smallest = (rule) => RULES[rule.type].smallest?.(rule) ?? "0";

  window.parindexRules = { parsed, faults, points, gives, isWeighed, leavesOut, largest, smallest };
})();
