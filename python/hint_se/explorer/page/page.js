// Where the reader is, and what leads elsewhere. The fragment of the address is the place: a tree id, and the view where it is another.
let here, view = VIEWS[0], turns = 0;
const found = (id) => document.getElementById(id);

async function go(node, focus) {
  const turn = ++turns, fresh = () => turn === turns;
  here = node;
  found("view").querySelector(`[value=${view}]`).checked = true;
  const [way, facts] = [await wayTo(node, view), await tell(node)];
  if (!fresh()) return;
  document.querySelector("#path ol").replaceChildren(...crumbs(way, view));
  found("facts").replaceChildren(...facts);
  if (focus) found("here").focus();
  await Promise.all([draw(node, view, fresh), list(node, view, fresh)]);
  if (fresh()) document.documentElement.dataset.shown = addressOf(node, view);
}

function redraw() {
  const turn = turns;
  draw(here, view, () => turn === turns);
}

function move(node) {
  const address = `#${addressOf(node, view)}`;
  if (location.hash === address) go(node);
  else location.hash = address;
}

async function follow(focus) {
  const [, id, asked] = /^#(\d+)(?:,(\w+))?$/.exec(location.hash) ?? [];
  view = VIEWS.includes(asked) ? asked : VIEWS[0];
  const place = id === undefined ? 0 : await placeOf(Number(id));
  if (place === undefined) say(`There is no node ${id} in this tree`);
  await go(await nodeAt(place ?? 0), focus);
}

async function upwards() {
  const way = await wayTo(here, view);
  if (way.length > 1) move(way.at(-2));
}

function activate(tile) {
  const { node, of } = tile.place.data;
  const wanted = node ?? of;
  if (node && node.place === here.place) upwards();
  else if (wanted.place === here.place) found("listed").scrollIntoView({ block: "start" });
  else move(wanted);
}

found("picture").addEventListener("click", ({ target }) => {
  const tile = target.closest(".tile");
  if (!tile) return;
  rove(tile);
  activate(tile);
});

found("picture").addEventListener("keydown", (event) => {
  const tile = event.target.closest(".tile");
  if (!tile || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = neighbour(tile, event.key);
  if (to) rove(to);
  else if (event.key === "Enter" || event.key === " ") activate(tile);
  else if (event.key === "Backspace" || (event.key === "ArrowLeft" && !tile.place.parent)) upwards();
  else return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input")) return;
  event.preventDefault();
  found("words").focus();
});

let typed; // a search waits until nothing is typed for a moment
found("search").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typed);
  search(found("words").value, view);
});
found("words").addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => search(found("words").value, view), 250);
});

found("view").addEventListener("change", ({ target }) => {
  view = target.value;
  move(here);
});
found("by-what").addEventListener("change", () => {
  const turn = turns;
  list(here, view, () => turn === turns);
});
found("save").addEventListener("click", ({ target }) => target.value && save(here, target.value));
addEventListener("hashchange", () => follow(!found("picture").contains(document.activeElement)));

new ResizeObserver(() => here && redraw()).observe(found("picture"));
dark.addEventListener("change", () => here && redraw());

found("title").append(named(about.title));
found("summary").textContent =
  `${leavesOf(about.leaves)}, height ${about.height}. The tree describes a step of a random walk on the graph by ${real.format(about.bits)} bits, ` +
  `${share(about.bits < about.flat ? about.flat - about.bits : 0, about.flat)} below the ${real.format(about.flat)} bits without communities. To read: ${about.suggested.words}.`;
if (about.null) {
  found("chance").textContent = `Structure or noise: ${about.null.words}.`;
  found("chance").hidden = false;
}
found("view").hidden = about.suggested.communities <= 1;
if ("DecompressionStream" in window) follow(false);
else say("This browser is too old for this page: it needs one of 2024 or later");
