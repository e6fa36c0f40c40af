// What the calls of the last days came to.

import {get} from "./api.js";
import {empty, fill, h, s} from "./dom.js";
import * as f from "./format.js";

const PERIODS = [7, 30, 90];
// What is drawn shrinks with its place; its figures are still to be read.
const NARROW = matchMedia("(max-width: 760px)");

// A round number at or above the highest, and what stands on the way up.
function scale(highest) {
  const rough = Math.max(highest, 1e-6) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((n) => n * power >= rough) * power;
  const n = Math.max(1, Math.ceil(highest / step - 1e-9));

  return {top: n * step, marks: Array.from({length: n + 1}, (_, i) =>
    i * step)};
}

// Columns, each with a part that is filled; points draw a line over them.
function columns({label, names, all, part, line, say, axis, half}) {
  const width = NARROW.matches ? 340 : half ? 500 : 640;
  const height = 220, left = 40, bottom = 24, right = line ? 36 :
    8;
  const tall = height - bottom - 12;
  const {top, marks} = scale(Math.max(...all, 0));
  const each = (width - left - right) / names.length;
  const wide = Math.min(26, each * 0.68);
  const y = (value, of = top) => 12 + tall * (1 - value / of);
  const chart = s("svg", {class: "chart", viewBox: `0 0 ${width} ${height}`,
    role: "img", "aria-label": label});
  const every = Math.ceil(names.length / (width / 54));

  for (const mark of marks)
    chart.append(s("line", {x1: left, x2: width - right, y1: y(mark),
      y2: y(mark), class: "rule"}), s("text", {x: left - 8, y: y(mark) + 4,
      class: "end"}, axis(mark)));
  names.forEach((name, i) => {
    const x = left + each * i + (each - wide) / 2;
    const column = s("g", {class: "column-hit"}, s("title", null, say(i)),
      s("rect", {x: left + each * i, y: 0, width: each, height: height -
        bottom, class: "hit"}));
    const bar = (value, name) => value > 0 && column.append(s("rect", {x,
      y: y(value), width: wide, height: y(0) - y(value), rx: Math.min(3,
        wide / 3), class: name}));

    bar(all[i], part ? "rest" : "mark");
    if (part)
      bar(part[i], "mark");
    if (i % every === 0)
      column.append(s("text", {x: x + wide / 2, y: height - 6}, name));
    chart.append(column);
  });
  if (line) {
    const points = line.map((share, i) => share === null ? null :
      `${left + each * (i + 0.5)},${y(share, 1)}`);

    chart.append(s("polyline", {points: points.filter(Boolean).join(" "),
      class: "share"}), points.map((point) => point && s("circle", {
      cx: point.split(",")[0], cy: point.split(",")[1], r: 2.6,
      class: "share"})).filter(Boolean).reduce((group, dot) => {
      group.append(dot);
      return group;
    }, s("g")));
    for (const share of [0, 0.5, 1])
      chart.append(s("text", {x: width - right + 8, y: y(share, 1) + 4,
        class: "start"}, `${share * 100}%`));
  }
  return chart;
}

// The same for those who cannot see it, or want the figures.
function table(caption, heads, rows) {
  return h("details", null, h("summary", null, "As figures"),
    h("table", null, h("caption", {class: "unseen"}, caption),
      h("thead", null, h("tr", null, heads.map((head) => h("th", {
        scope: "col"}, head)))),
      h("tbody", null, rows.map((row) => h("tr", null, row.map((cell, i) =>
        i === 0 ? h("th", {scope: "row"}, cell) : h("td", {class: "num"},
          cell)))))));
}

function byHour(rows) {
  const hours = Array.from({length: 24}, (_, hour) => rows.find((row) =>
    row.hour === hour) || {hour, calls: 0, answered: 0});
  const name = (row) => `${String(row.hour).padStart(2, "0")}:00`;

  return h("section", {class: "card"},
    h("h2", null, "Calls and answer rate by hour"),
    h("ul", {class: "legend"}, h("li", {class: "done"}, "answered"),
      h("li", {class: "waits"}, "not answered"),
      h("li", {class: "share"}, "answer rate")),
    columns({label: "Calls by hour of the day, and the share answered",
      names: hours.map((row) => row.hour), all: hours.map((row) => row.calls),
      part: hours.map((row) => row.answered), axis: (n) => f.number(n),
      line: hours.map((row) => row.calls ? row.answered / row.calls : null),
      say: (i) => `${name(hours[i])}: ${hours[i].calls} calls, `
        + `${f.percent(hours[i].answered, hours[i].calls)} answered`}),
    table("Calls by hour", ["Hour", "Calls", "Answered", "Rate"], hours.filter(
      (row) => row.calls).map((row) => [name(row), f.number(row.calls),
      f.number(row.answered), f.percent(row.answered, row.calls)])));
}

