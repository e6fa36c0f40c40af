// How numbers, times and statuses are said.

export const offset = -new Date().getTimezoneOffset();

const CLOCK = new Intl.DateTimeFormat(undefined, {hour: "numeric",
  minute: "2-digit"});
const SECOND = new Intl.DateTimeFormat(undefined, {hour: "numeric",
  minute: "2-digit", second: "2-digit"});
const DAY = new Intl.DateTimeFormat(undefined, {day: "numeric",
  month: "short"});
const WHOLE = new Intl.DateTimeFormat(undefined, {dateStyle: "full",
  timeStyle: "medium"});
const NUMBER = new Intl.NumberFormat();

export const now = () => Date.now() / 1000;
export const clock = (at) => CLOCK.format(at * 1000);
export const second = (at) => SECOND.format(at * 1000);
export const day = (at) => DAY.format(at * 1000);
export const whole = (at) => WHOLE.format(at * 1000);
export const number = (n) => NUMBER.format(n);

const days = (at) => Math.floor((at + offset * 60) / 86400);

function span(secs) {
  if (secs < 60)
    return `${Math.max(1, Math.round(secs))} s`;
  if (secs < 3600)
    return `${Math.round(secs / 60)} min`;
  return `${Math.round(secs / 3600)} h`;
}

// "5 min ago", "in 2 h", "yesterday, 14:05", "12 Nov, 14:05"
export function relative(at) {
  const ago = now() - at;
  const apart = days(now()) - days(at);

  if (Math.abs(ago) < 5)
    return "just now";
  if (Math.abs(ago) < 6 * 3600)
    return ago > 0 ? `${span(ago)} ago` : `in ${span(-ago)}`;
  if (apart === 0)
    return `today, ${clock(at)}`;
  if (apart === 1)
    return `yesterday, ${clock(at)}`;
  if (apart === -1)
    return `tomorrow, ${clock(at)}`;
  return `${day(at)}, ${clock(at)}`;
}

export function duration(secs) {
  const whole = Math.round(secs);
  const pad = (n) => String(n).padStart(2, "0");

  if (whole < 3600)
    return `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole % 3600 / 60))}:`
    + pad(whole % 60);
}

// Of a whole day's talk.
export function stretch(secs) {
  if (secs < 60)
    return `${Math.round(secs)} s`;
  if (secs < 3600)
    return `${Math.round(secs / 60)} min`;
  return `${Math.floor(secs / 3600)} h ${Math.round(secs % 3600 / 60)} min`;
}

export function money(amount) {
  return amount > 0 && amount < 0.01 ? "<$0.01" : "$" + amount.toLocaleString(
    undefined, {minimumFractionDigits: 2, maximumFractionDigits: 2});
}

export function percent(part, all) {
  return all > 0 ? `${Math.round(100 * part / all)}%` : "–";
}

const STATUS = {
  intent: "about to dial", sending: "dialling", accepted: "placed",
  unknown: "in doubt", done: "over", rejected: "refused by Bolna",
  released: "not sent", queued: "queued", scheduled: "scheduled",
  prepared: "prepared", rescheduled: "rescheduled", initiated: "dialling",
  ringing: "ringing", "in-progress": "talking",
  "call-disconnected": "hung up", completed: "completed",
  "no-answer": "no answer", busy: "busy", failed: "failed", error: "error",
  canceled: "canceled", stopped: "stopped", "balance-low": "wallet empty",
};

export const status = (word) => STATUS[word] || word;

// Three kinds are enough for the eye: went well, goes on, did not.
export function kind(call) {
  if (call.live)
    return call.state === "unknown" ? "doubt" : "live";
  if (call.status === "completed")
    return "good";
  if (["failed", "error", "rejected", "balance-low"].includes(call.status))
    return "bad";
  return "calm";
}

// What a rule looked at: {"last": "busy", "within": 86400}
export function facts(found) {
  return Object.entries(found || {}).filter(([name, value]) => value !== "" &&
    value !== null && !["attempt", "execution", "settings"].includes(name)).map(
    ([name, value]) => name === "within" || name === "secs" ?
      `within ${stretch(value)}` : name === "note" || name === "reason" ||
      name === "problem" ? String(value) : `${name}: ${value}`).join("; ");
}

export const capital = (text) => text ? text[0].toUpperCase() + text.slice(1)
  : "";

export const HELD = {
  phone: "no usable number", pause: "paused in the sheet",
  dnc: "do not call", control: "Control is not understood",
  duplicate: "number twice on the sheet", status: "has a status already",
  timezone: "time zone not known", max_attempts: "tried often enough",
  rejected: "refused by Bolna", review: "needs a person",
  foreign: "another installation's?",
};
