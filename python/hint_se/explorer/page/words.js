// Numbers and nodes in words, and elements made of them. Names are only ever set as text.
const whole = new Intl.NumberFormat("en");
const real = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const shares = new Intl.NumberFormat("en", { style: "percent", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
// Around a name within a sentence: letters that run the other way end with it.
const ISOLATE = "\u2068", END = "\u2069";

function share(part, all) {
  if (!(all > 0)) return "–";
  return part === 0 ? "0%" : shares.format(part / all);
}

// Counts of edges and sums of whole weights are exact.
function amount(value) {
  return (Number.isInteger(value) ? whole : real).format(value);
}

function leavesOf(count) {
  return `${whole.format(count)} ${count === 1 ? "leaf" : "leaves"}`;
}

// A node by the shortest words: a name, the number of a community as `tree.labels()` has it, or the size.
function short(node) {
  if (node.leaf) return /\S/.test(node.name) ? node.name : "(blank name)";
  return node.whole ? `#${node.community} (${whole.format(node.leaves)})` : `(${whole.format(node.leaves)})`;
}

function full(node) {
  const size = `${leavesOf(node.leaves)}, ${share(node.leaves, about.leaves)} of all`;
  if (node.leaf) return `leaf ${ISOLATE}${short(node)}${END}`;
  if (node.up < 0) return `whole tree, ${leavesOf(node.leaves)}`;
  return node.whole ? `community ${node.community}, ${size}` : `node ${node.id}, ${size}`;
}

function make(tag, properties = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
}

function named(text) {
  return make("bdi", {}, text);
}

// Whom a community is known by, for where there is room.
function knownFor({ members = [] }) {
  return members.flatMap((name, k) => [k ? ", " : " ", named(name)]);
}

function linkTo(node, view, text = short(node)) {
  return make("a", { href: `#${addressOf(node, view)}` }, named(text));
}

function addressOf(node, view) {
  return view === VIEWS[0] ? String(node.id) : `${node.id},${view}`;
}

function say(text) {
  document.getElementById("status").textContent = text;
}
