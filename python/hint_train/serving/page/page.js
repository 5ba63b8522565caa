// The page: asks the service that it came from, and nobody else.

const at = (id) => document.getElementById(id);
const form = at("form"), words = at("words"), file = at("file"), find = at("find");
const query = at("query"), heading = at("heading"), status = at("status"), error = at("error"), hits = at("hits");
const MOST = 24; // results
const shownPictures = new Map(); // pictures that were sent, by the number of their step in the history
let about = null, asked = 0, running = null;

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const bytes = (hex) => hex.match(/../g).map((pair) => parseInt(pair, 16));
const bit = (code, i) => (code[i >> 3] >> (i & 7)) & 1;
const counted = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// A bar for each bit: dark where it is set, tall and coloured where it differs from the query's.
function drawing(code, other) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${about.bits} 10`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "bits");
  svg.setAttribute("aria-hidden", "true");
  const [mine, theirs] = [bytes(code), other ? bytes(other) : null];
  const paths = { zero: "", one: "", off: "" };
  for (let i = 0; i < about.bits; i++) {
    const set = bit(mine, i);
    const off = theirs !== null && set !== bit(theirs, i);
    paths[off ? "off" : set ? "one" : "zero"] += off ? `M${i}.1 0h.8v10h-.8z` : `M${i}.1 3h.8v4h-.8z`;
  }
  for (const [name, outline] of Object.entries(paths)) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", name);
    path.setAttribute("d", outline);
    svg.append(path);
  }
  return svg;
}

function picture(address, text) {
  const image = make("img");
  image.alt = text;
  image.addEventListener("load", () => image.classList.toggle("tiny", image.naturalWidth < 96));
  image.addEventListener("error", () => image.replaceWith(make("span", "none")));
  image.src = address;
  return image;
}

// Where an item stands in the tree: its communities from the coarsest to the finest, and how many are in the last.
function standing(communities) {
  const where = make("span", "where");
  if (communities === null) where.textContent = "not in the tree: no training pair";
  else if (communities.length === 0) where.textContent = "alone in the tree";
  else {
    where.append(make("span", "", `community ${communities.map((one) => one.number).join(" › ")}`), " ");
    where.append(make("span", "", `(${counted(communities.at(-1).size, "member")})`));
  }
  return where;
}

// The question "what resembles this item?"
function like(item, find) {
  return { row: item.row, modality: find, find, said: item.caption ?? String(item.id), seen: item.picture, communities: item.communities ?? null };
}

function card(hit, find, code) {
  const item = make("li");
  const button = make("button", "hit");
  button.type = "button";
  if (about.pictures) button.append(hit.picture ? picture(hit.picture, "") : make("span", "none"));
  const says = make("span", "says");
  const caption = make("span", "caption", hit.caption ?? String(hit.id));
  const far = make("span", "far");
  far.append(make("b", "", hit.distance), ` of ${about.bits} bits ${hit.distance === 1 ? "differs" : "differ"}`);
  says.append(caption);
  if (hit.caption !== null) says.append(make("span", "id", hit.id));
  says.append(drawing(hit.code, code), far);
  if (about.training_pairs !== null) says.append(standing(hit.communities));
  button.append(says);
  button.addEventListener("click", () => ask(like(hit, find), true));
  item.append(button);
  return item;
}

// Cards of the size of those to come.
function bones() {
  heading.textContent = "Results";
  hits.className = lines() ? "lines" : "";
  hits.replaceChildren(...Array.from({ length: MOST / 2 }, () => {
    const item = make("li", "bone");
    item.setAttribute("aria-hidden", "true");
    if (about.pictures) item.append(make("div", "none"));
    item.append(make("div", "room"));
    return item;
  }));
}

const target = () => find.querySelector("input:checked").value;
const lines = () => target() === "text" || !about.pictures;

async function call(address, body, signal) {
  let answer;
  try {
    answer = await fetch(address, body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal } : { signal });
  } catch (reason) {
    if (reason.name === "AbortError") throw reason;
    throw new Error("The service does not answer. Is it still running?");
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error ?? `The service answered with status ${answer.status}.`);
  return content;
}

// What is asked stands in the history, so that Back leads to the question before.
async function ask(question, push, focus = question.row !== undefined) {
  if (push) {
    asked += 1;
    if (question.picture) shownPictures.set(asked, { picture: question.picture, seen: question.seen });
    const { picture: _, ...kept } = question;
    history.pushState({ ...kept, step: asked, pictured: Boolean(question.picture) }, "");
  }
  running?.abort();
  running = new AbortController();
  const { said, seen, communities, step: _step, pictured: _pictured, ...body } = question;
  if (question.text !== undefined) words.value = question.text;
  else words.value = "";
  error.textContent = "";
  status.textContent = "Searching …";
  document.body.classList.add("asked");
  describe(question, null);
  bones();
  try {
    const found = await call("search", { ...body, k: Math.min(MOST, about.limits.max_k) }, running.signal);
    describe(question, found);
    hits.replaceChildren(...found.hits.map((hit) => card(hit, found.find, found.code)));
    status.textContent = summary(found, said);
    if (focus) {
      heading.focus({ preventScroll: true });
      window.scrollTo({ top: 0 });
    }
  } catch (reason) {
    if (reason.name === "AbortError") return;
    hits.replaceChildren();
    status.textContent = "";
    error.textContent = reason.message;
  }
}

function summary(found, said) {
  const what = found.find === "image" ? "picture" : "text";
  if (found.hits.length === 0) return `No ${what} was found for ${said}.`;
  const [near, far] = [found.hits[0].distance, Math.max(...found.hits.map((hit) => hit.distance))];
  const range = near === far ? `${near}` : `${near} to ${far}`;
  const tally = new Map();
  for (const hit of found.hits) {
    const own = hit.communities?.at(0);
    if (own) tally.set(own.number, (tally.get(own.number) ?? 0) + 1);
  }
  const [, most] = [...tally].sort((a, b) => b[1] - a[1])[0] ?? [null, 0];
  const together = most > 1 ? `, ${most === found.hits.length ? "all" : most} in one community of the tree` : "";
  const unknown = found.unknown_words.length ? `; not known, and left aside: ${found.unknown_words.join(", ")}` : "";
  return `${counted(found.hits.length, what)}, ${range} of ${about.bits} bits away${together}${unknown}`;
}

function describe(question, found) {
  query.hidden = false;
  query.classList.toggle("plain", !question.seen);
  const parts = question.seen ? [picture(question.seen, "")] : [];
  parts.push(make("p", "what", question.said));
  if (found) parts.push(drawing(found.code));
  else parts.push(make("span", "bits"));
  const inTree = question.row !== undefined && about.training_pairs !== null;
  parts.push(inTree ? standing(question.communities) : make("span", "where", `a code of ${about.bits} bits`));
  query.replaceChildren(...parts);
}

async function send(chosen) {
  if (!chosen) return;
  if (!chosen.type.startsWith("image/")) return complain(`${chosen.name} is no picture.`);
  const most = Math.floor(about.limits.max_body * 0.74);
  if (chosen.size > most) return complain(`${chosen.name} has ${counted(chosen.size, "byte")}; at most ${counted(most, "byte")} are taken.`);
  const address = await new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(chosen);
  }).catch(() => null);
  if (address === null) return complain(`${chosen.name} cannot be read.`);
  ask({ picture: address.slice(address.indexOf(",") + 1), find: target(), said: chosen.name, seen: URL.createObjectURL(chosen) }, true);
}

function complain(sentence) {
  status.textContent = "";
  error.textContent = sentence;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = words.value.trim();
  if (!text) return complain("Type some words first, or choose a picture.");
  ask({ text, find: target(), said: `“${text}”` }, true);
});

file.addEventListener("change", () => {
  send(file.files[0]);
  file.value = "";
});

find.addEventListener("change", () => {
  const now = history.state;
  if (now) restore({ ...now, find: target() }, true);
});

// Before anything is asked: some items to begin with.
function begin() {
  document.body.classList.remove("asked");
  query.hidden = true;
  error.textContent = "";
  heading.textContent = "Begin";
  status.textContent = about.examples.length ? "Type words, drop a picture, or take one of these." : "Type words, or drop a picture.";
  hits.className = about.pictures ? "start" : "start lines";
  hits.replaceChildren(...about.examples.map((example) => {
    const item = make("li");
    const button = make("button", "hit");
    button.type = "button";
    if (about.pictures) button.append(example.picture ? picture(example.picture, "") : make("span", "none"));
    const says = make("span", "says");
    says.append(make("span", "caption", example.caption ?? String(example.id)));
    button.append(says);
    button.addEventListener("click", () => ask(like(example, target()), true));
    item.append(button);
    return item;
  }));
}

function restore(state, push) {
  if (!state) return begin();
  const { step, pictured, ...question } = state;
  find.querySelector(`input[value=${question.find}]`).checked = true;
  if (pictured && !shownPictures.has(step)) {
    begin();
    return complain("The picture that was asked with is no longer there. Choose it again.");
  }
  ask(pictured ? { ...question, ...shownPictures.get(step) } : question, push, false);
}
addEventListener("popstate", (event) => restore(event.state, false));

// Dropping works everywhere on the page.
let depth = 0;
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => { if (holdsFiles(event) && ++depth === 1) document.body.classList.add("dropping"); });
addEventListener("dragleave", (event) => { if (holdsFiles(event) && --depth <= 0) { depth = 0; document.body.classList.remove("dropping"); } });
addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dropping");
  send(event.dataTransfer.files[0]);
});
addEventListener("paste", (event) => { if (event.clipboardData?.files.length) send(event.clipboardData.files[0]); });

addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== words) {
    event.preventDefault();
    words.select();
  }
});

try {
  about = await call("info");
  const parts = [];
  if (about.items.image) parts.push(counted(about.items.image, "picture"));
  if (about.items.text) parts.push(counted(about.items.text, "text"));
  at("about").textContent = `${parts.join(" and ")} as codes of ${about.bits} bits, learned by ${about.method}.`;
  for (const input of find.querySelectorAll("input")) if (!about.items[input.value]) input.parentElement.remove();
  find.querySelector("input").checked = true;
  words.disabled = !about.asks.includes("text");
  if (words.disabled) words.placeholder = "This run takes no words";
  if (!about.asks.includes("image")) at("choose").hidden = file.disabled = true;
  const tries = about.examples.map((example) => example.caption).filter((caption) => caption && caption.length <= 40).slice(0, 3);
  if (tries.length && !words.disabled) {
    at("examples").append("Try", ...tries.map((text) => {
      const button = make("button", "", text);
      button.type = "button";
      button.addEventListener("click", () => ask({ text, find: target(), said: `“${text}”` }, true));
      return button;
    }));
  }
  if (history.state) restore(history.state, false);
  else begin();
  if (!history.state && !words.disabled && matchMedia("(hover: hover)").matches) words.focus();
} catch (reason) {
  complain(reason.message);
}
