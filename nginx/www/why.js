// Why a person was called, is called later, or is not called.

import {get} from "./api.js";
import {empty, fill, h, icon, keyed, words} from "./dom.js";
import {ago} from "./call.js";
import * as f from "./format.js";
import {updateRow} from "./now.js";

const SOURCE = {sheet: "in the sheet", verb: "on the command line",
  file: "from a list", call: "in a call"};

function closing(one) {
  return h("p", {class: "notice"}, icon("problems"), h("span", null,
    `${one.phone} is on the do-not-call list`, one.all ? " of everybody" : "",
    `, asked for ${SOURCE[one.source] || one.source} `, ago(one.since),
    one.note && [": ", words(one.note)], "."));
}

// Call, put off, block: the rule that decides now, and what it looked at.
function decision(one) {
  const facts = f.facts(one.facts);

  return [words(f.capital(one.says)), facts && h("span", {class: "faint"},
    " – ", words(facts)), ".", one.next_at > f.now() && h("span",
    {class: "faint"}, " Asked again ", ago(one.next_at), ".")];
}

const WORD = {call: "call", "put off": "later", block: "no call"};
const LOOK = {call: "pill good", "put off": "pill calm", block: "pill doubt"};

function before(decided) {
  return decided.length === 0 ? null : h("details", null,
    h("summary", null, `What was decided before (${decided.length})`),
    h("ol", {class: "rows decided"}, decided.map((one) => h("li",
      {class: "line"}, h("span", {class: LOOK[one.verdict]},
        WORD[one.verdict]), h("span", {class: "grow"}, decision(one),
        one.all && h("span", {class: "faint"}, " The whole campaign.")),
      h("span", {class: "faint when"}, ago(one.at))))));
}

function personCard(person, calls) {
  const list = h("ul", {class: "rows"});
  const mine = calls.filter((call) => call.lead === person.lead);

  keyed(list, mine, () => h("li", null, h("a", {class: "line"})), updateRow);
  return h("section", {class: "card"},
    h("h2", null, person.name ? words(person.name) : "No name",
      h("span", {class: "faint"}, " ", h("span", {class: "num"},
        person.phone))),
    h("p", {class: "line verdict"}, h("span", {class: LOOK[
      person.now.verdict]}, WORD[person.now.verdict]),
    h("span", {class: "grow"}, decision(person.now))),
    h("p", {class: "faint small"}, "Campaign ", words(person.campaign),
      person.control && [" · Control says ", words(person.control)]),
    mine.length > 0 && list, before(person.decided));
}

export function view(node, phone) {
  const input = h("input", {type: "search", inputmode: "tel", id: "q",
    placeholder: "+91 99999 00001", "aria-label": "Telephone number",
    value: phone || null, maxlength: 40, autocomplete: "off"});
  const found = h("div", {class: "stack"});
  const known = phone || "";

  fill(node, h("header", {class: "head"}, h("h1", null, "Why?"),
    h("p", {class: "under"}, "Why somebody was called, or was not.")),
  h("form", {class: "filters", role: "search", onsubmit: (event) => {
    event.preventDefault();
    const to = `#/why/${encodeURIComponent(input.value.trim())}`;

    if (to === location.hash)
      load();
    else
      location.hash = to;
  }}, h("span", {class: "search"}, icon("search"), input),
  h("button", {class: "main", type: "submit"}, "Ask")), found);

  async function load() {
    const digits = known.replaceAll(/\D/g, "");

    if (known === "") {
      fill(found, empty("why", "Ask about a number",
        "Type it as it stands in the sheet, with or without its country"
        + " code."));
      return;
    }
    if (digits.length < 4 || digits.length > 15) {
      fill(found, empty("why", "That is no telephone number",
        "A number has between 4 and 15 digits."));
      return;
    }
    const page = await get("why", {phone: known});

    fill(found, page.closed.map(closing), page.people.map((person) =>
      personCard(person, page.calls)), page.people.length === 0 && empty(
      "why", "Nobody here has this number", "No row of a sheet had it when the"
      + " dialer last read it, and it was never called."));
  }
  return {load, news: () => known && load(), title: "Why?", focus:
    phone ? null : input};
}
