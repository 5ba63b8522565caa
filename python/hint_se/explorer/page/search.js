// Names that hold some letters. Every block is read once, and none is kept for it.
const HITS = 50;
let searches = 0;

function plain(text) {
  return text.normalize("NFKC").toLocaleLowerCase();
}

async function search(words, view) {
  const turn = ++searches, hits = document.getElementById("hits");
  hits.replaceChildren();
  hits.hidden = true;
  if (!words) return say("");
  const wanted = plain(words);
  let count = 0;
  for (let number = 0; number < about.blocks; number++) {
    const block = await read(number);
    if (turn !== searches) return;
    for (let row = 0; row < block.node.length; row++) {
      if (block.leaves[row] || !plain(block.name[row]).includes(wanted)) continue;
      if (count++ < HITS) hits.append(hit(block, row, view));
    }
    hits.hidden = !count;
    if (number % 16 === 15) say(`Searching: ${share(number + 1, about.blocks)}, ${whole.format(count)} found`);
  }
  const more = count > HITS ? `; the first ${HITS} are listed` : "";
  say(count ? `${leavesOf(count)} found${more}` : "No name has these letters");
}

function hit(block, row, view) {
  const node = { id: block.node[row], leaf: true, name: block.name[row] };
  const community = block.community[row];
  places.set(node.id, block.number * about.size + row);
  return make("li", {}, linkTo(node, view), ...(community >= 0 ? [make("small", {}, `community ${community}`)] : []));
}
