// The frame around the pages: addresses, keys, and news for whoever is shown.

import {Feed, get} from "./api.js";
import {fill, h, icon, put} from "./dom.js";
import * as f from "./format.js";
import * as call from "./call.js";
import * as calls from "./calls.js";
import * as campaigns from "./campaigns.js";
import * as charts from "./charts.js";
import * as now from "./now.js";
import * as problems from "./problems.js";
import * as why from "./why.js";

const PAGES = {now, calls, campaigns, why, charts, problems};
const NAMES = {now: "Now", calls: "Calls", campaigns: "Campaigns",
  why: "Why?", charts: "Charts", problems: "Problems"};
const LINK = {live: "Live", polling: "Asking every few seconds",
  offline: "Not reached, trying again", refused: "Refused"};
const NEWS_MS = 1500;           // pages that ask are told no more often
const PROBLEMS_MS = 30000;

const $ = (id) => document.getElementById(id);
const state = {page: null, last: null, news: 0, timer: null, checked: 0};

function say(text, wrong = false) {
  put($("say"), text);
  const note = h("p", {class: wrong ? "toast wrong" : "toast"}, text);

  document.body.append(note);
  setTimeout(() => note.remove(), 5000);
}

function failed(error) {
  let note = document.querySelector(".failed");

  if (!note) {
    note = h("p", {class: "notice failed", role: "alert"});
    $("view").prepend(note);
  }
  fill(note, icon("problems"), h("span", null,
    `This is not up to date: ${error.message}.`));
}

async function tell(what) {
  try {
    await what();
    document.querySelector(".failed")?.remove();
  } catch (error) {
    failed(error);
  }
}

// "#/call/12?x=y" is page call, 12, {x: "y"}
function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  let tail = rest.join("/");

  try {
    tail = decodeURIComponent(tail);
  } catch {
    tail = "";
  }
  return {name: name || "now", tail,
    query: Object.fromEntries(new URLSearchParams(query || ""))};
}

function mark(name) {
  for (const link of $("nav").querySelectorAll("a")) {
    const here = link.dataset.page === (name === "call" ? "calls" : name);

    if (here)
      link.setAttribute("aria-current", "page");
    else
      link.removeAttribute("aria-current");
  }
}

async function go(first) {
  const {name, tail, query} = address();
  const module = name === "call" ? call : PAGES[name] || now;
  const node = h("div", {class: "page"});
  const page = module.view(node, tail, query, say);

  state.page = page;
  mark(name in PAGES || name === "call" ? name : "now");
  document.title = `${page.title} · callsheet`;
  if (page.load)
    await tell(async () => {
      await page.load();
      if (state.page === page)
        fill($("view"), node);
    });
  if (state.page !== page)
    return;
  if (!node.isConnected) {
    const note = $("view").querySelector(".failed");

    fill($("view"), note, node);
  }
  if (!page.load && state.last)
    page.news(state.last);
  title();
  if (first !== true) {
    window.scrollTo(0, 0);
    (page.focus || $("view")).focus({preventScroll: true});
  }
}

function title() {
  const live = state.last?.calls.filter((one) => one.live).length || 0;

  document.title = document.title.replace(/^\(\d+\) /, "");
  if (live)
    document.title = `(${live}) ${document.title}`;
}

async function count() {
  const badge = $("nav").querySelector(".badge");

  state.checked = Date.now();
  try {
    const {problems: list} = await get("problems");

    put(badge, list.length ? String(list.length) : "");
    badge.parentNode.setAttribute("aria-label", list.length ?
      `Problems, ${list.length}` : "Problems");
  } catch {
    put(badge, "");
  }
}

// Page "now" is given what came; the others ask for themselves, at leisure.
function news(page) {
  state.last = page;
  put($("who"), page.account || "All accounts");
  if (Date.now() - state.checked > PROBLEMS_MS)
    count();
  title();
  if (!state.page?.load) {
    state.page?.news(page);
    return;
  }
  if (state.timer)
    return;
  state.timer = setTimeout(() => {
    state.timer = null;
    state.news = Date.now();
    tell(state.page.news);
  }, Math.max(0, state.news + NEWS_MS - Date.now()));
}

function linked(word, why) {
  const node = $("link");

  if (node.dataset.state !== word)
    node.dataset.state = word;
  put(node.querySelector(".word"), LINK[word]);
  node.title = why || "";
  if (word === "refused" && !state.last)
    failed(new Error(why));
}

// --- keys ---

const KEYS = [["1 – 6", "the pages"], ["/", "search"],
  ["j  k", "next, previous in a list"], ["Enter", "open"],
  ["Esc", "back, or leave the search"], ["?", "this"]];

function step(by) {
  const lines = [...$("view").querySelectorAll("a.line, a.card")];
  const at = lines.indexOf(document.activeElement);

  if (lines.length)
    lines[Math.max(0, Math.min(lines.length - 1, at + by))].focus();
}

function help() {
  const dialog = $("help");

  fill(dialog, h("h2", {id: "help-title"}, "Keys"),
    h("dl", {class: "keys"}, KEYS.map(([key, what]) => [h("dt", null,
      key.split("  ").map((k) => h("kbd", null, k))), h("dd", null, what)])),
    h("button", {type: "button", class: "main", autofocus: true,
      onclick: () => dialog.close()}, "Close"));
  if (!dialog.open)
    dialog.showModal();
}

async function search() {
  if (!$("q"))
    location.hash = "#/calls";
  for (let i = 0; i < 50 && !$("q"); i++)
    await new Promise((done) => setTimeout(done, 20));
  $("q")?.focus();
}

function pressed(event) {
  const typing = event.target.closest("input, select, textarea");

  if (event.ctrlKey || event.altKey || event.metaKey || $("help").open)
    return;
  if (event.key === "Escape" && typing)
    typing.blur();
  else if (event.key === "Escape" && address().name === "call")
    location.hash = "#/calls";
  if (typing)
    return;
  const page = Object.keys(PAGES)[Number(event.key) - 1];
  const todo = page ? () => {
    location.hash = `#/${page}`;
  } : {"/": search, "?": help, j: () => step(1), k: () => step(-1)}[event.key];

  if (todo) {
    event.preventDefault();
    todo();
  }
}

// --- times that go on by themselves ---

function tick(turn) {
  for (const node of document.querySelectorAll("[data-since]"))
    put(node, f.duration(f.now() - Number(node.dataset.since)));
  if (turn % 5 === 0)
    for (const node of document.querySelectorAll("time[data-at]"))
      put(node, f.relative(Number(node.dataset.at)));
}

function begin() {
  let turn = 0;

  fill($("nav"), Object.keys(PAGES).map((name, i) => h("a", {
    href: `#/${name}`, data: {page: name}, "aria-keyshortcuts": i + 1,
    title: `${NAMES[name]} (${i + 1})`}, icon(name), h("span", {
    class: "label"}, NAMES[name]), name === "problems" && h("span", {
    class: "badge"}))));
  $("keys").addEventListener("click", help);
  document.addEventListener("keydown", pressed);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("view").focus();
  });
  window.addEventListener("hashchange", go);
  setInterval(() => tick(turn++), 1000);
  go(true);
  new Feed(news, linked);
}

begin();
