"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const main = document.getElementById("main");
  const search = document.getElementById("search");
  const keys = document.getElementById("keys");
  const SEVERITIES = ["critical", "high", "medium", "low", "note"];
  const FATES = ["allowed", "undoable", "contained", "rehearsed", "asked", "held", "refused"];
  const TONES = {
    read: "read", create: "change", modify: "change", delete: "lose", execute: "run", install: "run", terminate: "lose", connect: "out",
    send: "out", listen: "out", grant: "dark", persist: "dark", configure: "dark", publish: "out", spend: "lose", opaque: "dark",
  };
  const CHUNK = 120;
  const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

  const findings = data.findings || [];
  const sessions = data.sessions || [];
  const bySession = new Map(sessions.map((one) => [one.session, one]));
  const timelines = new Map((data.timelines || []).map((one) => [one.session, one]));
  const foundIn = new Map();
  for (const one of findings) {
    if (!foundIn.has(one.session)) foundIn.set(one.session, []);
    foundIn.get(one.session).push(one);
  }
  const chosen = { severity: null, kind: null, words: "" };
  let list = null;

  // Everything that is shown goes through here: strings become text nodes, never markup.
  function make(tag, options, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(options || {})) {
      if (name === "class") node.className = value;
      else if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
      else if (value !== undefined && value !== null) node.setAttribute(name, value);
    }
    for (const child of children.flat()) if (child !== null && child !== undefined && child !== "") node.append(child);
    return node;
  }

  // Text of a transcript: what nobody could see is shown by its number, what is sought is marked.
  function told(text) {
    const out = [];
    let at = 0;
    for (const match of String(text).matchAll(ODD)) {
      if (match.index > at) out.push(...sought(text.slice(at, match.index)));
      out.push(make("span", { class: "odd" }, "U+" + match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0")));
      at = match.index + match[0].length;
    }
    out.push(...sought(String(text).slice(at)));
    return out;
  }
  function sought(text) {
    const words = chosen.words;
    if (!words) return text ? [text] : [];
    const low = text.toLowerCase();
    if (low.length !== text.length) return [text];
    const out = [];
    let at = 0;
    for (let hit = low.indexOf(words); hit >= 0; hit = low.indexOf(words, at)) {
      if (hit > at) out.push(text.slice(at, hit));
      out.push(make("span", { class: "hit" }, text.slice(hit, hit + words.length)));
      at = hit + words.length;
    }
    if (at < text.length) out.push(text.slice(at));
    return out;
  }
  const number = (value) => Number(value || 0).toLocaleString("en");
  const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many || one + "s"}`;
  const date = (micros) => (micros ? new Date(micros / 1000).toISOString().slice(0, 16).replace("T", " ") : "");
  const short = (text) => (text.length > 60 ? text.slice(0, 28) + "…" + text.slice(-28) : text);

  // A long list: rows are made as they come near, so ten thousand cost no more than what is looked at.
  class Rows {
    constructor(holder, items, draw, open) {
      Object.assign(this, { holder, items, draw, open, made: 0, on: -1 });
      this.end = make("div", { "aria-hidden": "true" });
      this.watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.grow(), { rootMargin: "900px" });
      holder.append(this.end);
      this.grow();
      this.watch.observe(this.end);
    }
    grow() {
      const until = Math.min(this.made + CHUNK, this.items.length);
      const fragment = document.createDocumentFragment();
      for (; this.made < until; this.made += 1) {
        const at = this.made;
        const node = this.draw(this.items[at], at);
        node.addEventListener("click", () => this.select(at, false));
        fragment.append(node);
      }
      this.end.before(fragment);
      if (this.made === this.items.length) this.watch.disconnect();
    }
    select(at, scroll = true) {
      if (!this.items.length) return;
      const to = Math.max(0, Math.min(at, this.items.length - 1));
      while (this.made <= to) this.grow();
      this.holder.children[this.on]?.classList.remove("on");
      this.on = to;
      const node = this.holder.children[to];
      node.classList.add("on");
      if (scroll) node.scrollIntoView({ block: "nearest" });
    }
    close() { this.watch.disconnect(); }
  }
  function show(...nodes) {
    if (list) list.close();
    list = null;
    main.replaceChildren(...nodes.flat().filter(Boolean));
  }

  // Overview.
  function tile(value, label) { return make("div", { class: "tile" }, make("b", {}, value), make("span", {}, label)); }
  function bar(fates) {
    const total = FATES.reduce((sum, fate) => sum + (fates[fate] || 0), 0);
    const strip = make("div", { class: "bar", role: "img", "aria-label": "What Jackline would have done" });
    const legend = make("div", { class: "legend" });
    for (const fate of FATES) {
      const count = fates[fate] || 0;
      if (!count) continue;
      const part = make("div", { class: `tone f-${fate}`, title: `${fate}: ${number(count)}` });
      part.style.flex = String(count / total);
      strip.append(part);
      legend.append(make("span", {}, make("i", { class: `tone f-${fate}` }), `${fate} ${number(count)}`));
    }
    return total ? [strip, legend] : [];
  }
  function chips(name, values, counts, label) {
    const holder = make("div", { class: "chips", role: "group", "aria-label": name });
    for (const value of values) {
      if (!counts.get(value)) continue;
      holder.append(make("button", {
        class: "chip", type: "button", "data-chip": value, "aria-pressed": String(chosen[name] === value),
        on: { click: () => { chosen[name] = chosen[name] === value ? null : value; overview(); } },
      }, label(value), make("em", {}, number(counts.get(value)))));
    }
    return holder;
  }
  function matches(one) {
    if (chosen.severity && one.severity !== chosen.severity) return false;
    if (chosen.kind && one.kind !== chosen.kind) return false;
    if (!chosen.words) return true;
    return `${one.text} ${one.kind} ${one.session} ${one.rule || ""} ${one.evidence || ""}`.toLowerCase().includes(chosen.words);
  }
  function count(items, key) {
    const counts = new Map();
    for (const one of items) counts.set(one[key], (counts.get(one[key]) || 0) + 1);
    return counts;
  }
  function findingRow(one) {
    const kind = (data.kinds[one.kind] || [one.kind])[0];
    const where = [kind, short(one.session), one.call ? `call ${one.call}` : "", date(one.at), ...(one.asi || []), ...(one.atlas || [])];
    return make("a", { class: "row", href: link(one.session, one.call, one.line) },
      make("div", { class: `severity ${one.severity}` }, one.severity),
      make("p", {}, told(one.text)),
      make("div", { class: `fate f-${one.fate || "allowed"}` }, one.fate || "allowed"),
      make("div", { class: "under" }, told(where.filter(Boolean).join("  ·  "))));
  }
  function sessionRow(one) {
    const worst = SEVERITIES.find((severity) => (foundIn.get(one.session) || []).some((found) => found.severity === severity));
    const under = [one.client, one.project, date(one.begin), one.parent ? "sub-agent" : ""];
    return make("a", { class: "row", href: link(one.session) },
      make("div", { class: worst ? `severity ${worst}` : "fate" }, worst || "quiet"),
      make("p", {}, told(short(one.session))),
      make("div", { class: "fate" }, plural(one.calls || 0, "call")),
      make("div", { class: "under" }, told(under.filter(Boolean).join("  ·  "))));
  }
  function overview() {
    const noise = data.noise || {};
    const span = [date(data.begin).slice(0, 10), date(data.end).slice(0, 10)].filter(Boolean);
    const shown = findings.filter(matches);
    const rows = make("div", { class: "list", id: "findings" });
    const known = sessions.filter((one) => !chosen.words || `${one.session} ${one.client} ${one.project} ${one.file}`.toLowerCase().includes(chosen.words));
    const others = make("div", { class: "list", id: "sessions" });
    const kinds = count(findings, "kind");
    show(
      make("h1", {}, "What your agents did"),
      make("p", { class: "sub" }, [plural(sessions.length, "session"), plural(data.calls || 0, "call"), [...new Set(span)].join(" – ")].filter(Boolean).join("  ·  ")
        + (data.complete === false ? "  ·  interrupted: this is what was read so far" : "")),
      make("div", { class: "tiles" },
        tile(number(findings.filter((one) => one.severity !== "note").length), "findings above a note"),
        tile(number(noise.questions || 0), "questions you would have had"),
        tile(`${noise.median || 0} / ${noise.p90 || 0}`, "questions a session, median / p90"),
        tile(String(Math.round((noise.per100Calls ?? noise.per_100_calls ?? 0) * 10) / 10), "questions per 100 calls"),
        tile(number(data.kept || 0), "calls that could be undone")),
      bar(data.fates || {}).length ? make("h2", {}, "What Jackline would have done") : null,
      bar(data.fates || {}),
      make("h2", {}, "Findings", make("small", {}, shown.length === findings.length ? number(findings.length) : `${number(shown.length)} of ${number(findings.length)}`)),
      chips("severity", SEVERITIES, count(findings, "severity"), (value) => value),
      chips("kind", [...kinds.keys()], kinds, (value) => (data.kinds[value] || [value])[0]),
      shown.length ? rows : make("div", { class: "list empty" }, findings.length ? "No finding matches." : "Nothing found that a person should look at."),
      make("h2", {}, "Sessions", make("small", {}, number(known.length))),
      others);
    list = new Rows(rows, shown, findingRow);
    const second = new Rows(others, known, sessionRow);
    const first = list;
    list = { on: 0, close() { first.close(); second.close(); }, select(at) { this.on = Math.max(0, Math.min(at, shown.length + known.length - 1)); pick(this.on); }, current: () => picked() };
    list.on = -1;
    function pick(at) {
      for (const one of [first, second]) one.holder.children[one.on]?.classList.remove("on");
      if (at < shown.length) { second.on = -1; first.select(at); } else { first.on = -1; second.select(at - shown.length); }
    }
    function picked() { return main.querySelector(".row.on"); }
  }

  // A session.
  function link(session, call, line) { return `#s=${encodeURIComponent(session)}${call ? `&c=${call}` : line ? `&l=${line}` : ""}`; }
  function drawn(one) {
    const text = one.text;
    const spans = [];
    for (const effect of (one.effects || []).filter((each) => each.at).sort((a, b) => a.at[0] - b.at[0] || b.at[1] - a.at[1])) {
      const [begin, end] = effect.at;
      if (begin < end && end <= text.length && (!spans.length || begin >= spans[spans.length - 1].end)) spans.push({ begin, end, effect });
    }
    const out = [];
    let at = 0;
    for (const { begin, end, effect } of spans) {
      out.push(...told(text.slice(at, begin)));
      out.push(make("mark", { class: `t-${TONES[effect.verb]}`, title: `${effect.verb} ${effect.kind} ${effect.name}` }, told(text.slice(begin, end))));
      at = end;
    }
    out.push(...told(text.slice(at)));
    return out;
  }
  function effect(one) {
    const extra = [one.environment === "unknown" ? "" : one.environment, one.reach === "workspace" ? "" : one.reach, ...(one.labels || []), one.reversible === "no" ? "no way back" : ""];
    return make("li", { class: `effect t-${TONES[one.verb]} ${one.certainty}`, title: [one.verb, one.kind, one.name, ...extra].filter(Boolean).join(" ") },
      make("b", {}, one.verb), " ", one.kind, " ", told(one.name), extra.filter(Boolean).length ? "  ·  " + extra.filter(Boolean).join(", ") : "");
  }
  function fateOf(one) {
    if (one.verdict === "deny") return "refused";
    if (one.verdict === "ask") return one.remedies.includes("held") ? "held" : "asked";
    return ["rehearsed", "undoable", "contained"].find((remedy) => one.remedies.includes(remedy)) || "allowed";
  }
  function found(one) {
    const title = (data.kinds[one.kind] || [one.kind])[0];
    return make("div", { class: `found ${one.severity}`, "data-kind": one.kind }, make("b", {}, `${one.severity} · ${title}. `), make("span", {}, told(one.text)));
  }
  const NAMES = { prompt: "person", said: "agent", system: "client", result: "result" };
  function momentRow(one) {
    const here = one.found || [];
    if (one.kind !== "call") {
      return make("div", { class: `moment ${one.kind}` }, make("div", { class: "who" }, make("b", {}, NAMES[one.kind] || one.kind), one.at ? make("span", {}, date(one.at)) : null),
        make("div", { class: "words" }, told(one.text)), here.map(found));
    }
    const fate = fateOf(one);
    const outcome = one.outcome === "unknown" ? "" : one.outcome + (one.exit ? ` (exit ${one.exit})` : "");
    const node = make("div", { class: "moment call" },
      make("div", { class: "no" }, String(one.index)),
      make("div", { class: "who" }, make("b", {}, told(one.tool)), make("span", { class: `fate f-${fate}` }, fate), outcome ? make("span", {}, outcome) : null, one.at ? make("span", {}, date(one.at)) : null),
      make("pre", {}, drawn(one)),
      make("ul", { class: "effects" }, (one.effects || []).slice(0, 40).map(effect)),
      fate === "allowed" ? null : (one.reasons || []).slice(0, 3).map(([rule, text]) => make("p", { class: "reason" }, told(`${rule}: ${text}`))),
      here.map(found));
    if (one.result) {
      const result = make("pre", { class: "result", hidden: "" }, told(one.result));
      const open = () => { result.toggleAttribute("hidden"); button.setAttribute("aria-expanded", String(!result.hasAttribute("hidden"))); };
      const button = make("button", { class: "more", type: "button", "aria-expanded": "false", on: { click: open } }, "result");
      if (chosen.words && one.result.toLowerCase().includes(chosen.words)) open();
      node.append(button, result);
    }
    return node;
  }
  function session(id, call, line) {
    const report = bySession.get(id) || { session: id };
    const timeline = timelines.get(id);
    const mine = foundIn.get(id) || [];
    const under = [report.client, report.version, report.project, report.file, date(report.begin), report.parent ? `sub-agent of ${short(report.parent)}` : ""];
    const head = [
      make("h1", {}, told(short(id))),
      make("p", { class: "sub" }, told(under.filter(Boolean).join("  ·  "))),
      bar(report.fates || {}),
    ];
    const loose = [];
    let moments = [];
    if (timeline) {
      const at = new Map();
      for (const one of mine) {
        const place = timeline.moments.find((each) => (one.call ? each.index === one.call : one.line && each.line === one.line && each.kind !== "call"));
        if (place) at.set(place, [...(at.get(place) || []), one]); else loose.push(one);
      }
      moments = timeline.moments.map((each) => ({ ...each, found: at.get(each) }));
      if (chosen.words) moments = moments.filter((each) => haystack(each).includes(chosen.words));
    } else loose.push(...mine);
    const rows = make("div", { id: "timeline" });
    show(head, loose.map(found),
      make("h2", {}, "Timeline", make("small", {}, timeline ? plural(moments.length, "moment") + (timeline.cut ? ", cut at the end" : "") : "not in this page: ask for it with --session")),
      rows);
    list = new Rows(rows, moments, momentRow);
    const to = moments.findIndex((each) => (call ? each.index === call : line ? each.line === line : false));
    if (to >= 0) { list.select(to); rows.children[to].scrollIntoView({ block: "center" }); } else window.scrollTo(0, 0);
  }
  function haystack(one) {
    return [one.text, one.tool, one.result, one.said, ...(one.effects || []).map((each) => `${each.verb} ${each.kind} ${each.name} ${each.labels.join(" ")}`), ...(one.found || []).map((each) => each.text)]
      .filter(Boolean).join("\n").toLowerCase();
  }

  // Where we are, and the keys.
  function go() {
    const place = new URLSearchParams(location.hash.slice(1));
    if (place.has("s")) session(place.get("s"), Number(place.get("c") || 0), Number(place.get("l") || 0));
    else overview();
  }
  function theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }
  const KEYS = [["j  k", "next, previous"], ["Enter", "open"], ["/", "search"], ["Esc", "clear, or back"], ["t", "light or dark"], ["?", "these keys"]];
  keys.append(make("b", {}, "Keys"), make("dl", {}, KEYS.map(([key, does]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, does)])));
  const help = () => (keys.open ? keys.close() : keys.showModal());
  document.getElementById("theme").addEventListener("click", theme);
  document.getElementById("help").addEventListener("click", help);
  document.getElementById("home").addEventListener("click", (event) => { event.preventDefault(); chosen.severity = chosen.kind = null; seek(""); location.hash = ""; go(); });
  function seek(words) { search.value = words; chosen.words = words.trim().toLowerCase(); }
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { seek(search.value); go(); search.focus(); }, 60); });
  function escape() {
    if (keys.open) keys.close();
    else if (search.value) { seek(""); search.blur(); go(); }
    else if (document.activeElement === search) search.blur();
    else if (location.hash.length > 1) location.hash = "";
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { event.preventDefault(); escape(); return; }
    if (document.activeElement === search) { if (event.key === "Enter") search.blur(); return; }
    if (keys.open && event.key !== "?") return;
    const act = {
      j: () => list.select(list.on + 1), k: () => list.select(Math.max(0, list.on - 1)), "/": () => search.focus(), "?": help, t: theme,
      Enter: () => { if (document.activeElement?.closest("a,button")) return false; main.querySelector(".row.on")?.click(); main.querySelector(".moment.on .more")?.click(); return true; },
    }[event.key];
    if (act && act() !== false) event.preventDefault();
  });
  window.addEventListener("hashchange", go);
  go();
})();
