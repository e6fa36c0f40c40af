// One call: how far it came, what was said, and what followed.

import {get} from "./api.js";
import {fill, h, icon, s, words} from "./dom.js";
import * as f from "./format.js";

const TURNS = 300;              // shown at once; the rest on request
const STEPS = [["sent_at", "placed"], ["ringing_at", "ringing"],
  ["answered_at", "answered"], ["ended_at", "over"]];

export function pill(call) {
  return h("span", {class: `pill ${f.kind(call)}`}, f.status(call.status));
}

// The stages as beads on a line; with times where there is room.
export function track(call, withTimes = false) {
  const last = STEPS.findLastIndex(([name]) => call[name]);
  const list = h("ol", {class: withTimes ? "track times" : "track",
    "aria-label": "Stages"});

  STEPS.forEach(([name, word], i) => {
    const at = call[name];
    const skipped = !at && i < last;
    const here = call.live && i === last;

    list.append(h("li", {class: [at && "done", here && "here",
      skipped && "skipped"].filter(Boolean).join(" ") || null,
    "aria-current": here ? "step" : null},
    h("span", {class: "step"}, word),
    withTimes && h("time", {title: at ? f.whole(at) : null},
      at ? f.second(at) : skipped ? "–" : "")));
  });
  return list;
}

// A ticking time while the call goes on, its length afterwards.
export function length(call) {
  if (call.live)
    return h("span", {class: "num ticking", data: {
      since: call.answered_at || call.sent_at || call.claimed_at}},
    f.duration(f.now() - (call.answered_at || call.sent_at
      || call.claimed_at)));
  return h("span", {class: "num"}, call.seconds > 0 ? f.duration(call.seconds)
    : "");
}

export function ago(at) {
  return at ? h("time", {data: {at}, title: f.whole(at),
    datetime: new Date(at * 1000).toISOString()}, f.relative(at)) : null;
}

export const who = (call) => call.name ? words(call.name, "span") :
  h("span", {class: "faint"}, "no name");

function fact(name, ...value) {
  return value.every((part) => part === null || part === "" ||
    part === undefined) ? null :
    [h("dt", null, name), h("dd", null, value)];
}

function link(url) {
  return /^https?:\/\//i.test(url) ? h("a", {href: url, target: "_blank",
    rel: "noopener noreferrer"}, "Listen ↗") : words(url, "span");
}

// "assistant: hello\nuser: yes" as turns; a line without a speaker goes on.
function turns(transcript) {
  const found = [];

  for (const line of transcript.split("\n")) {
    const said = /^(assistant|agent|bot|user|human|customer|callee): ?(.*)$/i
      .exec(line);

    if (said)
      found.push({ours: /^(assistant|agent|bot)$/i.test(said[1]),
        text: said[2]});
    else if (found.length && line)
      found.at(-1).text += "\n" + line;
    else if (line)
      found.push({ours: null, text: line});
  }
  return found;
}

function talk(transcript) {
  const all = turns(transcript);
  const list = h("ol", {class: "talk", tabindex: "0",
    "aria-label": "Transcript"});
  const show = (from, to) => list.append(...all.slice(from, to).map((turn) =>
    h("li", {class: turn.ours === null ? null : turn.ours ? "ours" : "theirs"},
      h("span", {class: "unseen"}, turn.ours ? "Agent: " : "Person: "),
      words(turn.text, "p"))));

  show(0, TURNS);
  if (all.length > TURNS) {
    const more = h("button", {type: "button", onclick: () => {
      more.parentNode.remove();
      show(TURNS, all.length);
    }}, `Show ${f.number(all.length - TURNS)} more lines`);

    list.append(h("li", {class: "more"}, more));
  }
  return list;
}

const title = (name) => name.replaceAll(/[_-]+/g, " ");

// Bolna's extraction: a category, in it what was asked for, in that the answer
// with what it rests on; or flat.
function outcome(value, name, depth = 0) {
  if (value === null || typeof value !== "object")
    return h("div", {class: "row"}, words(title(name), "span"),
      words(String(value), "strong"));
  if (!Array.isArray(value) && ("objective" in value || "subjective" in value))
    return h("div", {class: "finding"},
      h("div", {class: "row"}, words(title(name), "span"),
        words(String(value.objective ?? "–"), "strong"),
        typeof value.confidence === "number" && meter(value.confidence)),
      value.subjective && h("blockquote", {dir: "auto"},
        String(value.subjective)));
  if (depth > 6)
    return null;
  return h("div", {class: "group"}, name && h("h4", {dir: "auto"},
    title(name)), Object.entries(value).map(([key, inner]) =>
    outcome(inner, key, depth + 1)));
}

function meter(confidence) {
  const sure = Math.max(0, Math.min(1, confidence));

  return h("span", {class: "sure", title: "how sure the model is"},
    s("svg", {viewBox: "0 0 40 4", "aria-hidden": "true"},
      s("rect", {width: 40, height: 4, rx: 2, class: "rail"}),
      s("rect", {width: 40 * sure, height: 4, rx: 2, class: "mark"})),
    ` ${Math.round(100 * sure)}%`);
}

