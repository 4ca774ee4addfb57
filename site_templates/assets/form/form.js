// The behaviour of a form page: what is typed becomes the content of one file, kept in this browser until it is taken away.
// Nothing is sent anywhere. Numbers are exact (exact.js), points follow the rules (rules.js), laws.js says what is wrong.
(function () {
  "use strict";
  const { Num, fraction, add, compare, fixed, literal, over, times, typed, read, write } = window.parindexExact;
  const rules = window.parindexRules;
  const laws = window.parindexLaws;
  const files = window.parindexFiles;
  const data = read(document.getElementById("data").textContent);
  const { identity, words } = data;
  const { stage } = identity;
  const { kind } = data; // of the stage: claim, appraise, explain, decide, or survey
  const KEY = ["parindex", identity.year, stage, identity.group ?? identity.body ?? "-", identity.agency].join("/");
  const DRAFT = `${KEY}/${identity.rules}/${identity.schema}`;
  const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]/g;
  let state;
  let draft = null; // the draft as this tab last read or wrote it; another tab of the form shares it
  const held = new Map(); // sha256 -> a file of evidence and what was said of it, as long as this page is open
  let picked = {}; // sha256 -> name, bytes and type: kept with the draft, so that a closed page can say what to pick again
  let stood = identity.file; // the file that the content began from: whoever takes it in can see that another stands there now

  const part = (name, within = document) => within.querySelector(`[data-part="${name}"]`);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Num);
  const copy = (value) => read(write(value));
  const shown = (text) => String(text).replace(".", ",");
  const day = (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? text.split("-").reverse().join("/") : text);
  const clock = (date) => `${date.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" })} ${date.toLocaleDateString("vi-VN")}`;
  const say = (key, figures = {}) => ((String(figures.count ?? figures.points) === "1" && words[`${key}-one`]) || words[key]).replace(/\{(\w+)\}/g, (hole, name) => figures[name] ?? hole);
  const tell = (text) => (part("status").textContent = text);

  // --- the content: one file as JSON, reached by pointers -----------------------------------------------------------

  const fresh = () => (data.content === null ? { format: new Num("1"), ...(kind === "survey" ? {} : { lines: {} }) } : copy(data.content));

  function get(pointer) {
    let here = state;
    for (const step of pointer.split("/").slice(1)) {
      if (here === null || typeof here !== "object" || here instanceof Num || !Object.hasOwn(here, step)) return undefined;
      here = here[step];
    }
    return here;
  }

  // Put a value where a pointer leads, or take away what stands there, and what is empty above it then.
  function set(pointer, value) {
    const steps = pointer.split("/").slice(1);
    const way = [state];
    for (const [index, step] of steps.slice(0, -1).entries()) {
      const here = way[index];
      const inside = here[step];
      if (inside === null || typeof inside !== "object" || inside instanceof Num || (Array.isArray(inside) && !/^\d+$/.test(steps[index + 1]))) {
        if (value === undefined) return;
        here[step] = {};
      }
      way.push(here[step]);
    }
    if (value !== undefined) {
      way.at(-1)[steps.at(-1)] = value;
      return;
    }
    for (let index = steps.length - 1; index >= 0; index -= 1) {
      if (Array.isArray(way[index]) || steps[index] === "lines") return;
      delete way[index][steps[index]];
      if (Object.keys(way[index]).length) return;
    }
  }

  // --- from content to page -----------------------------------------------------------------------------------------

  const SHOW = {
    line: (el, value) => (el.value = value instanceof Num ? value.text : typeof value === "string" ? value : ""),
    text: (el, value) => (el.value = isMap(value) ? value.vi ?? "" : value instanceof Num ? value.text : typeof value === "string" ? value : ""),
    number: (el, value) => (el.value = value instanceof Num ? shown(value.text) : typeof value === "string" ? value : ""),
    date: (el, value) => (el.value = typeof value === "string" ? day(value) : ""),
    flag: (el, value) => (el.checked = value === true),
    option: (el, value) => (el.checked = (typeof value === "string" ? value : "") === el.value),
    item: (el, value) => (el.checked = Array.isArray(value) && value.includes(el.value)),
    "empty-list": (el, value) => (el.checked = Array.isArray(value) && value.length === 0),
    "empty-counts": (el, value) => (el.checked = isMap(value) && Object.keys(value).length === 0),
    "leave-out": (el, value) => (el.checked = value !== undefined),
  };
  const show = (el) => SHOW[el.dataset.kind](el, get(el.dataset.path));
  const leafOf = (el) => el.closest("[data-code]");

  function showDocuments(list) {
    const path = list.dataset.list;
    const rows = part("rows", list);
    const known = get(path);
    rows.replaceChildren();
    for (const index of (Array.isArray(known) ? known : []).keys()) {
      const row = part("document").content.cloneNode(true);
      part("item-title", row).textContent = say("item", { number: index + 1 });
      for (const el of all("[data-key]", row)) el.dataset.path = `${path}/${index}/${el.dataset.key}`;
      for (const button of all("button", row)) button.dataset.index = index;
      part("file", row).textContent = fileText(known[index]?.sha256);
      rows.append(row);
    }
  }

  function showAll(within = document) {
    all("[data-list]", within).forEach(showDocuments);
    all("[data-path]", within).forEach(show);
    all("[data-code]", within.matches?.("[data-code]") ? within.parentNode : within).forEach(refresh);
    all("[data-question]", within).forEach(addUp);
  }

  // --- points while typing ------------------------------------------------------------------------------------------

  function refresh(leaf) {
    const { code } = leaf.dataset;
    const out = get(`/lines/${code}/not_applicable`) !== undefined;
    for (const box of all('[data-part="leave-out-reason"]', leaf)) box.hidden = !out;
    const info = data.criteria[code];
    if (!info) return;
    const score = leaf.querySelector(".score");
    if (score) score.hidden = out;
    const answer = get(`/lines/${code}/answer`);
    leaf.classList.toggle("filled", laws.isFilled(state, code, kind));
    leaf.classList.toggle("written", get(`/lines/${code}`) !== undefined || leaf.contains(document.activeElement));
    const percent = part("percent", leaf);
    if (percent) {
      const whole = isMap(answer) && !rules.faults(info.rule, answer).length && fraction(answer.assigned.text)[0] > 0n;
      percent.textContent = whole ? say("percent", { percent: shown(fixed(times([100n, 1n], over(fraction(answer.done.text), fraction(answer.assigned.text))), 2, "half-up")) }) : "";
    }
    const computed = part("computed", leaf);
    if (!computed) return;
    const policy = laws.policyOf(data, info);
    const standing = answer ?? (kind === "claim" || info.standing === null ? undefined : info.standing);
    const points = rules.points(info.rule, standing, policy);
    if (rules.isWeighed(info.rule)) computed.textContent = say("judged", { step: shown(info.rule.step), out_of: shown(info.out_of) });
    else if (standing !== undefined && rules.leavesOut(info.rule, standing)) computed.textContent = say("computed-none");
    else computed.textContent = points === null ? "" : say("computed", { points: shown(fixed(fraction(points), policy.decimals, policy.mode)) });
  }

  // The points of a changed answer go into the score; where nothing was assigned the criterion is left out.
  function fillScore(code) {
    const info = data.criteria[code];
    const line = `/lines/${code}`;
    const answer = get(`${line}/answer`);
    if (!info || (answer === undefined && kind !== "claim")) return;
    const points = rules.points(info.rule, answer, laws.policyOf(data, info));
    const none = answer !== undefined && rules.leavesOut(info.rule, answer) && kind !== "explain";
    if (none && get(`${line}/not_applicable`) === undefined) set(`${line}/not_applicable`, say("nothing-assigned"));
    if (!none && get(`${line}/not_applicable`) === say("nothing-assigned")) set(`${line}/not_applicable`, undefined);
    set(`${line}/score`, points === null || get(`${line}/not_applicable`) !== undefined ? undefined : new Num(points));
  }

  function addUp(question) {
    const counts = get(`/answers/${question.dataset.question}`);
    const total = isMap(counts) ? laws.sum(counts) : [0n, 1n];
    part("sum", question).textContent = say("total", { count: String(total[0] / total[1]) });
  }

  function progress() {
    hideHeadings();
    const codes = Object.keys(data.criteria);
    const wanted = codes.filter((code) => data.criteria[code].wanted);
    const filled = wanted.filter((code) => laws.isFilled(state, code, kind));
    const questions = Object.keys(data.questions);
    const [done, due] = kind === "survey" ? [questions.filter((one) => get(`/answers/${one}`)).length, questions.length] : [filled.length, wanted.length];
    part("progress").textContent = due ? say(kind === "survey" ? "questions" : "progress", { filled: done, wanted: due }) : kind === "decide" ? say("adjusted", { count: Object.keys(state.lines ?? {}).length }) : "";
    part("bar").hidden = due === 0;
    part("bar").max = due || 1;
    part("bar").value = done;
    part("points").textContent = kind === "survey" || kind === "explain" ? "" : total(codes);
    document.querySelector('[data-act="next"]').hidden = due === 0;
  }

  function total(codes) {
    let points = [0n, 1n];
    let outOf = [0n, 1n];
    for (const code of codes) {
      const info = data.criteria[code];
      const line = get(`/lines/${code}`) ?? {};
      const out = line.not_applicable !== undefined || laws.above(state, code) || (line.score === undefined && info.before === "not-applicable");
      if (out) continue;
      outOf = add(outOf, fraction(info.out_of));
      if (line.score instanceof Num) points = add(points, fraction(line.score.text));
      else if (info.before !== null) points = add(points, fraction(info.before));
    }
    const decimals = Number(data.policy.decimals.text);
    return say("points", { points: shown(fixed(points, decimals, data.policy.mode)), out_of: shown(literal(outOf)) });
  }

  // --- from page to content -----------------------------------------------------------------------------------------

  const clean = (text) => text.normalize("NFC").replace(/\r\n?/g, "\n").replace(/\t/g, " ").replace(HIDDEN, "").trim();
  const known = (el) => all(`[data-kind="item"]`, leafOf(el)).filter((one) => one.checked).map((one) => one.value);

  // A day typed as 4/12/2024, 04-12-2024 or 2024-12-04, as the file writes it; anything else stays as it is typed.
  function dated(text) {
    const local = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text);
    return local ? [local[3], local[2].padStart(2, "0"), local[1].padStart(2, "0")].join("-") : text;
  }

  const TAKE = {
    line: (el) => clean(el.value) || undefined,
    text(el, before) {
      const text = clean(el.value);
      if (!text) return el.dataset.path.endsWith("/not_applicable") ? "" : undefined;
      return isMap(before) ? { ...before, vi: text } : text;
    },
    number: (el) => (el.value.trim() ? typed(el.value) ?? clean(el.value) : undefined),
    date: (el) => dated(clean(el.value)) || undefined,
    flag: (el) => el.checked || undefined,
    option: (el) => el.value || undefined,
    item: (el) => (known(el).length ? known(el) : undefined),
    "empty-list": (el) => (el.checked ? [] : undefined),
    "empty-counts": (el) => (el.checked ? {} : undefined),
    "leave-out": (el) => (el.checked ? "" : undefined),
  };

  function take(el) {
    const { path, kind } = el.dataset;
    set(path, TAKE[kind](el, get(path)));
    if (kind === "leave-out" && el.checked) set(path.replace(/not_applicable$/, "score"), undefined);
    const leaf = leafOf(el);
    if (leaf && el.closest('[data-part="answer"]')) fillScore(leaf.dataset.code);
    if (leaf) {
      for (const other of all("[data-path]", leaf)) if (other !== el) show(other);
      refresh(leaf);
      if (leaf.dataset.checked) soon(judge);
    }
    const question = el.closest("[data-question]");
    if (question) addUp(question);
    changed();
  }

  let waiting;
  function changed() {
    soon(progress);
    clearTimeout(waiting);
    waiting = setTimeout(() => soon(keep), 400);
  }

  function keep() {
    clearTimeout(waiting);
    waiting = undefined;
    asked.delete(keep);
    const now = new Date();
    try {
      join();
      draft = JSON.stringify({ saved: now.toISOString(), file: stood, files: picked, content: write(state) });
      localStorage.setItem(DRAFT, draft);
      part("status").dataset.kept = "true";
      tell(say("saved", { time: clock(now) }));
    } catch {
      tell(say("not-saved"));
    }
  }

  // --- another tab of the same form ---------------------------------------------------------------------------------

  const contentOf = (text) => (text === null ? fresh() : read(JSON.parse(text).content));
  const alike = (one, other) => (one === undefined || other === undefined ? one === other : write(one) === write(other));

  // What two tabs made of one draft: each entry as the tab left it that changed it, this one where both did.
  function merged(base, own, other) {
    if (alike(base, own)) return other;
    if (![base, own, other].every(isMap)) return own;
    const keys = new Set([...Object.keys(other), ...Object.keys(own)]);
    return Object.fromEntries([...keys].map((key) => [key, merged(base[key], own[key], other[key])]).filter(([, value]) => value !== undefined));
  }

  // Take in what another tab has kept since this one last read the draft or wrote it; return whether there was anything.
  function join() {
    const found = localStorage.getItem(DRAFT);
    if (found === draft) return false;
    state = merged(contentOf(draft), state, contentOf(found));
    stood = JSON.parse(found)?.file ?? identity.file;
    picked = { ...JSON.parse(found)?.files, ...picked };
    draft = found;
    showAll();
    judge();
    progress();
    return true;
  }

  function follow() {
    if (!join()) return;
    tell(draft === null ? say("followed-cleared") : say("followed"));
    renewPaper();
  }

  function meetOthers() {
    const others = new BroadcastChannel(DRAFT);
    others.addEventListener("message", (event) => {
      if (event.data === "opened") others.postMessage("here");
      tell(say("two-tabs"));
    });
    others.postMessage("opened");
  }

  // --- when the page may move ---------------------------------------------------------------------------------------

  // A message that comes between pressing and letting go would move the page, and the click would miss. What is shown
  // waits until the button is up; what several changes ask for is done once.
  const asked = new Set();
  let pressed = false;

  function soon(work) {
    if (!asked.size && !pressed) queueMicrotask(settle);
    asked.add(work);
  }

  // What was pressed stays where it is on the screen.
  function settle() {
    if (pressed) return;
    const held = document.activeElement ?? document.body;
    const before = held.getBoundingClientRect().top;
    for (const work of asked) work();
    asked.clear();
    if (held.isConnected) window.scrollBy(0, held.getBoundingClientRect().top - before);
  }

  function release() {
    pressed = false;
    setTimeout(settle); // after the click that follows
  }

  // --- what is wrong ------------------------------------------------------------------------------------------------

  const figures = (one) => Object.fromEntries(Object.entries(one).map(([key, value]) => [key, /^\d{4}-/.test(value) ? day(value) : value === "not-applicable" ? say("none") : /^-?\d+\.\d+$/.test(value) ? shown(value) : value]));

  function elementAt(path) {
    const escaped = (text) => CSS.escape(text);
    const exact = document.querySelector(`[data-path="${escaped(path)}"]:not([hidden])`) ?? document.querySelector(`[data-path^="${escaped(path)}/"]`);
    if (exact) return exact;
    const code = /^\/lines\/([^/]+)/.exec(path);
    const leaf = code && document.querySelector(`[data-code="${escaped(code[1])}"]`);
    return leaf ? leaf.querySelector("[data-path]") : null;
  }

  const labelOf = (el) => {
    const label = el?.labels?.[0] ?? el?.closest("fieldset")?.querySelector("legend");
    return label ? label.textContent.replace(/(?<!\s)\s*\([^()]*\)\s*$/, "").trim() : say("head");
  };

  function complaint(one, el) {
    const code = el?.dataset.kind === "date" && one.code !== "required" && one.code !== "evidence-outside-dates" ? "date" : one.code === "pattern" && one.path.endsWith("/url") ? "url" : one.code;
    return say(`error.${code}`, { label: labelOf(el), ...figures(one) });
  }

  // Mark every place that is wrong in what has been checked, and return what is wrong with the whole form.
  function judge(everywhere = false) {
    asked.delete(judge);
    compact();
    const found = laws.check(data, state).map((one) => ({ ...one, el: elementAt(one.path) }));
    const places = all("[data-code], [data-question], .block");
    if (everywhere) for (const place of places) place.dataset.checked = "true";
    for (const el of all("[aria-invalid]")) el.removeAttribute("aria-invalid");
    for (const el of all(".problem", part("form"))) el.remove();
    for (const el of all("[data-described]")) describe(el, []);
    for (const place of places) {
      const list = part("errors", place);
      const own = found.filter((one) => one.el && place.contains(one.el));
      const beside = place.dataset.checked ? own.filter(tellBeside) : [];
      list?.replaceChildren(...(place.dataset.checked ? own.filter((one) => !beside.includes(one)).map((one) => item(one)) : []));
      if (place.dataset.checked) for (const one of own) if (one.severity === "error" && one.code !== "line-missing") one.el.setAttribute("aria-invalid", "true");
    }
    return found;
  }

  // A message stands at its field, which names it to whoever hears the page; one of a whole criterion above all its fields.
  function tellBeside(one) {
    const list = document.querySelector(`[data-list="${CSS.escape(one.path)}"]`);
    const own = one.el.dataset.path === one.path;
    const field = list ?? (own || one.path.endsWith("/answer") ? one.el.closest(own ? ".field, .answer, .leave-out" : ".answer") : null);
    if (!field) return false;
    const text = complaint(one, one.el);
    if (all(".problem", field).some((el) => el.textContent === text)) return true; // two laws that say the same
    const told = document.createElement("p");
    told.className = `problem ${one.severity}`;
    told.id = `problem-${all(".problem").length}`;
    told.textContent = text;
    const head = field.querySelector("legend, label, .cap");
    if (!head || head.contains(one.el)) field.prepend(told);
    else head.after(told);
    const named = field.matches("fieldset") ? field : list ? list.querySelector("button") : one.el;
    describe(named, [...all(".problem", field)].map((el) => el.id));
    return true;
  }

  function describe(el, ids) {
    el.dataset.described ??= el.getAttribute("aria-describedby") ?? "";
    const all = [el.dataset.described, ...ids].filter(Boolean).join(" ");
    if (all) el.setAttribute("aria-describedby", all);
    else el.removeAttribute("aria-describedby");
  }

  function item(one) {
    const made = document.createElement("li");
    made.className = one.severity;
    made.textContent = complaint(one, one.el);
    return made;
  }

  function summarise(found) {
    const wrong = found.filter((one) => one.severity === "error");
    part("summary-list").replaceChildren(
      ...wrong.map((one) => {
        const made = document.createElement("li");
        const link = document.createElement("a");
        const place = one.el?.closest("[data-code], [data-question]");
        link.href = `#${place?.id || one.el?.id || "main"}`;
        link.textContent = [place?.dataset.code ?? place?.dataset.question, complaint(one, one.el)].filter(Boolean).join(": ");
        link.addEventListener("click", (event) => {
          event.preventDefault();
          (one.el ?? part("summary")).focus();
          place?.scrollIntoView({ block: "start" });
        });
        made.append(link);
        return made;
      }),
    );
    part("summary").hidden = wrong.length === 0;
    return wrong.length;
  }

  // Rows of documents that nobody filled in are no part of the content.
  function compact() {
    for (const line of Object.values(isMap(state.lines) ? state.lines : {})) {
      if (!isMap(line) || !Array.isArray(line.evidence)) continue;
      const kept = line.evidence.filter((one) => !isMap(one) || Object.keys(one).length);
      if (kept.length < line.evidence.length && !document.activeElement?.closest(".document")) {
        line.evidence = kept;
        if (!kept.length) delete line.evidence;
      }
    }
  }

  // --- in and out ---------------------------------------------------------------------------------------------------

  const numbered = (code) => code.split(".").map((one) => one.padStart(4, "0")).join(".");
  const sorted = (value, order) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99)));

  // The content in the order in which people write such a file: fields as in the schema, lines by their codes.
  function inOrder() {
    const { top, line, reference } = data.order;
    const content = sorted(state, top);
    for (const key of Object.keys(content)) if (isMap(content[key]) && Object.hasOwn(content[key], "number")) content[key] = sorted(content[key], reference);
    if (!isMap(content.lines)) return content;
    const lines = Object.entries(content.lines).sort(([a], [b]) => (numbered(a) < numbered(b) ? -1 : 1));
    // A Map, since an object puts keys that look like whole numbers first, and an area's code is one.
    content.lines = new Map(lines.map(([code, one]) => [code, isMap(one) ? sorted(one, line) : one]));
    return content;
  }

  function save() {
    document.activeElement?.blur?.();
    const count = summarise(judge(true));
    const name = `phieu-${[identity.year, stage, identity.group, identity.body, identity.agency].filter(Boolean).join("-")}`;
    const link = document.createElement("a");
    const made = packed(name, `${write({ ...identity, file: stood, content: inOrder() })}\n`);
    link.href = URL.createObjectURL(made.blob);
    link.download = made.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    const lacking = Object.keys(picked).filter((sha) => !held.has(sha) && citing().has(sha)).length;
    tell([say(count ? "downloaded-wrong" : "downloaded", { name: made.name, count }), ...(lacking ? [say("files-lacking", { count: lacking })] : [])].join(" "));
    if (count) part("summary").focus();
  }

  // --- files of evidence --------------------------------------------------------------------------------------------

  // The files that the lines cite, by their sha256: the first line that does, and the number of its document.
  function citing() {
    const found = new Map();
    for (const [criterion, line] of Object.entries(isMap(state.lines) ? state.lines : {})) {
      for (const one of isMap(line) && Array.isArray(line.evidence) ? line.evidence : []) {
        if (one.sha256 && !found.has(one.sha256)) found.set(one.sha256, { criterion, number: String(one.number ?? "") });
      }
    }
    return found;
  }

  // What people take away: the form alone, or a package of the form and the files that it cites.
  function packed(name, form) {
    const own = [...citing()].filter(([sha]) => held.has(sha)).map(([sha, line]) => ({ ...held.get(sha), ...line }));
    if (own.length) return { name: `${name}.zip`, blob: files.bag(name, form, own) };
    return { name: `${name}.json`, blob: new Blob([form], { type: "application/json" }) };
  }

  function fileText(sha) {
    const known = picked[sha];
    if (!known) return "";
    const size = known.bytes < 1e6 ? `${Math.ceil(known.bytes / 1000)} kB` : `${shown((known.bytes / 1e6).toFixed(1))} MB`;
    return say(held.has(sha) ? "file" : "file-again", { ...known, size, sha256: sha.slice(0, 12) });
  }

  // Read a file that somebody picked; return its sha256, or say why it is not taken.
  async function hold(file) {
    const { name } = file;
    try {
      const found = await files.examine(file, (share) => tell(say("file-reading", { name, percent: Math.floor(share * 100) })));
      if (found.fault) return void tell(say(`file-${found.fault}`, { name }));
      held.set(found.sha256, found);
      picked[found.sha256] ??= { name, bytes: found.bytes, type: found.type.toUpperCase() };
      return found.sha256;
    } catch {
      return void tell(say("file-unread", { name }));
    }
  }

  async function attach(input) {
    const row = input.closest(".document");
    const [file] = input.files;
    const sha = file && (await hold(file));
    input.value = "";
    if (!sha) {
      const stands = fileText(row.querySelector('[data-key="sha256"]').value);
      row.querySelector('[data-part="file"]').textContent = [part("status").textContent, stands].filter(Boolean).join(" ");
      return;
    }
    if (!row.isConnected) return void tell(say("file-row-gone", { name: file.name }));
    const list = row.closest("[data-list]");
    set(row.querySelector('[data-key="sha256"]').dataset.path, sha);
    showDocuments(list);
    all("[data-path]", list).forEach(show);
    tell(say("file-held", { name: file.name }));
    changed();
  }

  // Files that were picked before the page was closed, all at once: each finds its lines by its content.
  async function pickAgain(input) {
    const cited = citing();
    let count = 0;
    for (const file of input.files) if (cited.has(await hold(file))) count += 1;
    input.value = "";
    showAll();
    tell(say("files-again", { count }));
    changed();
  }

  // Take over the lines of another file that belong to this form; return how many do not.
  function takeLines(content) {
    const lines = isMap(content.lines) ? Object.entries(content.lines) : [];
    const fits = ([code, line]) => isMap(line) && (data.criteria[code] || document.querySelector(`[data-path^="/lines/${CSS.escape(code)}/"]`));
    state.lines = { ...state.lines, ...Object.fromEntries(lines.filter(fits)) };
    return lines.filter((one) => !fits(one)).length;
  }

  // The lines of a file of an earlier stage, as a start for criteria that hold nothing yet: what it gave, to be looked at.
  const FIELDS = kind === "explain" ? ["answer", "score"] : ["score", "not_applicable"];
  const comesBefore = (found) => ["year", "agency"].every((key) => found[key] === identity[key]) && data.earlier.includes(found.stage);
  const startOf = (line) => Object.fromEntries(FIELDS.filter((key) => line[key] !== undefined).map((key) => [key, isMap(line[key]) && key === "not_applicable" ? line[key].vi : line[key]]));

  function startFrom(content) {
    const lines = Object.entries(isMap(content.lines) ? content.lines : {});
    const wanted = lines.filter(([code, line]) => isMap(line) && data.criteria[code]?.wanted);
    return begin(Object.fromEntries(wanted.map(([code, line]) => [code, startOf(line)]).filter(([, line]) => Object.keys(line).length)));
  }

  async function open(file) {
    let found;
    try {
      const packet = /\.zip$/i.test(file.name) ? await files.opened(file) : null;
      found = read(packet ? packet.form : await file.text());
      for (const one of packet?.files ?? []) await hold(one);
    } catch {
      found = null;
    }
    if (!isMap(found) || found.parindex_form?.text !== "1" || !isMap(found.content)) return tell(say("not-form", { name: file.name }));
    if (comesBefore(found)) return tell(say("opened-earlier", { name: file.name, count: startFrom(found.content) }));
    if (["stage", "agency", "group", "body"].some((key) => (found[key] ?? null) !== (identity[key] ?? null))) return tell(say("other-form", { name: file.name, what: [found.stage, found.group, found.body, found.agency].filter((one) => typeof one === "string").join(", ") }));
    if (!window.confirm(say("replace"))) return undefined;
    const same = found.year === identity.year && found.rules === identity.rules && found.schema === identity.schema;
    const whole = same || kind === "survey";
    state = whole ? found.content : { ...fresh(), ...(found.year === identity.year ? { ...found.content, lines: {} } : { lines: {} }) };
    stood = whole && typeof found.file === "string" ? found.file : identity.file;
    const dropped = whole ? 0 : takeLines(found.content);
    showAll();
    keep();
    progress();
    tell(whole ? say("opened", { name: file.name }) : say("opened-other", { name: file.name, year: String(found.year), dropped }));
    return undefined;
  }

  function begin(lines) {
    let count = 0;
    state.lines ??= {};
    for (const [code, line] of Object.entries(lines)) {
      if (Object.hasOwn(state.lines, code) || laws.above(state, code)) continue;
      state.lines[code] = copy(line);
      count += 1;
    }
    showAll();
    changed();
    return count;
  }

  const start = () => tell(say("started", { count: begin(data.start) }));

  function clear() {
    if (!window.confirm(say("clear"))) return;
    clearTimeout(waiting);
    waiting = undefined;
    localStorage.removeItem(DRAFT);
    draft = null;
    held.clear();
    picked = {};
    state = fresh();
    stood = identity.file;
    for (const place of all("[data-checked]")) delete place.dataset.checked;
    part("summary").hidden = true;
    showAll();
    judge();
    progress();
    tell(say("cleared"));
  }

  // A draft of this form; or one of an older version of the criteria, whose lines are taken as far as they fit.
  function resume() {
    try {
      draft = localStorage.getItem(DRAFT);
      const older = draft ? undefined : Object.keys(localStorage).find((key) => key.startsWith(`${KEY}/`));
      const kept = JSON.parse(draft ?? (older ? localStorage.getItem(older) : "null"));
      if (kept === null) return;
      const content = read(kept.content);
      picked = kept.files ?? {};
      if (draft) {
        state = content;
        if (typeof kept.file === "string") stood = kept.file;
        return tell(say("resumed", { time: clock(new Date(kept.saved)) }));
      }
      state = { ...fresh(), ...content, lines: {} };
      return tell(say("older", { dropped: takeLines(content) }));
    } catch {
      state = fresh();
    }
    return undefined;
  }

  // --- what people do -----------------------------------------------------------------------------------------------

  function addDocument(button) {
    const list = button.closest("[data-list]");
    const path = list.dataset.list;
    const rows = get(path);
    const count = Array.isArray(rows) ? rows.length : 0;
    set(path, [...(count ? rows : []), {}]);
    showDocuments(list);
    all("[data-path]", list).forEach(show);
    all(".document", list).at(-1).querySelector("input").focus();
    tell(say("added", { number: count + 1 }));
    changed();
  }

  function removeDocument(button) {
    const list = button.closest("[data-list]");
    const path = list.dataset.list;
    const index = Number(button.dataset.index);
    const left = get(path).filter((one, at) => at !== index);
    set(path, left.length ? left : undefined);
    showDocuments(list);
    all("[data-path]", list).forEach(show);
    list.querySelector('[data-act="add"]').focus();
    tell(say("removed", { number: index + 1 }));
    changed();
  }

  function next() {
    const due = Object.keys(data.criteria).filter((code) => data.criteria[code].wanted && !laws.isFilled(state, code, kind));
    const questions = Object.keys(data.questions).filter((one) => !get(`/answers/${one}`));
    const place = due.length ? document.getElementById(`tc-${due[0]}`) : questions.length ? document.getElementById(`ch-${questions[0]}`) : null;
    if (!place) return tell(say("all-filled"));
    place.querySelector("[data-path]").focus({ preventScroll: true });
    place.scrollIntoView({ block: "start" });
    return undefined;
  }

  function check() {
    const count = summarise(judge(true));
    tell(count ? say("wrong", { count }) : say("fine"));
    if (count) part("summary").focus();
  }

  const review = window.parindexReview({
    part,
    all,
    say,
    labelOf,
    problems: () => judge(true).map((one) => ({ ...one, text: complaint(one, one.el) })),
    wanted: (place) => data.criteria[place.dataset.code]?.wanted || place.dataset.question !== undefined,
  });

  const paper = data.signs ? window.parindexPaper({ part, all, identity, content: () => state, shown, day, rowsOf: review.rowsOf }) : null;

  // Print the page to sign; one of a form that still has errors would be signed in vain.
  function print() {
    document.activeElement?.blur?.();
    const count = summarise(judge(true));
    paper.show(!count);
    if (count) part("summary").focus();
    tell(count ? say("paper-wrong", { count }) : "");
    if (!count) window.print();
  }

  // Another tab of the form may have changed what the open page shows.
  function renewPaper() {
    if (paper?.isOpen()) paper.show(!summarise(judge(true)));
  }

  const ACTS = { print, fill: () => paper.show(false), check, save, start, clear, next, review: () => review.open(), back: () => history.back(), add: addDocument, remove: removeDocument, open: () => part("open").click(), again: () => part("again").click() };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) ACTS[button.dataset.act](button);
  });
  document.addEventListener("input", (event) => {
    if (event.target.dataset.path) take(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.dataset.part === "pick") return void attach(event.target);
    if (event.target === part("again")) return void pickAgain(event.target);
    if (event.target === part("open")) {
      const [file] = event.target.files;
      if (file) open(file).finally(() => (event.target.value = ""));
      return;
    }
    const place = event.target.closest("[data-code], [data-question], .block");
    if (["date", "number"].includes(event.target.dataset.kind)) show(event.target);
    if (place && event.target.dataset.path) {
      place.dataset.checked = "true";
      soon(judge);
    }
  });
  document.addEventListener("mousedown", () => (pressed = true), true);
  for (const end of ["mouseup", "dragend", "keydown"]) window.addEventListener(end, release, true);
  part("only")?.addEventListener("change", narrow);
  document.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) follow();
    else if (waiting !== undefined) keep();
  });
  window.addEventListener("pagehide", () => {
    if (waiting !== undefined) keep();
  });
  window.addEventListener("pageshow", (event) => event.persisted && follow());
  window.addEventListener("storage", (event) => event.key === DRAFT && follow());

  // Show only the criteria that are asked for or hold something, where people chose so.
  function narrow() {
    document.body.toggleAttribute("data-only", Boolean(part("only")?.checked));
    hideHeadings();
  }

  const depthOf = (head) => Number(/depth-(\d+)/.exec(head.className)[1]);

  // A heading below which nothing is shown is not shown either.
  function hideHeadings() {
    const only = document.body.hasAttribute("data-only");
    for (const head of all("main h3")) {
      let used = !only;
      for (let next = head.nextElementSibling; next && !(next.matches("h3") && depthOf(next) <= depthOf(head)); next = next.nextElementSibling) used ||= next.matches(".leaf.owed, .leaf.written");
      head.hidden = !used;
      if (head.nextElementSibling?.matches(".heading")) head.nextElementSibling.hidden = !used;
    }
  }

  state = fresh();
  narrow();
  document.querySelector('[data-act="start"]').hidden = Object.keys(data.start).length === 0;
  resume();
  showAll();
  progress();
  meetOthers();
  review.follow();
  part("no-script").hidden = true;
  document.body.dataset.ready = "true";
})();
