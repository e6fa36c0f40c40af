// What is wrong, in words a person can act on; empty when all is well.

import {get} from "./api.js";
import {empty, fill, h, icon, words} from "./dom.js";
import {capital} from "./format.js";

const NAMES = {campaign: "Campaign", account: "Account", webhooks:
  "Webhooks of", body: "A webhook that was not understood, from", row:
  "The row of", cron: "The dialer", strangers: "Strangers", disk: "The disk",
wal: "The database's log", clock: "The clock", stop: "Stopped",
service: "Service", post: "Messages to", backup: "This copy"};

// "attempt 12" leads to the call.
function subject(one) {
  const attempt = /^attempt (\d+)$/.exec(one.what);

  if (attempt)
    return [h("a", {href: `#/call/${attempt[1]}`}, "A call"), one.which &&
      [" to ", h("span", {class: "num"}, one.which)]];
  if (one.what.startsWith("execution "))
    return ["A call", one.which && [" to ", h("span", {class: "num"},
      one.which)]];
  return [NAMES[one.what] || capital(one.what), one.which && [" ",
    words(one.which)]];
}

export function view(node) {
  const list = h("ul", {class: "stack plain-list"});
  let known = "";

  fill(node, h("header", {class: "head"}, h("h1", null, "Problems")), list);

  async function load() {
    const page = await get("problems");
    const text = JSON.stringify(page);

    if (text === known)
      return;
    known = text;
    fill(list, page.problems.length === 0 ? h("li", null, empty("well",
      "All is well", "What needs a person appears here, with what to do.")) :
      page.problems.map((one) => h("li", {class: "card problem"},
        icon("problems"), h("div", null, h("h2", null, subject(one)),
          h("p", null, words(`${capital(one.why)}${/[.?!]$/.test(one.why) ?
          "" : "."}`)), one.since && h("p", {
            class: "faint small"}, "since ", one.since)))));
  }
  return {load, news: load, title: "Problems"};
}
