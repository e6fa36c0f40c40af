// What happens at this moment, and what just did.

import {ago, length, pill, track, who} from "./call.js";
import {empty, fill, h, keyed, put, s} from "./dom.js";
import * as f from "./format.js";

function liveCard() {
  return h("li", null, h("a", {class: "card live"}));
}

function updateLive(node, call) {
  const card = node.firstChild;

  node.live = call;
  card.href = `#/call/${call.id}`;
  fill(card, h("div", {class: "line"}, h("strong", {class: "grow name"},
    who(call)), length(call)),
  h("div", {class: "line faint"}, h("span", {class: "num"}, call.phone),
    h("span", {class: "grow end"}, call.campaign)),
  track(call), h("p", {class: "stage"}, f.status(call.status)));
}

function recentRow() {
  return h("li", null, h("a", {class: "line"}));
}

export function updateRow(node, call) {
  const row = node.firstChild;

  row.href = `#/call/${call.id}`;
  fill(row, pill(call), h("span", {class: "grow name"}, who(call)),
    h("span", {class: "faint wide"}, call.hangup && call.status !== "completed"
      ? call.hangup : call.campaign), length(call),
    h("span", {class: "faint when"}, ago(call.ended_at || call.sent_at)));
}

// Calls by hour of today; the answered part is filled.
function hours(rows) {
  const top = Math.max(4, ...rows.map(([, calls]) => calls));
  const here = Math.floor(((f.now() + f.offset * 60) % 86400) / 3600);
  const chart = s("svg", {class: "spark", viewBox: "0 0 240 56", role: "img",
    "aria-label": "Calls by hour of today"});

  for (let hour = 0; hour < 24; hour++) {
    const [, calls, answered] = rows.find(([at]) => at === hour)
      || [hour, 0, 0];
    const tall = 44 * calls / top;
    const full = 44 * answered / top;
    const x = hour * 10 + 1.5;

    chart.append(s("g", {class: hour === here ? "here" : null},
      s("title", null, `${hour}:00 – ${calls} calls, ${answered} answered`),
      s("rect", {x, y: 0, width: 7, height: 46, class: "hit"}),
      s("rect", {x, y: 46 - Math.max(1.5, tall), width: 7,
        height: Math.max(1.5, tall), rx: 1.5, class: "rest"}),
      full > 0 && s("rect", {x, y: 46 - full, width: 7, height: full, rx: 1.5,
        class: "mark"}),
      hour % 6 === 0 && s("text", {x: x + 3.5, y: 55}, hour)));
  }
  return chart;
}

function stat(name, value, more) {
  return h("div", {class: "stat"}, h("dt", null, name), h("dd", null,
    h("strong", {class: "num"}, value), more && h("span", {class: "faint"},
      more)));
}

function today(page) {
  const t = page.today;

  return [h("h2", null, "Today"), h("dl", {class: "stats"},
    stat("Calls", f.number(t.calls)),
    stat("Answered", f.percent(t.answered, t.calls),
      t.calls > 0 && f.number(t.answered)),
    stat("Talk", f.stretch(t.talk)), stat("Cost", f.money(t.cost))),
  hours(page.hours)];
}

function sentence(page, live) {
  const parts = [];

  parts.push(live === 0 ? "Nobody is on the line" : live === 1 ?
    "One person is on the line" : `${f.number(live)} people are on the line`);
  if (page.waiting > 0)
    parts.push(`${f.number(page.waiting)} ${page.waiting === 1 ? "waits" :
      "wait"} for a call`);
  return parts.join(", ") + ".";
}

function quiet(page) {
  if (page.campaigns === 0)
    return empty("sheet", "No campaign yet",
      "Describe one at the end of callsheet.conf; the next pass of the dialer"
      + " reads its sheet.");
  if (page.paused.length === page.campaigns)
    return empty("pause", "Paused", "Nobody is called until a campaign goes"
      + " on: ", h("a", {href: "#/campaigns"}, "Campaigns"), ".");
  if (page.waiting === 0)
    return empty("quiet", "All quiet", "Nobody waits for a call. New rows of"
      + " the sheet are called as they come.");
  return empty("quiet", "All quiet", page.next_at > f.now() ?
    ["The next call is due ", ago(page.next_at), "."] :
    "Calls go out when the calling hours and the limits allow it.");
}

export function view(node) {
  const under = h("p", {class: "under"});
  const live = h("ul", {class: "cards", "aria-label": "Live calls"});
  const none = h("div");
  const list = h("ul", {class: "rows"});
  const recent = h("section", {class: "card"}, h("h2", null, "Just ended"),
    list);
  const side = h("section", {class: "card"});
  const pass = h("p", {class: "faint pass"});

  fill(node, h("header", {class: "head"}, h("h1", null, "Now"), under),
    h("div", {class: "two"}, h("div", {class: "column"}, h("section", {
      "aria-label": "On the line"}, live, none), recent),
    h("div", {class: "column"}, side, pass)));

  function news(page) {
    const lively = page.calls.filter((call) => call.live);
    const over = page.calls.filter((call) => !call.live);

    put(under, sentence(page, lively.length));
    keyed(live, lively, liveCard, updateLive);
    live.hidden = lively.length === 0;
    fill(none, lively.length === 0 && quiet(page));
    keyed(list, over, recentRow, updateRow);
    recent.hidden = over.length === 0;
    fill(side, today(page));
    fill(pass, page.last_pass ? ["The dialer last began a pass ",
      ago(page.last_pass), "."] : "The dialer has not run yet.");
  }
  return {news, title: "Now"};
}
