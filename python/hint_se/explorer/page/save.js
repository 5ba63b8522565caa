// The names below a node as a file: CSV of RFC 4180 with the suggested community of each, or JSON.
async function save(node, form) {
  const lines = [], names = [];
  let count = 0, told = 0;
  for await (const some of leavesBelow(node)) {
    for (const [name, community] of some) {
      if (form === "csv") lines.push(`${quoted(name)},${community}\r\n`);
      else names.push({ name, community });
    }
    count += some.length;
    if (count - told < 20_000) continue;
    say(`Collecting names: ${share(count, node.leaves)}`);
    told = count;
  }
  const text = form === "csv" ? ["name,community\r\n", ...lines] : [JSON.stringify({ node: node.id, leaves: names })];
  const link = make("a", { href: URL.createObjectURL(new Blob(text, { type: form === "csv" ? "text/csv" : "application/json" })), download: `node-${node.id}.${form}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`${leavesOf(count)} saved as ${link.download}`);
}

function quoted(name) {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
