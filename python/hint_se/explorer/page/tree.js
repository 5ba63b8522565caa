// The tree as the file holds it: blocks of columns, each read when something in it is asked for.
const about = JSON.parse(document.getElementById("about").textContent);
const held = new Map(); // blocks that came into view, by number, as promises
let latest = { number: -1 }; // the one that was read last
const places = new Map(); // of the nodes that were looked at, by tree id

function read(number) {
  if (held.has(number)) return held.get(number);
  if (latest.number !== number) latest = { number, block: inflated(number).then((columns) => decoded(columns, number)) };
  return latest.block;
}

function hold(number) {
  if (!held.has(number)) held.set(number, read(number));
  return held.get(number);
}

async function inflated(number) {
  const text = document.getElementById(`block-${number}`).textContent;
  const bytes = Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).json();
}

// Columns with one entry per row. A place is a block's number times about.size, plus a row.
function decoded({ node, span, leaves, volume, cut = [], bits = [], loops = [], names = [], runs = [], more = [], marks = [], members = [] }, number) {
  const rows = node.length, base = number * about.size;
  const block = {
    number, node, span, leaves, volume, more,
    up: new Float64Array(rows).fill(-1),
    cut: new Float64Array(rows), bits: new Float64Array(rows), name: new Array(rows),
    community: new Int32Array(rows).fill(-1), hue: new Int32Array(rows).fill(-1),
    whole: new Set(marks.map(([row]) => row)),
    members: new Map(members.map(([row, ...called]) => [row, called])),
    roots: new Map(), // first row and end of the subtrees below a place
  };
  const marked = new Map(marks.map(([row, ...mark]) => [row, mark]));
  const within = []; // rows whose subtree is not at its end
  let run = -1, left = 0, inner = 0, leaf = 0;
  for (let row = 0; row < rows; row++) {
    while (within.length && row >= within.at(-1) + span[within.at(-1)]) within.pop();
    let outer = [-1, -1];
    if (within.length) {
      const up = within.at(-1);
      block.up[row] = base + up;
      outer = [block.community[up], block.hue[up]];
    } else if (runs.length) {
      if (!left) left = runs[++run][1];
      left--;
      const [place, , community, hue] = runs[run];
      block.up[row] = place;
      outer = [community, hue];
      block.roots.set(place, [block.roots.get(place)?.[0] ?? row, row + span[row]]);
    }
    [block.community[row], block.hue[row]] = marked.get(row) ?? outer;
    if (leaves[row]) {
      block.cut[row] = cut[inner];
      block.bits[row] = bits[inner++];
    } else {
      block.cut[row] = volume[row] - (loops[leaf] ?? 0);
      block.name[row] = names[leaf++] ?? String(node[row]);
    }
    within.push(row);
  }
  return block;
}

// One node with all that is known of it, its way to the root held.
async function nodeAt(place) {
  const number = Math.floor(place / about.size), row = place % about.size;
  const block = await hold(number), leaf = !block.leaves[row];
  const up = block.up[row];
  places.set(block.node[row], place);
  const found = {
    place, up, leaf, id: block.node[row], leaves: block.leaves[row] || 1, volume: block.volume[row], cut: block.cut[row],
    bits: block.bits[row], name: block.name[row], community: block.community[row], hue: block.hue[row], whole: block.whole.has(row),
    members: block.members.get(row),
  };
  if (leaf && up >= 0 && found.cut > 0) {
    const above = await hold(Math.floor(up / about.size));
    found.bits = (found.cut / about.volume) * Math.log2(above.volume[up % about.size] / found.volume);
  }
  return found;
}

// Children by falling number of leaves: those of the node's block, then those that hang elsewhere.
async function* childrenOf({ place }) {
  const number = Math.floor(place / about.size), row = place % about.size;
  const block = await hold(number);
  for (let child = row + 1; child < row + block.span[row]; child += block.span[child]) yield nodeAt(number * about.size + child);
  for (const [above, elsewhere] of block.more) {
    if (above !== row) continue;
    const other = await hold(elsewhere);
    const [first, end] = other.roots.get(place);
    for (let root = first; root < end; root += other.span[root]) yield nodeAt(elsewhere * about.size + root);
  }
}

async function ancestorsOf(node) {
  const way = [];
  for (let up = node.up; up >= 0; up = way.at(-1).up) way.push(await nodeAt(up));
  return way.reverse();
}

// Names and communities of all leaves below, one part of a block at a time, none of which is kept.
async function* leavesBelow({ place }) {
  const waiting = [[Math.floor(place / about.size), -1]];
  while (waiting.length) {
    const [number, above] = waiting.pop();
    const block = await read(number);
    const row = place % about.size;
    const [first, end] = above < 0 ? [row, row + block.span[row]] : block.roots.get(above);
    const found = [];
    for (let one = first; one < end; one++) if (!block.leaves[one]) found.push([block.name[one], block.community[one], number * about.size + one]);
    yield found;
    for (const [hook, elsewhere] of [...block.more].reverse())
      if (hook >= first && hook < end) waiting.push([elsewhere, number * about.size + hook]);
  }
}

// The place of a tree id, from whatever block it is in; undefined where there is none.
async function placeOf(id) {
  for (let number = 0; number < about.blocks && !places.has(id); number++) {
    const row = (await inflated(number)).node.indexOf(id);
    if (row >= 0) places.set(id, number * about.size + row);
  }
  return places.get(id);
}
