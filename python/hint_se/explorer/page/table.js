// The parts of a node as a table, some at a time.
const PAGE = 50;

// Orders other than by size need the parts before the first is shown: so many of the largest.
const SORTED = 5000;
const leaving = (node) => (node.volume > 0 ? node.cut / node.volume : 0);
const ORDERS = { closed: (a, b) => leaving(a) - leaving(b), open: (a, b) => leaving(b) - leaving(a), entropy: (a, b) => b.bits - a.bits };
let lists = 0;

async function* inOrder(parts, order, fresh) {
  if (!order) return yield* parts;
  const largest = [];
  for await (const part of parts) {
    if (!fresh()) return;
    if (largest.length === SORTED) {
      document.getElementById("listed").append(`, the ${whole.format(SORTED)} largest`);
      break;
    }
    largest.push(part);
  }
  yield* largest.sort(order);
}

async function list(node, view, current) {
  const turn = ++lists, fresh = () => current() && turn === lists;
  const communities = view === "communities" && node.community < 0;
  const rows = document.getElementById("rows"), further = document.getElementById("further");
  document.getElementById("listed").textContent = node.leaf ? "No parts: this is a leaf" : communities ? "Suggested communities" : "Parts";
  document.getElementById("scroll").hidden = document.getElementById("order").hidden = node.leaf;
  document.getElementById("by").textContent = about.linked ? "best connected, by weight of edges within" : "of largest degree";
  const parts = inOrder(partsOf(node, view), ORDERS[document.getElementById("by-what").value], fresh);
  let ahead = node.leaf ? { done: true } : await parts.next();
  const append = async () => {
    const made = [];
    for (; !ahead.done && made.length < PAGE; ahead = await parts.next()) made.push(await row(ahead.value, view));
    if (!fresh()) return;
    rows.append(...made);
    further.hidden = ahead.done;
  };
  if (!fresh()) return;
  rows.replaceChildren();
  further.onclick = async () => {
    const first = rows.children.length;
    await append();
    rows.children[first]?.querySelector("a").focus();
  };
  await append();
}

async function row(node, view) {
  const swatch = make("span", { className: "swatch", "aria-hidden": "true" });
  swatch.style.backgroundColor = node.hue < 0 ? about.above : about.colours[node.hue];
  const name = node.leaf || node.whole ? short(node) : `node ${node.id}`;
  const members = await membersOf(node);
  const cells = [
    ["leaves", whole.format(node.leaves)],
    ["share of all leaves", share(node.leaves, about.leaves)],
    ["cut: weight of edges to outside", amount(node.cut)],
    ["cut, share of its volume", share(node.cut, node.volume)],
    ["entropy, bits", real.format(node.bits)],
    ["share of the tree’s entropy", share(node.bits, about.bits)],
    [document.getElementById("by").textContent, ...inList(members)],
  ];
  const head = make("th", { scope: "row" }, swatch, linkTo(node, view, name));
  return make("tr", {}, head, ...cells.map(([what, ...inside]) => make("td", { "data-what": what }, ...inside)));
}

function inList(names) {
  if (!names.length) return ["–"];
  return names.flatMap((name, k) => [...(k ? [", "] : []), named(name.length > 60 ? `${name.slice(0, 59)}…` : name)]);
}

// What is known of the node itself.
async function tell(node) {
  const place = node.leaf ? "Leaf" : node.up < 0 ? "Whole tree" : node.whole ? `Community ${node.community}` : `Node ${node.id}`;
  document.getElementById("here").replaceChildren(place, ...(node.leaf ? [" ", named(short(node))] : []));
  const facts = [
    ["leaves", `${whole.format(node.leaves)}, ${share(node.leaves, about.leaves)} of all`],
    ["volume: sum of the degrees", amount(node.volume)],
    ["cut: weight of edges to outside", `${amount(node.cut)}, ${share(node.cut, node.volume)} of its volume`],
    ["entropy of all below, bits", `${real.format(node.bits)}, ${share(node.bits, about.bits)} of the tree’s`],
    ...(node.community < 0 || node.whole ? [] : [["suggested community", `#${node.community}`]]),
    ["in Python", node.leaf ? `leaf ${node.id}` : `tree.leaves(${node.id})`],
  ];
  if (!node.leaf) facts.push([about.linked ? "best connected, by weight of edges within" : "of largest degree", inList(await membersOf(node))]);
  return facts.map(([what, value]) => make("div", {}, make("dt", {}, what), make("dd", {}, ...[value].flat())));
}

function crumbs(way, view) {
  const seen = way.length > 8 ? [...way.slice(0, 2), null, ...way.slice(-5)] : way;
  return seen.map((node, k) => {
    if (!node) return make("li", { title: `${way.length - 7} more levels` }, "…");
    const text = node.up < 0 ? "whole tree" : short(node);
    if (k < seen.length - 1) return make("li", {}, linkTo(node, view, text));
    return make("li", { "aria-current": "location" }, named(text));
  });
}
