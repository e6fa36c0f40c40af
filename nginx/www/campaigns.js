// How far each campaign is, and when it will be through.

import {get, post} from "./api.js";
import {ago} from "./call.js";
import {empty, fill, h, icon, s, words} from "./dom.js";
import * as f from "./format.js";

// Called and over, on the line, waiting, held back: the whole sheet.
function progress(one) {
  const {rows, waiting, held} = one.people;
  const done = Math.max(0, rows - waiting - held - one.live);
  const parts = [["done", done, "done"], ["live", one.live, "on the line"],
    ["waits", waiting, "waiting"], ["held", held, "held back"]];
  const bar = s("svg", {class: "progress", viewBox: "0 0 600 10",
    preserveAspectRatio: "none", role: "img", "aria-label": parts.map(
      ([, n, word]) => `${n} ${word}`).join(", ")});
  let x = 0;

  for (const [name, n, word] of parts) {
    const width = rows > 0 ? 600 * n / rows : 0;

    if (width > 0)
      bar.append(s("rect", {class: name, x, y: 0, width: Math.max(1.5,
        width - (x + width < 599 ? 1.5 : 0)), height: 10},
      s("title", null, `${n} ${word}`)));
    x += width;
  }
  return [bar, h("ul", {class: "legend"}, parts.map(([name, n, word]) =>
    h("li", {class: name}, h("strong", {class: "num"}, f.number(n)),
      ` ${word}`)))];
}

// What those who wait may cost, as the programs reckon with it.
function cost(one) {
  const {people, lowest, highest, spent, allowed} = one.forecast;

  if (people === 0)
    return null;
  return [`To reach the ${f.number(people)} who wait: from `
    + `${f.money(lowest)} to ${f.money(highest)}; ${f.money(spent)} spent`,
  allowed === null ? "" : `, ${f.money(Math.max(0, allowed))} more allowed`,
  "."];
}

function forecast(one) {
  const waiting = one.people.waiting;

  if (one.problem)
    return null;
  if (one.paused)
    return "Paused: nobody is called until it goes on.";
  if (one.stopped)
    return null;
  if (one.dry_run)
    return "A rehearsal: dry_run is on, so nobody is called.";
  if (waiting === 0)
    return one.live > 0 ? "The last calls are on the line." :
      "Nobody waits for a call.";
  if (!one.per_hour)
    return one.next_at > f.now() ? ["Next call ", ago(one.next_at), "."] :
      "The first calls will show how long it takes.";
  const hours = waiting / one.per_hour;
  return [`About ${hours < 1 ? Math.max(1, Math.round(hours * 60)) + " min" :
    Math.round(hours) + " h"} of calling left, at ${one.per_hour} calls`
    + " an hour", one.next_at > f.now() ? [". Next call ", ago(one.next_at)] :
    "", "."];
}

function reasons(held) {
  const list = Object.entries(held).sort((a, b) => b[1] - a[1]);

  return list.length === 0 ? null : h("details", null,
    h("summary", null, "Why people are held back"),
    h("ul", {class: "rows"}, list.map(([why, n]) => h("li", {class: "line"},
      h("span", {class: "grow"}, f.HELD[why] || why),
      h("strong", {class: "num"}, f.number(n))))));
}

function sheet(url) {
  return /^https:\/\//.test(url) ? h("a", {href: url, target: "_blank",
    rel: "noopener noreferrer"}, "Open the sheet ↗") :
    words(url.replace(/^file:/, ""), "span");
}

function hours(one) {
  if (!one.opens_at)
    return null;
  const now = f.now();
  return now < one.opens_at ? ["Calling hours begin ", ago(one.opens_at)] :
    now < one.closes_at ? `Calling hours until ${f.clock(one.closes_at)}` :
      "Outside the calling hours";
}

function card(one, many, done) {
  const button = h("button", {type: "button", class: one.paused ? "main" :
    null, "aria-label": `${one.paused ? "Resume" : "Pause"} ${one.name}`},
  icon(one.paused ? "play" : "pause"), one.paused ? "Resume" : "Pause");

  button.addEventListener("click", async () => {
    button.disabled = true;
    await done(one, post(`campaign/${encodeURIComponent(one.name)}/`
      + (one.paused ? "resume" : "pause")));
    button.disabled = false;
  });
  return h("section", {class: `card campaign${one.paused ? " paused" : ""}`},
    h("div", {class: "line top"}, h("h2", {class: "grow"}, words(one.name)),
      many && h("span", {class: "faint"}, one.account), button),
    one.problem && h("p", {class: "notice", role: "alert"}, icon("problems"),
      words(one.problem, "span")),
    !one.problem && !one.paused && one.stopped && h("p", {class: "notice"},
      icon("problems"), h("span", null, "Nobody is called: ",
        words(one.stopped.says), f.facts(one.stopped.facts) && [" – ",
          words(f.facts(one.stopped.facts))], ".")),
    progress(one), forecast(one) && h("p", null, forecast(one)),
    cost(one) && h("p", {class: "faint"}, cost(one)),
    h("dl", {class: "stats"},
      [["Calls", f.number(one.calls.calls)],
        ["Answered", f.percent(one.calls.answered, one.calls.calls)],
        ["Talk", f.stretch(one.calls.talk)],
        ["Cost", f.money(one.calls.cost)]].map(([name, value]) =>
        h("div", {class: "stat"}, h("dt", null, name), h("dd", null,
          h("strong", {class: "num"}, value))))),
    reasons(one.held),
    h("p", {class: "faint small"}, [sheet(one.sheet), hours(one),
      one.imported_at && ["Sheet read ", ago(one.imported_at)],
      one.unwritten > 0 && `${one.unwritten} rows wait to be written`]
      .filter(Boolean).map((part, i) => [i > 0 && " · ", part]),
    " · ", h("a", {href: `#/calls?campaign=${encodeURIComponent(one.name)}`},
      "Its calls")));
}

export function view(node, _, __, say) {
  const list = h("div", {class: "stack"});
  let known = "";

  fill(node, h("header", {class: "head"}, h("h1", null, "Campaigns")), list);

  async function done(one, asked) {
    try {
      await asked;
      say(`${one.name} ${one.paused ? "goes on" : "is paused"}.`);
    } catch (error) {
      say(`${one.name} is as it was: ${error.message}.`, true);
    }
    await load();
    [...list.querySelectorAll("button")].find((button) =>
      button.getAttribute("aria-label").endsWith(` ${one.name}`))?.focus();
  }

  async function load() {
    const page = await get("campaigns");
    const text = JSON.stringify(page);
    const open = [...list.querySelectorAll("details")].map((d) => d.open);
    const at = [...list.querySelectorAll("a, button, summary")].indexOf(
      document.activeElement);

    if (text === known)
      return;
    known = text;
    fill(list, page.campaigns.length === 0 ? empty("sheet", "No campaign yet",
      "Describe one at the end of callsheet.conf, then run the dialer.") :
      page.campaigns.map((one) => card(one, new Set(page.campaigns.map(
        (c) => c.account)).size > 1, done)));
    list.querySelectorAll("details").forEach((d, i) => {
      d.open = Boolean(open[i]);
    });
    if (at !== -1)
      list.querySelectorAll("a, button, summary")[at]?.focus();
  }
  return {load, news: load, title: "Campaigns"};
}
