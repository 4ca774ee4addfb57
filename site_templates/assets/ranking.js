// The ranking of agencies from their points, on exact integers, as pipeline/core/index/scoring.py has it: sums, index, rank
// and grade. Pages that try out points or prove the published ones have a board: policy, grades, agencies with leaves.
(function () {
  "use strict";
  const { fraction, add, times, over, compare, rounded, fixed } = window.parindexExact;
  const ZERO = [0n, 1n];
  const HUNDRED = [100n, 1n];

  // The sum of some leaves: what is earned, of how much, and the index within 0..100.
  function part(leaves, kinds) {
    const counted = leaves.filter((leaf) => leaf.points !== null && leaf.out_of !== null && kinds.includes(leaf.part));
    const sum = (name) => counted.reduce((total, leaf) => reduced(add(total, fraction(leaf[name]))), ZERO);
    const [points, outOf] = [sum("points"), sum("out_of")];
    return { points, outOf, index: outOf[0] === 0n ? null : within(over(times(HUNDRED, points), outOf)) };
  }

  // A fraction with smaller numbers, so that long sums stay quick.
  function reduced([above, below]) {
    let [one, other] = [above < 0n ? -above : above, below];
    while (other) [one, other] = [other, one % other];
    return one > 1n ? [above / one, below / one] : [above, below];
  }

  function within(index) {
    if (index[0] < 0n) return ZERO;
    return compare(index, HUNDRED) > 0 ? HUNDRED : index;
  }

  function summed(board, agency, leaves) {
    const { index: how, rank } = board.policy;
    const total = part(leaves, ["appraisal", "survey", "sipas"]);
    const published = total.index && rounded(total.index, how.decimals, how.rounding);
    const compared = rank.on === "exact" ? total.index : published;
    const ties = Array.isArray(rank.ties) ? rank.ties.map((kind) => part(leaves, [kind]).index || ZERO) : [];
    const grade = compared && board.grades.find((one) => compare(compared, fraction(one.from)) >= 0);
    return { agency: agency.agency, total, compared, grade: grade || null, key: agency.ranked && compared ? [compared, ...ties] : null };
  }

  function compareKeys(one, other) {
    return one.reduce((found, number, place) => found || compare(number, other[place]), 0);
  }

  // One agency with some other points; a code of `set` replaces what stands.
  function withPoints(board, one, set) {
    return summed(board, one, one.leaves.map((leaf) => (leaf.code in set ? { ...leaf, points: set[leaf.code] } : leaf)));
  }

  // The keys of some agencies, the best first; where equal ones count once, each of them once.
  function inOrder(board, entries) {
    const keys = entries.filter((entry) => entry.key).map((entry) => entry.key).sort((one, other) => compareKeys(other, one));
    return board.policy.rank.ties === "dense" ? keys.filter((key, place) => !place || compareKeys(key, keys[place - 1])) : keys;
  }

  // The rank of an agency among keys in order: behind all that are better, found by halving.
  function rankAmong(keys, entry) {
    if (!entry.key) return null;
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (compareKeys(keys[middle], entry.key) > 0) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  // Everyone with some other points of one agency, in the order of the ranking.
  function ranked(board, agency, set) {
    const entries = board.agencies.map((one) => withPoints(board, one, one.agency === agency ? set : {}));
    const keys = inOrder(board, entries);
    for (const entry of entries) entry.rank = rankAmong(keys, entry);
    return entries.sort(
      (one, other) =>
        (one.rank === null) - (other.rank === null) || (one.rank || 0) - (other.rank || 0) || (one.agency < other.agency ? -1 : 1),
    );
  }

  function effects(board, agency, set) {
    const { points, index } = board.policy;
    return ranked(board, agency, set).map((entry) => ({
      agency: entry.agency,
      points: fixed(entry.total.points, points.decimals, points.rounding),
      out_of: fixed(entry.total.outOf, points.decimals, points.rounding),
      index: entry.total.index && fixed(entry.total.index, index.decimals, index.rounding),
      rank: entry.rank,
      grade: entry.grade && entry.grade.id,
    }));
  }

  window.parindexRanking = { part, withPoints, inOrder, rankAmong, effects };
})();