// What it led to, the latest word first, with the words it rests on.
function verdict(one) {
  return h("div", {class: "finding"},
    h("div", {class: "row"}, h("strong", {class: "word", dir: "auto"},
      title(one.outcome)), one.source === "person" ? h("span", {class: "faint"},
      "says a person") : meter(one.confidence)),
    one.span && h("blockquote", {dir: "auto"}, one.span),
    h("p", {class: "faint small"}, one.slot && [words(one.slot), one.slot_at &&
      [" – ", f.day(one.slot_at), ", ", f.clock(one.slot_at)], " · "],
    words(one.rule), one.note && [" · ", words(one.note)], " · ",
    ago(one.decided_at)));
}

function outcomes(page) {
  const told = page.extraction && typeof page.extraction === "object" &&
    Object.keys(page.extraction).length > 0;
  const ours = page.outcomes || [];

  return !told && ours.length === 0 ? null : h("section",
    {class: "card outcome"}, h("h2", null, "Outcome"), ours.map(verdict),
    told && ours.length > 0 && h("h3", {class: "small faint"},
      "What Bolna extracted"), told && outcome(page.extraction, ""));
}

// What a language model made of it: an opinion, and so marked.
function analysis(found) {
  return !found ? null : h("details", {class: "card outcome"},
    h("summary", null, "Analysis", typeof found.score === "number" &&
      [": ", h("strong", {class: "num"}, Math.round(found.score)),
        " of 100"]),
    found.result && typeof found.result === "object" ?
      outcome(found.result, "") : h("p", {class: "faint"}, words(found.error
        || found.state)),
    h("p", {class: "faint small"}, "by ", words(found.model)));
}

function facts(call, page) {
  return h("dl", {class: "facts"},
    fact("Length", !call.seconds ? null : f.duration(call.seconds)),
    fact("Cost", call.cost === null ? null : f.money(call.cost)),
    fact("Recording", page.recording && link(page.recording)),
    fact("Hung up", [page.hangup_by, call.hangup].filter(Boolean).join(": ")
      + (page.hangup_code ? ` (${page.hangup_code})` : "")),
    fact("Voicemail", call.voicemail ? "answered by a machine" : null),
    fact("Note", call.note && words(call.note, "span")),
    fact("Confirmed", call.confirmed ? "by Bolna, asked by us" : call.live ?
      "not yet: the call goes on" : "not yet: results follow once it is"),
    fact("Execution", page.execution && h("code", null, page.execution)));
}

function heard(events) {
  const source = {webhook: "told by webhook", get: "asked by us",
    list: "found in Bolna's list"};

  return events.length === 0 ? null : h("details", {class: "card"},
    h("summary", null, `What Bolna said (${events.length})`),
    h("ol", {class: "heard"}, events.map((event) => h("li", null,
      h("time", {title: f.whole(event.at)}, f.second(event.at)),
      words(f.status(String(event.status ?? "")), "strong"),
      h("span", {class: "faint"}, source[event.source])))));
}

function others(calls, id) {
  const rest = calls.filter((call) => call.id !== id);

  return rest.length === 0 ? null : h("section", {class: "card"},
    h("h2", null, "Other calls to this person"),
    h("ul", {class: "rows"}, rest.map((call) => h("li", null,
      h("a", {class: "line", href: `#/call/${call.id}`}, pill(call),
        h("span", {class: "grow"}, ago(call.sent_at || call.claimed_at)),
        length(call))))));
}

function show(page) {
  const call = page.calls.find((one) => one.id === page.id);

  return [
    h("header", {class: "head"},
      h("a", {class: "back", href: "#/calls"}, icon("back"), "Calls"),
      h("h1", null, who(call)),
      h("p", {class: "under"}, pill(call), h("span", {class: "num"},
        call.phone), words(call.campaign, "span"),
      ago(call.sent_at || call.claimed_at),
      h("a", {href: `#/why/${encodeURIComponent(call.phone)}`},
        "Why was this person called?"))),
    h("section", {class: "card", "aria-label": "Stages"}, track(call, true)),
    h("div", {class: "two"},
      h("div", {class: "column"},
        page.summary && h("section", {class: "card"}, h("h2", null, "Summary"),
          words(page.summary, "p")),
        h("section", {class: "card"}, h("h2", null, "Transcript"),
          page.transcript ? talk(page.transcript) : h("p", {class: "faint"},
            call.live ? "It comes when the call is over." :
              "Nothing was said, or Bolna did not tell."))),
      h("div", {class: "column"},
        outcomes(page),
        analysis(page.analysis),
        h("section", {class: "card"}, h("h2", null, "Facts"),
          facts(call, page)),
        others(page.calls, page.id), heard(page.events))),
  ].flat();
}

export function view(node, id) {
  let known = "";

  async function load() {
    const page = await get(`call/${encodeURIComponent(id)}`);
    const text = JSON.stringify(page);

    if (text === known)
      return;
    known = text;
    fill(node, show(page));
    document.title = `${page.calls.find((one) => one.id === page.id).name
      || "A call"} · callsheet`;
  }
  return {load, news: load, title: "A call"};
}
