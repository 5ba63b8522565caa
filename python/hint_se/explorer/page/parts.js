// What is shown below a node: its suggested communities, or its children. Largest first, found one by one.

const VIEWS = ["communities", "levels"];

function partsOf(node, view) {
  return view === "communities" && node.community < 0 ? communitiesIn(node) : childrenOf(node);
}

// Where siblings come by falling size, the largest node that is known is the largest there is. After so many divisions, or
// with fewer leaves, what lies above communities stands for them.
async function* communitiesIn(node, divisions = Infinity, least = 0) {
  const waiting = [];
  const admit = async (siblings) => {
    const { value, done } = await siblings.next();
    if (done) return;
    let low = 0, high = waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (waiting[middle].node.leaves < value.leaves) high = middle; else low = middle + 1;
    }
    waiting.splice(low, 0, { node: value, siblings });
  };
  await admit(childrenOf(node));
  while (waiting.length) {
    const { node: largest, siblings } = waiting.shift();
    await admit(siblings);
    if (largest.community >= 0 || largest.leaves < least || --divisions <= 0) yield largest;
    else await admit(childrenOf(largest));
  }
}

// The way from the root to a node, itself included, without what lies between the root and the communities.
async function wayTo(node, view) {
  const way = [...(await ancestorsOf(node)), node];
  return view === "levels" ? way : way.filter((one, k) => k === 0 || one === node || one.community >= 0);
}

// The best connected members: those the file names, or all of a few.
async function membersOf(node) {
  if (node.leaf) return [];
  if (node.members) return node.members;
  const found = [];
  for await (const some of leavesBelow(node)) found.push(...some.map(([name]) => name));
  return found;
}
