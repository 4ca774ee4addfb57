// The proof of a year's ranking in the browser: the tables of the open data are loaded from this site, every point is worked
// out again and compared with what is published, as pipeline/core/publish/opendata/recompute.py does. Numbers are exact
// (exact.js), points follow the rules (rules.js), the ranking is that of ranking.js. Nothing is sent anywhere.
(function () {
  "use strict";
  const { Num, fraction, add, times, over, compare, negative, least, most, rounded, fixed } = window.parindexExact;
  const { part, effects } = window.parindexRanking;
  const rules = window.parindexRules;
  const ZERO = [0n, 1n];
  const NOT_APPLICABLE = "not-applicable";
  const SURVEY = "survey";
  const SHOWN = 4; // decimals of what a group adds, in the tables
  const MOST_TOLD = 20; // differences that are told one by one
  const LIGHT = 6e6; // bytes that are loaded without asking once more
  const DEEP = /^(lines|survey_)/; // tables from which points are worked out; the others are enough for the ranking
  const UNOWED = new Set(["bonus"]); // rules of which an agency may have no line: it then has no points

  // --- the tables of a bundle --------------------------------------------------------------------------------------

  const by = (rows, ...names) => new Map(rows.map((row) => [names.map((name) => row[name]).join("\n"), row]));

  function grouped(rows, ...names) {
    const found = new Map();
    for (const row of rows) {
      const key = names.map((name) => row[name]).join("\n");
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(row);
    }
    return found;
  }

  // A rule as rules.js reads it, from the parameters of a criterion.
  function ruleOf(row) {
    const told = JSON.parse(row.parameters);
    for (const items of [told.options, told.items, told.faults]) {
      for (const item of Object.values(items ?? {})) item.points ??= item.per;
    }
    return { type: row.rule, ...told, out_of: row.out_of };
  }

  // The answer of a line: text or a number as it stands, else JSON whose numbers are text.
  function answerOf(text, rule) {
    if (text === null) return undefined;
    const value = /^[{[]/.test(text) ? JSON.parse(text) : /^-?\d/.test(text) ? new Num(text) : text;
    const told = value instanceof Num || typeof value !== "object" || Array.isArray(value);
    const answer = told ? value : Object.fromEntries(Object.entries(value).map(([key, count]) => [key, new Num(count)]));
    return rules.faults(rule, answer).length ? undefined : answer;
  }

  // --- a criterion of an agency ------------------------------------------------------------------------------------

  const saysNotApplicable = (line) => Object.keys(line).some((name) => name.startsWith("not_applicable_") && line[name] !== null);

  // What each stage says of a leaf, in order, with the answer that stands after it.
  function stepsOf(year, leaf, lines) {
    let standing;
    return lines.map((line) => {
      const kind = year.kinds.get(line.stage);
      const answer = answerOf(line.answer, leaf.rule);
      if (kind !== "explain" && answer !== undefined) standing = answer;
      const value = saysNotApplicable(line) ? NOT_APPLICABLE : line.score;
      const claims = kind === "claim" && value === NOT_APPLICABLE && !rules.leavesOut(leaf.rule, answer);
      const misread = line.answer !== null && answer === undefined;
      return { line, kind, value, claims, standing, misread, decides: kind !== "explain" && value !== null };
    });
  }

  // Judge the lines by the rule: each score that follows, is weighed, was decided otherwise, or does not follow.
  function judgeLines(year, leaf, steps, found) {
    for (const { line, kind, value, standing, misread, decides } of steps) {
      if (misread) found.faults.push([line.agency, leaf.code, value ?? "–", line.stage]);
      if (misread || !decides || value === NOT_APPLICABLE) continue;
      const weighed = rules.isWeighed(leaf.rule);
      if (!weighed && standing === undefined) found.unanswered += 1;
      else if (rules.gives(leaf.rule, value, standing, { ...year.policy.points, mode: year.policy.points.rounding, out_of: leaf.out_of })) found[weighed ? "weighed" : "follow"] += 1;
      else if (kind === "decide" || line.amendment !== null) found.decided += 1;
      else found.faults.push([line.agency, leaf.code, value, line.stage]);
    }
  }

  // What a group's answers are worth: the mean of its questions, each over the answers that have a value.
  function meanOf(year, leaf, group, agency, forms) {
    if (forms.sipas !== null) return over(fraction(forms.sipas), [100n, 1n]);
    const means = [];
    for (const question of year.questions.get(leaf.code) ?? []) {
      const counts = year.counts.get(`${group}\n${agency}\n${question.question}`) ?? [];
      let [sum, opinions] = [ZERO, 0n];
      for (const { option, count } of counts) {
        const value = year.options.get(`${question.scale}\n${option}`)?.value ?? null;
        if (value === null || count === null) continue;
        opinions += BigInt(count);
        sum = add(sum, times(fraction(value), [BigInt(count), 1n]));
      }
      if (opinions && question.groups.split(" ").includes(group)) means.push(over(sum, [opinions, 1n]));
    }
    return means.length ? over(means.reduce(add), [BigInt(means.length), 1n]) : null;
  }

  function partOf(year, leaf, group, agency, outOf) {
    const forms = year.forms.get(`${group}\n${agency}`);
    if (!forms) return null;
    const stated = year.parts.get(`${group}\n${agency}\n${leaf.code}`);
    const mean = stated?.hidden ? null : meanOf(year, leaf, group, agency, forms);
    const handed = stated?.source === "points" && stated.points !== null ? fraction(stated.points) : null;
    const points = handed ?? (mean && times(mean, fraction(outOf)));
    const least = year.groups.get(group).valid_from;
    const few = least !== null && forms.valid !== null && forms.valid < least;
    const left = stated?.hidden ? stated.left_out : few ? "too-few" : points ? null : "no-answers";
    const fits = !stated || stated.hidden || left || handed || (stated.points !== null && fixed(points, SHOWN, "half-up") === stated.points);
    return { group, outOf, mean, points: left ? null : points, left, hidden: Boolean(stated?.hidden), fits, stated: stated?.points };
  }

  function surveyed(year, leaf, agency) {
    const wanted = leaf.rule.type === "sipas" ? { [leaf.rule.group]: leaf.out_of } : leaf.rule.groups;
    const parts = Object.entries(wanted).map(([group, outOf]) => partOf(year, leaf, group, agency, outOf));
    const counted = parts.filter((one) => one && (year.zero || !one.left));
    const outOf = counted.reduce((sum, one) => add(sum, fraction(one.outOf)), ZERO);
    const missing = parts.includes(null);
    const exact = counted.reduce((sum, one) => add(sum, one.points ?? ZERO), ZERO);
    const { decimals, rounding } = year.policy.points;
    const points = year.exact ? exact : rounded(exact, decimals, rounding);
    const applies = missing || outOf[0] > 0n;
    return {
      parts: parts.filter(Boolean),
      hidden: parts.some((one) => one?.hidden),
      applicable: applies,
      points: applies && !missing ? points : null,
      outOf: missing ? fraction(leaf.out_of) : outOf,
      stage: missing ? null : SURVEY,
    };
  }

  // The points of a leaf of an agency from what was written of it: how many of how many, and who decided.
  function leafOf(year, leaf, agency, found) {
    const steps = stepsOf(year, leaf, year.lines.get(`${agency}\n${leaf.code}`) ?? []);
    judgeLines(year, leaf, steps, found);
    const deciding = steps.slice().reverse().find((step) => step.decides);
    const base = { applicable: true, steps, deciding, parts: [], hidden: false, outOf: fraction(leaf.out_of), stage: deciding ? deciding.line.stage : null };
    const exempt = leaf.upwards.some((code) => year.exempt.has(`${agency}\n${code}`));
    if (exempt || (deciding && deciding.value === NOT_APPLICABLE && !deciding.claims)) return { ...base, applicable: false, points: null, outOf: null, stage: NOT_APPLICABLE };
    if (leaf.part !== "appraisal") return { ...base, ...surveyed(year, leaf, agency) };
    if (!deciding) return { ...base, points: UNOWED.has(leaf.rule.type) ? ZERO : null };
    return { ...base, points: deciding.claims ? ZERO : fraction(deciding.value) };
  }

  // --- the year ----------------------------------------------------------------------------------------------------

  function policyOf(row) {
    const ties = /^(appraisal|sipas)( |$)/.test(row.ties) ? row.ties.split(" ") : row.ties;
    return {
      points: { decimals: row.points_decimals, rounding: row.points_rounding },
      index: { decimals: row.index_decimals, rounding: row.index_rounding },
      rank: { on: row.rank_on, ties },
    };
  }

  function yearOf(tables) {
    const [row] = tables.year;
    const criteria = by(tables.criteria, "criterion");
    const upwards = (code) => (code ? [code, ...upwards(criteria.get(code).parent)] : []);
    const leaves = tables.criteria.filter((one) => one.rule).map((one) => ({ row: one, code: one.criterion, area: one.area, out_of: one.out_of, rule: ruleOf(one), upwards: upwards(one.criterion), part: ["survey", "sipas"].includes(one.rule) ? one.rule : "appraisal" }));
    const order = tables.stages.slice().sort((one, other) => one.position - other.position).map((one) => one.stage);
    const lines = grouped((tables.lines ?? []).slice().sort((one, other) => order.indexOf(one.stage) - order.indexOf(other.stage)), "agency", "criterion");
    return {
      policy: policyOf(row),
      exact: row.leaf === "exact",
      zero: row.group_without_answers === "zero",
      leaves,
      lines,
      kinds: new Map(tables.stages.map((one) => [one.stage, one.kind])),
      exempt: by(tables.exemptions, "agency", "criterion"),
      scores: by(tables.scores, "agency", "criterion"),
      groups: by(tables.survey_groups ?? [], "group"),
      forms: by(tables.survey_forms ?? [], "group", "agency"),
      parts: by(tables.survey_parts ?? [], "group", "agency", "criterion"),
      counts: grouped(tables.survey_counts ?? [], "group", "agency", "question"),
      questions: grouped(tables.survey_questions ?? [], "criterion"),
      options: by(tables.survey_options ?? [], "scale", "option"),
    };
  }

  const text = (value) => value && `${value[0]}/${value[1]}`;
  const shown = (year, value) => value && fixed(value, year.policy.points.decimals, year.policy.points.rounding);

  // A leaf as the table of scores states it: what sums are made of where lines are not looked at.
  const asStated = (stated) => ({ applicable: stated.applicable, points: stated.points && fraction(stated.points), outOf: stated.out_of && fraction(stated.out_of), stage: stated.stage, steps: [], parts: [], hidden: false });

  // The leaves of an agency, worked out again where the lines are there, and what of them the tables state otherwise.
  function leavesOf(year, agency, found) {
    return year.leaves.map((leaf) => {
      const stated = year.scores.get(`${agency}\n${leaf.code}`);
      if (!stated) return found.scores.faults.push([agency, leaf.code, "–", "–"]), null;
      if (!year.lines.size) return { leaf, ...asStated(stated), stated, fits: true };
      const made = leafOf(year, leaf, agency, found.lines);
      found.parts.faults.push(...made.parts.filter((one) => !one.fits).map((one) => [agency, leaf.code, one.stated ?? "–", one.points ? fixed(one.points, SHOWN, "half-up") : "–"]));
      if (leaf.part !== "appraisal" && made.applicable) found.parts[made.hidden ? "hidden" : "counted"] += 1;
      // What hidden answers gave is taken as stated, where it can be so at all; else it stays apart from the statement.
      const told = made.hidden && made.outOf && stated.points !== null ? fraction(stated.points) : null;
      if (told && compare(told, ZERO) >= 0 && compare(told, made.outOf) <= 0) made.points = told;
      const same = [[made.applicable, stated.applicable], [shown(year, made.points), stated.points], [shown(year, made.outOf), stated.out_of], [made.stage, stated.stage]];
      const fits = same.every(([one, other]) => one === other);
      if (!fits) found.scores.faults.push([agency, leaf.code, stated.points ?? "–", shown(year, made.points) ?? "–"]);
      found.scores.counted += 1;
      return { leaf, ...made, stated, fits };
    });
  }

  const boardLeaf = ({ leaf, points, outOf }) => ({ code: leaf.code, part: leaf.part, points: text(points), out_of: text(outOf) });

  // The areas of an agency, a bonus apart from their index, as its own table has them.
  function judgeAreas(year, tables, agency, leaves, found) {
    const { decimals, rounding } = year.policy.index;
    for (const stated of tables.areas.filter((one) => one.agency === agency)) {
      const own = leaves.filter((one) => one.leaf.area === stated.area);
      const kinds = ["appraisal", "survey", "sipas"];
      const [whole, apart] = [own, own.filter((one) => one.leaf.rule.type !== "bonus")].map((some) => part(some.map(boardLeaf), kinds));
      const index = apart.index && fixed(apart.index, decimals, rounding);
      const same = shown(year, whole.points) === stated.points && shown(year, whole.outOf) === stated.out_of && index === stated.index;
      if (!same) found.sums.faults.push([agency, stated.area, stated.index ?? "–", index ?? "–"]);
    }
  }

  // What the limits of bonuses cut from an agency's points, as a leaf of its own, and where its table states otherwise.
  function cutLeaf(year, tables, agency, leaves, found) {
    const rows = (tables.bonus_limits ?? []).filter((one) => one.agency === agency);
    const total = rows.reduce((sum, row) => {
      const own = leaves.filter((one) => row.codes.split(" ").includes(one.leaf.code) && one.points !== null && one.outOf !== null);
      const points = own.reduce((all, one) => add(all, one.points), ZERO);
      const upto = row.most === null ? points : least(points, fraction(row.most));
      const bounded = row.least === null ? upto : most(upto, fraction(row.least));
      const cut = add(bounded, negative(points));
      if (shown(year, points) !== row.points || shown(year, cut) !== row.cut) found.sums.faults.push([agency, row.codes, row.cut, shown(year, cut)]);
      return add(sum, cut);
    }, ZERO);
    return { code: "", part: "appraisal", points: text(total), out_of: "0" };
  }

  // Compare computed results with a table of results, field by field.
  function judgeResults(computed, stated, names, faults) {
    const known = by(stated, "agency");
    for (const one of computed) {
      const row = known.get(one.agency);
      known.delete(one.agency);
      const apart = names.filter((name) => row?.[name] !== one[name]);
      faults.push(...apart.map((name) => [one.agency, name, String(row?.[name] ?? "–"), String(one[name] ?? "–")]));
    }
    faults.push(...[...known.keys()].map((agency) => [agency, "rank", "–", "–"]));
  }

  const FIELDS = ["points", "out_of", "index", "rank", "grade"];

  // Work the year out again from the tables of its bundle and compare with all that they state.
  function judge(tables) {
    const year = yearOf(tables);
    const found = {
      lines: { follow: 0, weighed: 0, decided: 0, unanswered: 0, faults: [] },
      parts: { counted: 0, hidden: 0, faults: [] },
      scores: { counted: 0, faults: [] },
      sums: { counted: tables.agencies.length, faults: [] },
      signed: { version: null, faults: [] },
    };
    const leaves = new Map(tables.agencies.map(({ agency }) => [agency, leavesOf(year, agency, found).filter(Boolean)]));
    const blurred = new Set(year.exact ? (tables.survey_parts ?? []).filter((one) => one.hidden).map((one) => one.agency) : []);
    for (const [agency, own] of leaves) if (!blurred.has(agency)) judgeAreas(year, tables, agency, own, found);
    const grades = tables.grades.map((one) => ({ id: one.grade, from: one.from_index }));
    const agencies = tables.agencies.map(({ agency, ranked }) => ({ agency, ranked, leaves: [...leaves.get(agency).map(boardLeaf), cutLeaf(year, tables, agency, leaves.get(agency), found)] }));
    const computed = effects({ policy: year.policy, grades, agencies }, null, {});
    const sure = computed.filter((one) => !blurred.has(one.agency));
    const names = blurred.size ? FIELDS.slice(0, 3) : FIELDS;
    judgeResults(sure, tables.results.filter((one) => !blurred.has(one.agency)), names, found.sums.faults);
    const last = tables.versions.reduce((most, one) => (most && most.version > one.version ? most : one), null);
    if (last) {
      found.signed.version = last;
      judgeResults(tables.results, tables.versions_results.filter((one) => one.version === last.version), FIELDS, found.signed.faults);
    }
    return { year, found, computed, leaves, blurred };
  }

  window.parindexProof = { judge };

  // --- the page ----------------------------------------------------------------------------------------------------

  const place = document.getElementById("pi-prove");
  if (!place) return;
  const language = document.documentElement.lang;
  const sizes = Object.fromEntries(place.dataset.tables.split(" ").map((one) => one.split(":")));
  const said = document.getElementById("pi-prove-said");
  const outcome = document.getElementById("pi-prove-found");
  const words = Object.fromEntries([...document.querySelectorAll("#pi-prove-words li")].map((one) => [one.dataset.key, one.textContent]));

  // Words of the page with figures in the places %1, %2 ...; of one thing, the words for one where there are such.
  const say = (key, ...figures) => ((figures[0] === "1" && words[`${key}-one`]) || (words[key] ?? key)).replace(/%([1-9])/g, (sign, at) => figures[at - 1] ?? sign);
  const digits = (value) => String(value).replace(".", place.dataset.decimal);
  const titled = (row, name) => row?.[`${name}_${language}`] ?? row?.[`${name}_vi`] ?? "";

  function element(tag, text, ...children) {
    const made = document.createElement(tag);
    made.append(text, ...children);
    return made;
  }

  function classed(made, name) {
    made.className = name;
    return made;
  }

  const address = (path) => new URL(path, new URL(place.dataset.sums, window.location.href)).href;

  async function fetched(path) {
    const answer = await fetch(address(path));
    if (!answer.ok) throw new Error(path);
    return answer.arrayBuffer();
  }

  // The tables, and whether each file has the checksum of the list: null where this browser cannot tell.
  async function loaded(names) {
    const sums = new TextDecoder().decode(await fetched("SHA256SUMS"));
    const listed = new Map(sums.split("\n").map((line) => [line.slice(66), line.slice(0, 64)]));
    const [tables, wrong] = [{}, []];
    for (const [at, name] of names.entries()) {
      said.textContent = say("loading", String(at + 1), String(names.length));
      const path = `json/${name}.json`;
      const data = await fetched(path);
      tables[name] = JSON.parse(new TextDecoder().decode(data)).rows;
      if (!window.crypto?.subtle) continue;
      const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", data));
      if ([...digest].map((one) => one.toString(16).padStart(2, "0")).join("") !== listed.get(path)) wrong.push([path, "", "", ""]);
    }
    return { tables, wrong: window.crypto?.subtle ? wrong : null };
  }

  // --- one criterion in figures ------------------------------------------------------------------------------------

  const share = ([above, below]) => digits(fixed([above * 100n, below], 2, "half-up"));
  const itemsOf = (rule) => rule.options ?? rule.items ?? rule.faults ?? {};
  const itemTitle = (item) => item.title?.[language] ?? item.title?.vi ?? "";

  // An answer in figures, as its rule counts it.
  function working(leaf, answer) {
    const { rule } = leaf;
    const items = itemsOf(rule);
    if (answer === undefined) return rules.isWeighed(rule) ? say("weighed", digits(rule.step)) : "";
    if (typeof answer === "string") return itemTitle(items[answer]);
    if (answer instanceof Num) return `${digits(answer.text)} ${rule.unit ?? ""}`.trim();
    if (Array.isArray(answer)) return answer.map((id) => `${digits(items[id].points)} (${itemTitle(items[id])})`).join(" + ");
    if (rule.inputs) return Object.entries(answer).map(([id, figure]) => `${itemTitle(rule.inputs[id])}: ${digits(figure.text)}`).join("; ");
    if (!("assigned" in answer)) return Object.entries(answer).map(([id, count]) => `${count.text} × ${digits(items[id].points)} (${itemTitle(items[id])})`).join("; ");
    if (answer.assigned.text === "0") return say("nothing");
    const ratio = over(fraction(answer.done.text), fraction(answer.assigned.text));
    const times = rule.type === "proportional" ? `; ${say("limits", digits(rule.full_from), digits(rule.zero_below), digits(leaf.out_of))}` : "";
    return `${answer.done.text} ÷ ${answer.assigned.text} = ${share(ratio)}%${times}`;
  }

  function groupTold(made, one) {
    const title = titled(made.year.groups.get(one.group), "title");
    if (one.hidden) return `${title}: ${say("hidden")}`;
    if (one.left) return `${title}: ${say(one.left)}`;
    const points = digits(fixed(one.points, SHOWN, "half-up"));
    return one.mean ? `${title}: ${share(one.mean)}% × ${digits(one.outOf)} = ${points}` : `${title}: ${points}`;
  }

  function leafTold(made, one) {
    if (!one.applicable) return [say("not-applicable")];
    if (one.parts.length) return one.parts.map((group) => groupTold(made, group));
    if (!one.deciding) return [say("no-line")];
    if (one.deciding.claims) return [say("claim")];
    const stage = say("stage", words[`stage.${one.stage}`] ?? one.stage);
    return [`${stage} ${working(one.leaf, one.deciding.standing)}`.trim()];
  }

  const over100 = (points, outOf) => (points === null ? "–" : `${digits(points)}/${digits(outOf)}`);

  function leafShown(made, one) {
    const { leaf, stated } = one;
    const item = element("li", element("b", `${leaf.code} ${titled(leaf.row, "title")}`));
    const value = classed(element("span", `${over100(stated.points, stated.out_of)} ${one.fits ? "✓" : "✗"}`), "v");
    const facts = element("div", "", ...leafTold(made, one).map((text) => element("p", text)));
    if (!one.fits) facts.append(element("p", say("leaf-apart", digits(stated.points ?? "–"), digits(shown(made.year, one.points) ?? "–"))));
    item.append(value, facts);
    return item;
  }

  // The criteria of an agency, written when a reader opens them.
  function agencyShown(made, row, own) {
    const box = classed(element("details", element("summary", titled(row, "name"))), "pi-leaf");
    box.addEventListener("toggle", () => {
      if (box.children.length > 1) return;
      const sum = made.computed.find((one) => one.agency === row.agency);
      if (sum.index !== null) box.append(element("p", say("sum", digits(sum.points), digits(sum.out_of), digits(sum.index))));
      box.append(classed(element("ol", "", ...own.map((one) => leafShown(made, one))), "pi-road"));
    });
    return box;
  }

  // --- what was found ----------------------------------------------------------------------------------------------

  // One thing that was checked: what agrees, after what does not.
  function step(told, faults = [], key = "leaf-apart", names = new Map()) {
    const fine = !faults.length;
    const item = element("li", "", classed(element("b", fine ? "✓ " : "✗ "), fine ? "pi-fits" : "pi-apart"), fine ? told : `${say("apart", String(faults.length))} ${told}`);
    const each = ([agency, what, stated, computed]) => `${[titled(names.get(agency), "short") || agency, words[`field.${what}`] ?? what].filter(Boolean).join(", ")}: ${say(key, digits(stated), digits(computed))}`;
    if (!fine) item.append(element("ul", "", ...faults.slice(0, MOST_TOLD).map((one) => element("li", each(one)))));
    return item;
  }

  function stepsShown(made, tables, files, wrong) {
    const { lines, parts, scores, sums, signed } = made.found;
    const names = by(tables.agencies, "agency");
    const bytes = files.reduce((sum, name) => sum + Number(sizes[name]), 0);
    const size = Math.ceil(bytes / 1000).toLocaleString(language);
    const found = [step(say(wrong ? "files" : "files-unsummed", String(files.length), size), wrong ?? [], "file-apart")];
    if (made.year.lines.size) {
      found.push(step(say("lines", String(lines.follow), String(lines.weighed), String(lines.decided + lines.unanswered)), lines.faults, "line-apart", names));
      if (parts.counted + parts.hidden) found.push(step(say("parts", String(parts.counted), String(parts.hidden)), parts.faults, "leaf-apart", names));
      found.push(step(say("scores", String(scores.counted)), scores.faults, "leaf-apart", names));
    }
    found.push(step(say(made.blurred.size ? "sums-blurred" : "sums", String(sums.counted), String(made.blurred.size)), sums.faults, "leaf-apart", names));
    const { version } = signed;
    const day = version?.decision_date?.split("-").reverse().join("/") ?? "";
    found.push(version ? step(say("signed", version.decision_number, day), signed.faults, "signed-apart", names) : step(say("unsigned")));
    return found;
  }

  function ranking(made, tables) {
    const [names, stated] = [by(tables.agencies, "agency"), by(tables.results, "agency")];
    const heads = ["agency", "working", "rank", "stated"].map((key) => Object.assign(element("th", say(`head.${key}`)), { scope: "col" }));
    const rows = made.computed.map((one) => {
      const row = stated.get(one.agency);
      const index = one.index === null ? "–" : `${digits(one.points)} ÷ ${digits(one.out_of)} = ${digits(one.index)}%`;
      const same = row && row.index === one.index && (made.blurred.size > 0 || row.rank === one.rank);
      const mark = made.blurred.has(one.agency) ? "" : same ? " ✓" : " ✗"; // of hidden answers only the points are public
      const cells = [index, String(one.rank ?? "–"), `${digits(row?.index ?? "–")}%, ${row?.rank ?? "–"}${mark}`];
      const head = Object.assign(element("th", titled(names.get(one.agency), "name")), { scope: "row" });
      return element("tr", head, ...cells.map((cell) => element("td", cell)));
    });
    const table = classed(element("table", element("caption", say("table")), element("thead", element("tr", "", ...heads)), element("tbody", "", ...rows)), "pi-table");
    const box = classed(element("div", table), "pi-scroll");
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", say("table"));
    return box;
  }

  function show(tables, files, wrong) {
    const made = judge(tables);
    const apart = Object.values(made.found).reduce((sum, one) => sum + one.faults.length, wrong?.length ?? 0);
    said.textContent = apart ? say("unsound", String(apart)) : say("sound");
    said.className = apart ? "pi-verdict pi-apart" : "pi-verdict pi-fits";
    const own = tables.agencies.slice().sort((one, other) => made.computed.findIndex((a) => a.agency === one.agency) - made.computed.findIndex((a) => a.agency === other.agency));
    const details = made.year.lines.size ? [element("h2", say("h-agencies")), ...own.map((row) => agencyShown(made, row, made.leaves.get(row.agency)))] : [];
    outcome.replaceChildren(element("h2", say("h-steps")), element("ol", "", ...stepsShown(made, tables, files, wrong)), element("h2", say("table")), ranking(made, tables), ...details);
  }

  const begin = document.getElementById("pi-prove-begin");
  const further = document.getElementById("pi-prove-further");

  async function prove(names) {
    begin.disabled = true;
    outcome.setAttribute("aria-busy", "true");
    try {
      const { tables, wrong } = await loaded(names);
      // Points of the survey that are not rounded are in none of the light tables, so all are needed.
      if (names !== all && tables.year.some((row) => row.leaf === "exact")) return void (await prove(all));
      show(tables, names, wrong);
      further.hidden = names.length === Object.keys(sizes).length;
    } catch (error) {
      said.textContent = window.location.protocol === "file:" ? say("disk") : say("failed", error instanceof SyntaxError ? "JSON" : error.message);
    }
    begin.disabled = false;
    outcome.setAttribute("aria-busy", "false");
  }

  const all = Object.keys(sizes);
  const few = all.filter((name) => !DEEP.test(name));
  const heavy = all.reduce((sum, name) => sum + Number(sizes[name]), 0) > LIGHT;
  begin.addEventListener("click", () => prove(heavy ? few : all));
  further.addEventListener("click", () => prove(all));
  place.hidden = false;
})();
