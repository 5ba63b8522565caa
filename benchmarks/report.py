"""One page of all committed results: the tables of `benchmarks/results`, with a list of contents.

python benchmarks/report.py -o results.html

The page is one file, needs no network and runs no script. markdown-it-py reads the tables; HTML in them is shown as text.
"""

import argparse
import json
import re
from pathlib import Path

from benchmarks.records import RESULTS
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from hint_train.report.render import page
from hint_train.whole import write_atomically


def sections(folder: Path) -> list[dict[str, object]]:
    """For each file of tables: its name, title, rendered body without the title, and the measurements beside it."""
    found = []
    for path in sorted(folder.glob("*.md")):
        lines = path.with_suffix(".jsonl")
        first, _, rest = path.read_text(encoding="utf-8").partition("\n")
        found.append(
            {
                "name": path.stem,
                "title": first.removeprefix("#").strip(),
                "body": rendered(rest, path.stem),
                "measured": measured(lines) if lines.is_file() else None,
                "lines": lines.name,
            }
        )
    return found


def rendered(text: str, name: str) -> Markup:
    """Markdown as HTML: tables that scroll by themselves, headings one level lower, links to other results within the page."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    html = re.sub(r"<(/?)h([1-4])>", lambda m: f"<{m[1]}h{int(m[2]) + 1}>", html)
    html = re.sub(r'href="([\w-]+)\.md"', r'href="#\1"', html)
    html = re.sub(r'(<t[hd]) style="text-align:right"', r'\1 class="number"', html)
    number = iter(range(1, html.count("<table>") + 1))
    opened = '<div class="wide" role="region" aria-label="{}, table {}" tabindex="0"><table>'
    html = re.sub("<table>", lambda _: opened.format(escape(name), next(number)), html)
    html = html.replace("</table>", "</table></div>")
    # An empty corner of a table heads no column.
    return Markup(re.sub(r"<th([^>]*)></th>", r"<td\1></td>", html))


def measured(path: Path) -> int:
    """Number of single measurements in a file of JSON lines, behind its header."""
    with path.open(encoding="utf-8") as lines:
        return sum("sessions" not in json.loads(line) for line in lines if line.strip())


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, required=True, help="the page, an .html file")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    chosen = parser.parse_args()
    found = sections(chosen.results)
    if not found:
        parser.error(f"{chosen.results} holds no tables (*.md)")
    if chosen.out.suffix != ".html":
        parser.error(f"--out: expected a name that ends in .html, got {chosen.out}")
    write_atomically(chosen.out, page("results.html", sections=found))


if __name__ == "__main__":
    main()
