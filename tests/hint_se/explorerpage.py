"""What is in the file of a page, read without the code that wrote it; and names that mean harm."""

import base64
import hashlib
import json
import re
import zlib

HOSTILE = [
    "</script><script>document.title='gone'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title='gone'\">",
    "it's \"quoted\" & 'more' &amp; ${document.title='gone'} `x`",
    "one\ntwo\r\nthree\ttabs\0nul",
    "\u202eabc right to left\u202d",
    "\u05e9\u05dc\u05d5\u05dd 12",
    "x" * 5000,
    "\ud800 alone",
    "-->]]><!--blocks-->/*script*//*about*/",
    " ",
    "",
]


class Page:
    """A page from its text: about, blocks, and what its policy allows."""

    def __init__(self, text):
        self.text = text
        elements = re.findall(r"<(script|style)([^>]*)>(.*?)</\1>", text, re.DOTALL)
        self.code = [inside for _, attributes, inside in elements if attributes in ("", ' type="module"')]
        [about] = [inside for _, attributes, inside in elements if 'id="about"' in attributes]
        self.about = json.loads(about)
        found = re.findall(r'<script type="text/plain" id="block-(\d+)">([A-Za-z0-9+/=]*)</script>', text)
        assert [int(number) for number, _ in found] == list(range(self.about["blocks"]))
        self.blocks = [json.loads(zlib.decompress(base64.b64decode(data), wbits=-15)) for _, data in found]
        [self.policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)

    def allowed(self):
        """Whether each script and style is allowed by its digest."""
        digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in self.code]
        return [f"'sha256-{digest}'" in self.policy for digest in digests]

    def nodes(self):
        """{tree id: what the columns say of it}, parents as tree ids."""
        size, found, place_of = self.about["size"], {}, {}
        for number, block in enumerate(self.blocks):
            for row, node in enumerate(block["node"]):
                place_of[number * size + row] = node
        for block in self.blocks:
            marks = {row: rest for row, *rest in block.get("marks", [])}
            members = {row: names for row, *names in block.get("members", [])}
            runs = [(up, mark) for up, count, *mark in block.get("runs", []) for _ in range(count)]
            cut, bits = iter(block.get("cut", [])), iter(block.get("bits", []))
            names, loops = iter(block.get("names", [])), iter(block.get("loops", []))
            open_ends = []
            for row, node in enumerate(block["node"]):
                open_ends = [(at, end) for at, end in open_ends if row < end]
                if open_ends:
                    up = block["node"][open_ends[-1][0]]
                    inherited = found[up]["mark"]
                elif runs:
                    place, inherited = runs.pop(0)
                    up = place_of[place]
                else:
                    up, inherited = -1, [-1, -1]
                leaves = block["leaves"][row]
                one = {"up": up, "volume": block["volume"][row], "leaves": leaves, "members": members.get(row)}
                one["mark"] = marks.get(row, inherited)
                one["whole"] = row in marks
                if leaves:
                    one |= {"cut": next(cut), "bits": next(bits)}
                else:
                    one |= {"name": next(names, None), "cut": one["volume"] - next(loops, 0)}
                found[node] = one
                open_ends.append((row, row + block["span"][row]))
        return found