function outcomes(rows) {
  const all = rows.reduce((sum, row) => sum + row.calls, 0);
  const top = Math.max(...rows.map((row) => row.calls));

  return h("section", {class: "card"}, h("h2", null, "How calls ended"),
    h("ul", {class: "bars"}, rows.map((row) => h("li", null,
      h("span", {class: "grow"}, f.status(row.final)),
      s("svg", {viewBox: "0 0 200 10", preserveAspectRatio: "none",
        "aria-hidden": "true"}, s("rect", {width: 200 * row.calls / top,
        height: 10, rx: 2, class: row.final === "completed" ? "mark" :
          "rest"})),
      h("strong", {class: "num"}, f.number(row.calls)),
      h("span", {class: "num faint"}, f.percent(row.calls, all))))));
}

function byDay(rows, days, title, value, say, axis) {
  const last = Math.floor((f.now() + f.offset * 60) / 86400) * 86400;
  const list = Array.from({length: days}, (_, i) => last - (days - 1 - i)
    * 86400).map((day) => rows.find((row) => row.day === day) || {day,
    calls: 0, answered: 0, cost: 0, talk: 0});
  const name = (row) => new Date(row.day * 1000).toLocaleDateString(undefined,
    {day: "numeric", month: "short", timeZone: "UTC"});

  return h("section", {class: "card"}, h("h2", null, title),
    columns({label: title, names: list.map(name), all: list.map(value), axis,
      half: true,
      part: title === "Calls by day" ? list.map((row) => row.answered) : null,
      say: (i) => `${name(list[i])}: ${say(list[i])}`}),
    table(title, ["Day", "Calls", "Answered", "Talk", "Cost"], list.filter(
      (row) => row.calls).map((row) => [name(row), f.number(row.calls),
      f.number(row.answered), f.stretch(row.talk), f.money(row.cost)])));
}

function sums(rows) {
  const sum = (name) => rows.reduce((all, row) => all + row[name], 0);
  const calls = sum("calls");

  return h("dl", {class: "stats card"}, [["Calls", f.number(calls)],
    ["Answered", f.percent(sum("answered"), calls)],
    ["Talk", f.stretch(sum("talk"))], ["Cost", f.money(sum("cost"))],
    ["A call costs", calls ? f.money(sum("cost") / calls) : "–"]].map(
    ([name, value]) => h("div", {class: "stat"}, h("dt", null, name),
      h("dd", null, h("strong", {class: "num"}, value)))));
}

export function view(node, _, query) {
  const days = PERIODS.includes(Number(query.days)) ? Number(query.days) : 30;
  const body = h("div", {class: "stack"});
  let known = "";

  fill(node, h("header", {class: "head line"},
    h("h1", {class: "grow"}, "Charts"),
    h("nav", {class: "choice", "aria-label": "Period"}, PERIODS.map((n) =>
      h("a", {href: `#/charts?days=${n}`, "aria-current": n === days ? "true" :
        null}, `${n} days`)))), body);

  async function load() {
    const page = await get("charts", {days, offset: f.offset});
    const text = JSON.stringify(page);

    if (text === known)
      return;
    known = text;
    if (page.days.length === 0) {
      fill(body, empty("charts", "Nothing to draw yet",
        "Charts count calls that are over and confirmed by Bolna."));
      return;
    }
    fill(body, sums(page.days), h("div", {class: "pair"}, byHour(page.hours),
      outcomes(page.finals)), h("div", {class: "pair even"},
      byDay(page.days, days, "Calls by day", (row) => row.calls, (row) =>
        `${row.calls} calls, ${f.percent(row.answered, row.calls)} answered`,
      (n) => f.number(n)),
      byDay(page.days, days, "Cost by day", (row) => row.cost, (row) =>
        `${f.money(row.cost)} for ${row.calls} calls`,
      (n) => "$" + f.number(Number(n.toPrecision(3))))));
  }
  return {load, news: load, title: "Charts"};
}
