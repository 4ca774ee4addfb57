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

  // Whether an answer makes its criterion not apply: nothing was assigned, and the rule says so.
  const leavesOut = (rule, answer) => rule.when_none === "not-applicable" && isMap(answer) && faults(rule, answer).length === 0 && isNone(answer);

  const largest = (rule, outOf) => RULES[rule.type].largest?.(rule) ?? outOf;
  const smallest = (rule) => RULES[rule.type].smallest?.(rule) ?? "0";

  window.parindexRules = { faults, points, gives, isWeighed, leavesOut, largest, smallest };
})();
