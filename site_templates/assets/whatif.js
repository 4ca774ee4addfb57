// What if: given scores and the cheapest way to a grade or a rank, on exact integers, as `parindex whatif` works it out.
// tests/examples/whatif.json holds the cases that this file and the command both pass. Nothing is sent anywhere.
(function () {
  "use strict";

  const { fraction, add, compare, rounded, fixed } = window.parindexExact;
  const { withPoints, inOrder, rankAmong, effects } = window.parindexRanking;

  // --- the cheapest way --------------------------------------------------------------------------------------------

  function bits(number) {
    return number === 0n ? 0 : number.toString(2).length;
  }

  function lowest(sums, least) {
    const above = sums >> BigInt(least);
    return least + bits(above & -above) - 1;
  }

  function raised(sums, rises) {
    return rises.reduce((found, rise) => found | (sums << BigInt(rise)), 0n);
  }

  // For the criteria from each one on, the sums that exactly so many of them reach, as the bits of a number.
  function layers(values, most, limit) {
    const mask = (1n << BigInt(limit + 1)) - 1n;
    const found = [[1n, ...Array(most).fill(0n)]];
    for (const rises of values.slice().reverse()) {
      const rest = found[found.length - 1];
      found.push(rest.map((sums, count) => (count ? sums | (raised(rest[count - 1], rises) & mask) : sums)));
    }
    return found.reverse();
  }

  function firstCount(values, total) {
    for (let most = Math.min(4, values.length); ; most = Math.min(2 * most + 4, values.length)) {
      const found = layers(values, most, total);
      const count = found[0].findIndex((sums) => (sums >> BigInt(total)) & 1n);
      if (count >= 0) return [count, found];
    }
  }

  // By how many steps to raise which criteria so that `need` steps are gained; null if none will do. By points: the
  // fewest steps, then the fewest criteria; by count the other way round; then the earlier one, as far as it will.
  function cheapest(gains, need, by) {
    if (need <= 0) return {};
    const names = Object.keys(gains).sort(byCode);
    const values = names.map((name) => gains[name].slice().sort((one, other) => one - other));
    const largest = values.map((rises) => rises[rises.length - 1]).sort((one, other) => other - one);
    if (largest.reduce((sum, rise) => sum + rise, 0) < need) return null;
    const limit = need + largest[0];
    let total, count, found;
    if (by === "count") {
      count = 0;
      for (let gained = 0; gained < need; count += 1) gained += largest[count];
      found = layers(values, count, limit);
      total = lowest(found[0][count], need);
    } else {
      const mask = (1n << BigInt(limit + 1)) - 1n;
      total = lowest(values.reduce((sums, rises) => sums | (raised(sums, rises) & mask), 1n), need);
      [count, found] = firstCount(values, total);
    }
    const chosen = {};
    names.forEach((name, place) => {
      if (!count) return;
      const rest = found[place + 1][count - 1];
      const rise = values[place].slice().reverse().find((one) => one <= total && (rest >> BigInt(total - one)) & 1n);
      if (rise === undefined) return;
      chosen[name] = rise;
      total -= rise;
      count -= 1;
    });
    return chosen;
  }

  function byCode(one, other) {
    const [left, right] = [one, other].map((code) => code.split(".").map(Number));
    for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
      if (left[place] !== right[place]) return (left[place] ?? -1) - (right[place] ?? -1);
    }
    return 0;
  }

  function units(text, decimals) {
    return Number(rounded(fraction(text), decimals, "down")[0]); // points have the year's decimals at most: nothing is cut
  }

  const stepped = (steps, decimals) => [BigInt(steps), 10n ** BigInt(decimals)];

  function attainable(leaf, decimals) {
    return leaf.attainable.flatMap(([first, last, step]) => {
      const [low, high, wide] = [first, last, step].map((text) => units(text, decimals));
      return wide ? Array.from({ length: (high - low) / wide + 1 }, (_, place) => low + place * wide) : [low];
    });
  }

  // The least points that reach a goal, {grade: id} or {rank: number}, and the criteria to raise, with their new points.
  function plan(board, agency, set, goal, by) {
    const { decimals, rounding } = board.policy.points;
    const own = board.agencies.find((one) => one.agency === agency);
    const raisable = own.leaves.filter((leaf) => leaf.points !== null && leaf.part === "appraisal" && leaf.out_of !== "0" && leaf.planned !== false && !(leaf.code in set));
    const gains = {};
    for (const leaf of raisable) {
      const here = units(leaf.points, decimals);
      const rises = attainable(leaf, decimals).map((there) => there - here).filter((rise) => rise > 0);
      if (rises.length) gains[leaf.code] = rises;
    }
    const wanted = goal.grade && fraction(board.grades.find((one) => one.id === goal.grade).from);

    const others = inOrder(board, board.agencies.filter((one) => one.agency !== agency).map((one) => withPoints(board, one, {})));

    function reaches(steps) {
      const given = { ...set };
      if (steps && raisable.length) {
        const sum = add(fraction(raisable[0].points), stepped(steps, decimals));
        given[raisable[0].code] = `${sum[0]}/${sum[1]}`;
      }
      const entry = withPoints(board, own, given);
      entry.rank = rankAmong(others, entry);
      if (wanted) return entry.grade !== null && compare(fraction(entry.grade.from), wanted) >= 0;
      return entry.rank !== null && entry.rank <= goal.rank;
    }

    const most = Object.values(gains).reduce((sum, rises) => sum + Math.max(...rises), 0);
    if (!reaches(most)) return { need: null, moves: null };
    let [low, high] = [-1, most];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (reaches(middle)) high = middle;
      else low = middle;
    }
    const chosen = cheapest(gains, high, by);
    const text = (steps) => fixed(stepped(steps, decimals), decimals, rounding);
    const moves = chosen && {};
    for (const leaf of raisable) {
      if (chosen && leaf.code in chosen) moves[leaf.code] = text(units(leaf.points, decimals) + chosen[leaf.code]);
    }
    return { need: text(high), moves };
  }

  window.parindexWhatIf = { effects, plan, cheapest };

  // --- the page ----------------------------------------------------------------------------------------------------

  const form = document.getElementById("pi-whatif");
  const board = window.parindexBoard;
  if (!form || !board) return;
  const agency = form.dataset.agency;
  const own = board.agencies.find((one) => one.agency === agency);
  own.leaves = window.parindexLeaves;
  const leaves = Object.fromEntries(own.leaves.map((leaf) => [leaf.code, leaf]));
  const { decimals, rounding } = board.policy.points;
  const fields = {};

  function shown(text) {
    return text.replace(".", form.dataset.decimal);
  }

  function exact(leaf) {
    return fixed(fraction(leaf.points), decimals, rounding);
  }

  function field(leaf, label) {
    if (leaf.part !== "appraisal" || leaf.planned === false) return typed(leaf, label); // any points may be asked for
    const points = attainable(leaf, decimals);
    const select = document.createElement("select");
    const keep = document.createElement("option");
    keep.value = "";
    keep.textContent = shown(exact(leaf));
    select.append(keep);
    for (const one of points.reverse()) {
      const text = fixed(stepped(one, decimals), decimals, rounding);
      if (text === exact(leaf)) continue;
      const option = document.createElement("option");
      option.value = text;
      option.textContent = shown(text);
      select.append(option);
    }
    select.setAttribute("aria-label", label);
    return select;
  }

  function typed(leaf, label) {
    const input = document.createElement("input");
    input.inputMode = "decimal";
    input.maxLength = 8;
    input.placeholder = shown(exact(leaf));
    input.setAttribute("aria-label", label);
    return input;
  }

  // The points that a field asks for; "" where it leaves what stands, null where they are none the criterion can have.
  function asked(code) {
    const text = fields[code].value.trim().replace(",", ".");
    if (!text) return "";
    if (!/^\d{1,4}(?:\.\d{1,6})?$/.test(text) || (text.split(".")[1] || "").length > decimals) return null;
    return compare(fraction(text), fraction(leaves[code].out_of)) > 0 ? null : text;
  }

  function given() {
    const set = {};
    for (const code of Object.keys(fields)) {
      const points = asked(code);
      if (fields[code].tagName === "INPUT") fields[code].setAttribute("aria-invalid", String(points === null));
      if (points) set[code] = points;
    }
    return set;
  }

  const goal = form.elements.namedItem("dich");
  const by = form.elements.namedItem("theo");
  const said = document.getElementById("pi-whatif-said");
  const way = document.getElementById("pi-whatif-way");

  function cell(row, name, before, after) {
    const place = row.querySelector(`[data-figure="${name}"]`);
    if (!place) return; // a year without grades
    place.replaceChildren();
    if (before !== after) {
      const old = document.createElement("s");
      const fresh = document.createElement("strong");
      old.textContent = before;
      fresh.textContent = after;
      place.append(old, " → ", fresh);
    } else place.textContent = after;
  }

  function told(entry) {
    const grade = entry.grade === null ? "–" : form.querySelector(`[data-grade="${entry.grade}"]`).textContent;
    return { rank: entry.rank === null ? "–" : String(entry.rank), points: shown(entry.points), index: entry.index === null ? "–" : shown(entry.index), grade };
  }

  function show() {
    const set = given();
    const before = Object.fromEntries(effects(board, agency, {}).map((entry) => [entry.agency, told(entry)]));
    const body = form.querySelector(".pi-effects tbody");
    for (const entry of effects(board, agency, set)) {
      const row = body.querySelector(`[data-agency="${entry.agency}"]`);
      if (!row) continue; // of many agencies the page shows some
      const after = told(entry);
      for (const name of Object.keys(after)) cell(row, name, before[entry.agency][name], after[name]);
      body.append(row);
      if (entry.agency === agency) said.textContent = said.dataset.words.replace("#", after.rank).replace("%", after.index);
    }
    showWay(set);
    keepView(set);
  }

  function showWay(set) {
    way.replaceChildren();
    if (!goal.value) return;
    const [kind, name] = goal.value.split(":");
    const found = plan(board, agency, set, kind === "hang" ? { rank: Number(name) } : { grade: name }, by.value);
    const head = document.createElement("p");
    way.append(head);
    if (found.moves === null) head.textContent = way.dataset.never;
    else if (!Object.keys(found.moves).length) head.textContent = way.dataset.there;
    else {
      head.textContent = way.dataset.need.replace("%", shown(found.need));
      const list = document.createElement("ul");
      for (const code of Object.keys(found.moves).sort(byCode)) {
        const item = document.createElement("li");
        item.textContent = `${fields[code].dataset.title}: ${shown(exact(leaves[code]))} → ${shown(found.moves[code])}`;
        list.append(item);
      }
      way.append(list);
    }
  }

  // The address keeps what was asked, so that it can be shared.
  function keepView(set) {
    const view = new URLSearchParams(set);
    if (goal.value) view.set("dich", goal.value);
    if (by.value !== "points") view.set("theo", by.value);
    const words = view.toString();
    try {
      window.history.replaceState(null, "", (words ? `?${words}` : window.location.pathname) + window.location.hash);
    } catch {
      return; // a page on a disk may not be renamed in some browsers
    }
  }

  const view = new URLSearchParams(window.location.search);
  for (const place of form.querySelectorAll("[data-code]")) {
    const leaf = leaves[place.dataset.code];
    if (leaf.points === null || leaf.out_of === null) continue;
    const one = field(leaf, place.dataset.title);
    one.dataset.title = place.dataset.title;
    const wanted = view.get(leaf.code) || "";
    if (one.tagName === "INPUT") one.value = shown(wanted).slice(0, 8);
    else if (Array.from(one.options).some((option) => option.value === wanted)) one.value = wanted;
    fields[leaf.code] = one;
    place.replaceChildren(one);
  }
  for (const [one, name] of [[goal, "dich"], [by, "theo"]]) {
    const wanted = view.get(name);
    if (Array.from(one.options).some((option) => option.value === wanted)) one.value = wanted;
  }
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("pi-whatif-again").addEventListener("click", () => {
    for (const one of Object.values(fields)) one.value = "";
    goal.value = "";
    show();
  });
  for (const part of form.querySelectorAll("[data-live]")) part.hidden = false;
  show();
})();
