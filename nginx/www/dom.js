// Elements are made by calls and text is set as text: what callers say can
// never become markup.

const SVG = "http://www.w3.org/2000/svg";

function give(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name.startsWith("on"))
      node.addEventListener(name.slice(2), value);
    else if (name === "data")
      Object.assign(node.dataset, value);
    else
      node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false)
      node.append(child instanceof Node ? child : String(child));
  return node;
}

export function h(tag, props, ...children) {
  return give(document.createElement(tag), props, children);
}

export function s(tag, props, ...children) {
  return give(document.createElementNS(SVG, tag), props, children);
}

// Words of people: in whatever direction they are written, they push nothing
// around them.
export function words(text, tag = "bdi") {
  return h(tag, {dir: "auto"}, text);
}

export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(
    (child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Children of parent, one an item: those that stay keep their element, and
// with it the focus.
export function keyed(parent, items, make, update) {
  const had = new Map([...parent.children].map((node) => [node.dataset.key,
    node]));
  let at = parent.firstChild;
  for (const item of items) {
    let node = had.get(String(item.id));
    if (node) {
      had.delete(String(item.id));
    } else {
      node = make(item);
      node.dataset.key = item.id;
    }
    update(node, item);
    if (node === at)
      at = at.nextSibling;
    else
      parent.insertBefore(node, at);
  }
  for (const node of had.values())
    node.remove();
}

// Only when it differs: a screen reader need not hear it again.
export function put(node, text) {
  if (node.textContent !== text)
    node.textContent = text;
}

export function icon(name) {
  const paths = {
    now: "M3 12h4l2.500-7 5 14 2.500-7h4",
    calls: "M5 4h4l2 5-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
    campaigns: "M4 6h16M4 12h11M4 18h7",
    why: "M9 9a3 3 0 1 1 4.500 2.600c-.9.600-1.500 1.200-1.500 2.400M12 17.500v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
    charts: "M4 20V10M10 20V4M16 20v-7M21 20H3",
    problems: "M12 9v4M12 16.500v.01M10.300 3.900 2.400 17.500A2 2 0 0 0 4.100 20.500h15.800a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0",
    well: "M5 12.500l4.500 4.500L19 7",
    phone: "M5 4h4l2 5-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
    quiet: "M21 12.800A8.500 8.500 0 1 1 11.200 3a6.600 6.600 0 0 0 9.800 9.800",
    sheet: "M4 4h16v16H4zM4 9.500h16M4 15h16M10 4v16",
    back: "M15 5l-7 7 7 7",
    pause: "M8 5v14M16 5v14",
    play: "M7 5l12 7-12 7z",
    search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l5 5",
  };
  return s("svg", {class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true"},
    s("path", {d: paths[name]}));
}

export function empty(name, title, ...text) {
  return h("div", {class: "empty"}, icon(name), h("h3", null, title),
    h("p", null, text));
}
