// An icicle of what is below a node. What would be thinner than can be seen is drawn as one, so that the work is bounded by the screen.
const THIN = 3, READABLE = 14; // pixels
const STRIP = 34; // width of the first column, which is the node itself
const ROWS = 150; // leaves that get room for their names
const GROUPS = 30; // above more communities than can be told apart, nodes that hold several
const dark = matchMedia("(prefers-color-scheme: dark)");
const tiles = new Map(); // elements by key

// The nodes to draw as nested objects, rests included; a leaf that is asked for is among them however thin.
async function outline(node, view, unit, deepest, asked, depth = 0) {
  const piece = { node, value: node.leaves, key: `n${node.place}` };
  if (node.leaf || depth === deepest) return piece;
  piece.children = [];
  let left = node.leaves, found = false;
  const grouped = view === "communities" && node.community < 0;
  for await (const part of grouped ? communitiesIn(node, GROUPS, (2 * THIN) / unit) : childrenOf(node)) {
    if (part.leaves * unit < THIN) break;
    piece.children.push(await outline(part, view, unit, deepest, asked, depth + 1));
    left -= part.leaves;
    found ||= part.place === asked?.place;
  }
  let room = left;
  if (depth === 0 && asked && !found) {
    const value = Math.min(left, Math.max(1, READABLE / unit));
    piece.children.unshift({ node: asked, value, key: `n${asked.place}` });
    left -= 1;
    room -= value;
  }
  if (!piece.children.length) delete piece.children;
  else if (left > 0) piece.children.push({ rest: left, of: node, value: room, key: `r${node.place}` });
  return piece;
}

async function draw(node, view, fresh) {
  // A leaf has nothing below it: it is shown among its siblings.
  const base = node.leaf && node.up >= 0 ? (await wayTo(node, view)).at(-2) : node;
  if (!fresh()) return;
  const stage = document.getElementById("picture");
  stage.style.setProperty("--rows", base.leaves <= ROWS ? base.leaves : 0);
  const width = stage.clientWidth, height = stage.clientHeight;
  const deepest = Math.max(2, Math.min(8, Math.floor(width / 120)));
  const data = await outline(base, view, height / base.leaves, deepest, base === node ? undefined : node);
  if (!fresh()) return;
  const root = d3.hierarchy(data, (piece) => piece.children).sum((piece) => (piece.children ? 0 : piece.value));
  d3.partition().size([height, root.height + 1])(root);
  const column = (width - STRIP) / Math.max(root.height, 1);
  const shown = new Set();
  const before = stage.contains(document.activeElement);
  root.eachBefore((place, index) => {
    const piece = place.data;
    shown.add(piece.key);
    let tile = tiles.get(piece.key);
    if (!tile) {
      tile = make("div", { className: "tile", role: "treeitem" }, make("span"));
      tiles.set(piece.key, tile);
    }
    const left = place.depth ? STRIP + (place.depth - 1) * column : 0;
    const right = place.depth ? (piece.node?.leaf ? width : left + column) : root.height ? STRIP : width;
    Object.assign(tile.style, { left: `${left}px`, top: `${place.x0}px`, width: `${right - left}px`, height: `${Math.max(place.x1 - place.x0, 1)}px` });
    paint(tile, place, place.x1 - place.x0, right - left, node);
    tile.place = place;
    stage.append(tile);
  });
  for (const [key, tile] of tiles) {
    if (shown.has(key)) continue;
    tile.remove();
    tiles.delete(key);
  }
  rove(tiles.get(`n${node.place}`) ?? tiles.get(data.key), before);
}

function paint(tile, place, high, wide, chosen) {
  const { node, rest, of } = place.data, text = tile.firstChild;
  tile.className = ["tile", rest ? "rest" : "", high < 4 ? "low" : "", node?.place === chosen.place && place.depth ? "chosen" : ""].join(" ").trim();
  const words = rest ? `${leavesOf(rest)} more in parts too thin to draw` : full(node);
  tile.title = words;
  tile.setAttribute("aria-label", words);
  tile.setAttribute("aria-level", place.depth + 1);
  if (place.children) tile.setAttribute("aria-expanded", "true"); else tile.removeAttribute("aria-expanded");
  if (node?.place === chosen.place) tile.setAttribute("aria-current", "true"); else tile.removeAttribute("aria-current");
  const fits = high >= READABLE && (place.depth > 0 || wide > STRIP) && wide > 24;
  text.replaceChildren(...(fits ? (rest ? [`${leavesOf(rest)} more`] : [named(short(node)), ...knownFor(node)]) : []));
  const colour = rest ? null : colourOf(node, place);
  tile.style.backgroundColor = colour ? `rgb(${colour.map((part) => Math.round(255 * part))})` : "";
  tile.style.color = colour ? inkOn(colour) : "";
}

// The colour of its community, paler with each level below it towards the ground of the page.
function colourOf(node, place) {
  const hue = channels(node.hue < 0 ? about.above : about.colours[node.hue]);
  let below = 0;
  for (let one = place; one && one.data.node?.community >= 0 && !one.data.node.whole; one = one.parent) below++;
  const ground = channels(dark.matches ? "#15171a" : "#ffffff"), pale = 0.55 * (1 - 0.8 ** below);
  return hue.map((part, k) => part + pale * (ground[k] - part));
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
}

// Black or white, whichever is easier to read (relative luminance of WCAG 2).
function inkOn(colour) {
  const [red, green, blue] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

// One tile takes the focus of the keyboard, and arrows move it.
function rove(tile, focus = true) {
  for (const one of tiles.values()) one.tabIndex = -1;
  tile.tabIndex = 0;
  if (focus) tile.focus({ preventScroll: true });
}

function beside(tile, step) {
  const { depth, x0 } = tile.place;
  const column = [...tiles.values()].filter((one) => one.place.depth === depth).sort((a, b) => a.place.x0 - b.place.x0);
  if (step === "first") return column[0];
  if (step === "last") return column.at(-1);
  return column[column.findIndex((one) => one.place.x0 === x0) + step];
}

function neighbour(tile, key) {
  const { place } = tile;
  switch (key) {
    case "ArrowRight": return place.children && tiles.get(place.children[0].data.key);
    case "ArrowLeft": return place.parent && tiles.get(place.parent.data.key);
    case "ArrowDown": return beside(tile, 1);
    case "ArrowUp": return beside(tile, -1);
    case "Home": return beside(tile, "first");
    case "End": return beside(tile, "last");
    default: return undefined;
  }
}
