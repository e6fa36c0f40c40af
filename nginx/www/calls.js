// The list of calls, newest first, with filters that live in the address.

import {get} from "./api.js";
import {empty, fill, h, icon, keyed} from "./dom.js";
import * as f from "./format.js";
import {updateRow} from "./now.js";

const STATUSES = ["live", "completed", "no-answer", "busy", "failed",
  "canceled", "stopped", "rejected", "balance-low"];
const FURTHER = 12;             // pages without a hit, then a person is asked
const TYPING_MS = 250;

const row = () => h("li", null, h("a", {class: "line"}));

function option(value, text, chosen) {
  return h("option", {value, selected: value === chosen}, text);
}

function controls(query, campaigns, change) {
  const search = h("input", {type: "search", id: "q", value: query.q || null,
    placeholder: "Name or number", "aria-label": "Search", autocomplete: "off",
    spellcheck: "false", maxlength: 80});
  const campaign = h("select", {"aria-label": "Campaign"},
    option("", "All campaigns", query.campaign), campaigns.map((name) =>
      option(name, name, query.campaign)));
  const status = h("select", {"aria-label": "Status"},
    option("", "Any status", query.status), STATUSES.map((word) =>
      option(word, word === "live" ? "on the line" : f.status(word),
        query.status)));
  let timer = null;
  const now = () => change({q: search.value.trim(), campaign: campaign.value,
    status: status.value});

  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(now, TYPING_MS);
  });
  campaign.addEventListener("change", now);
  status.addEventListener("change", now);
  return h("form", {class: "filters", role: "search", onsubmit: (event) => {
    event.preventDefault();
    clearTimeout(timer);
    now();
  }}, h("span", {class: "search"}, icon("search"), search), campaign, status);
}

export function view(node, _, query) {
  const list = h("ul", {class: "rows"});
  const card = h("section", {class: "card", "aria-label": "Calls"}, list);
  const foot = h("div", {class: "foot-line"});
  const bar = h("div");
  let wanted = {...query};
  let calls = [], next = null, turn = 0, paged = false;

  fill(node, h("header", {class: "head"}, h("h1", null, "Calls")), bar, card,
    foot);

  function show(page) {
    const sought = wanted.q || wanted.campaign || wanted.status;

    keyed(list, calls, row, updateRow);
    card.hidden = calls.length === 0;
    if (next)
      fill(foot, calls.length === 0 && h("p", {class: "faint"},
        `Nothing found back to ${f.day(page.searched_to)}. `),
      h("button", {type: "button", onclick: () => older(FURTHER)},
        calls.length === 0 ? "Search further back" : "Show older calls"));
    else if (calls.length === 0)
      fill(foot, sought ? empty("search", "No such call",
        "Try a part of the name, a number as +91…, or fewer filters.") :
        empty("phone", "No calls yet", "They appear here as soon as the dialer"
          + " places the first one."));
    else
      fill(foot, h("p", {class: "faint"}, "That is all."));
  }

  // Where filters let nothing through, the search goes further back by itself.
  async function older(pages) {
    const mine = ++turn;
    const before = calls.length;
    let page;

    do {
      page = await get("calls", {...wanted, before: next});
      if (mine !== turn)
        return;
      calls = calls.concat(page.calls);
      next = page.next;
    } while (next && calls.length === before && --pages > 0);
    paged = before > 0;
    show(page);
  }

  async function load() {
    const page = await get("campaigns");

    fill(bar, controls(wanted, page.campaigns.map((one) => one.name), change));
    await older(FURTHER);
  }

  async function change(query) {
    wanted = query;
    calls = [];
    next = null;
    history.replaceState(null, "", "#/calls" + (Object.values(query).some(
      Boolean) ? "?" + new URLSearchParams(Object.entries(query).filter(
      ([, value]) => value)) : ""));
    await older(FURTHER);
  }

  // The newest page again; who has gone further back is left alone.
  async function news() {
    if (paged || turn === 0)
      return;
    const mine = turn;
    const page = await get("calls", wanted);

    if (mine !== turn || paged || page.calls.length === 0)
      return;
    calls = page.calls;
    next = page.next;
    show(page);
  }
  return {load, news, title: "Calls"};
}
