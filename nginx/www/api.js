// Questions to the receiver, and its stream of news.

import {offset} from "./format.js";

const POLL_MS = 4000;           // while there is no stream
const AGAIN_MS = 20000;         // then a stream is tried anew
const PATIENCE_MS = 15000;
// Not relative: the page's own address may hold the login.
const HERE = `${location.origin}/api`;

export class Refused extends Error {}

async function answer(response) {
  let body = null;

  try {
    body = await response.json();
  } catch {
    body = null;
  }
  if (response.ok && body)
    return body;
  if (response.status >= 500)
    throw new Error(body?.reason || "the receiver does not answer");
  throw new Refused(body?.reason || (response.status === 401 ?
    "the login was not accepted" : `the server says ${response.status}`));
}

export async function get(page, query = {}) {
  const params = new URLSearchParams(Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== ""));
  const tail = params.size || params.toString() ? `?${params}` : "";

  return answer(await fetch(`${HERE}/${page}${tail}`, {
    signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store"}));
}

// The header is what no other site's page can send.
export async function post(page) {
  return answer(await fetch(`${HERE}/${page}`, {method: "POST",
    headers: {"X-Callsheet": "1"}, signal: AbortSignal.timeout(PATIENCE_MS)}));
}

// Page "now", as often as it changes: by a stream, or by asking when there is
// none to be had.  told(page) gets it, state(word) hears how.
export class Feed {
  constructor(told, state) {
    this.told = told;
    this.state = state;
    this.source = this.timer = null;
    document.addEventListener("visibilitychange", () => this.look());
    window.addEventListener("online", () => this.open());
    this.open();
  }

  // Nobody looks: the place is left to somebody who does.
  look() {
    if (document.hidden) {
      this.close();
      clearTimeout(this.timer);
    } else {
      this.open();
    }
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  open() {
    this.close();
    clearTimeout(this.timer);
    const source = new EventSource(`${HERE}/events?offset=${offset}`);

    this.source = source;
    this.opened = Date.now();
    source.addEventListener("now", (event) => {
      clearTimeout(this.timer);
      this.state("live");
      this.told(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      if (this.source === source)
        this.lost(source.readyState === EventSource.CLOSED);
    });
  }

  // A stream that has only ended comes back by itself, sooner than this asks.
  lost(refused) {
    clearTimeout(this.timer);
    if (refused) {
      this.close();
      this.poll();
    } else {
      this.timer = setTimeout(() => this.poll(), POLL_MS);
    }
  }

  async poll() {
    try {
      this.told(await get("now", {offset}));
      this.state("polling");
    } catch (error) {
      this.state(error instanceof Refused ? "refused" : "offline",
        error.message);
    }
    if (document.hidden || this.source?.readyState === EventSource.OPEN)
      return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.source && Date.now() - this.opened > AGAIN_MS)
        this.open();
      else
        this.poll();
    }, POLL_MS);
  }
}
