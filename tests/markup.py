"""What a forge makes of Markdown: elements by CommonMark, then what it looks for in the text it has rendered.

The rules are those that GitHub, GitLab and Forgejo write down. All look for people, references, commits and emoji in
the rendered text, entities resolved, outside code and links; GitLab looks for commands where a raw line begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser

from markdown_it import MarkdownIt

# What people might type so that a comment does something, by what it aims at.
HOSTILE = [
    # people
    *("@so-noi-vu xem giúp", "nhóm @to/chuc, (@a) và a@b.vn", "@all @here @channel", "x@y", "**@a**", "(@a)"),
    *(
        "\\@ai",
        "&#64;ai",
        "&commat;ai",
        "&#x40;ai",
        "@\u200bai",
        "＠ai",
        "<b>@ai</b>",
        "`@ai`",
        "``@ai",
        "@ai`",
        "`",
        "``",
    ),
    # references
    *("sửa #123", "Fixes #1", "closes kho/khac#6", "GH-45", "gh-45", "kho#7", "\\#12", "&#35;12", "&num;12", "#12`"),
    *("!7", "to/chuc!7", "$12", "&7", "%9", "%v1.0", '%"một hai"', "~loi", '~"nhãn một"', "^alert#1", "[issue:12]"),
    *(
        "[vulnerability:123]",
        "[feature_flag:1]",
        "[work_item:5]",
        "*iteration:2",
        '[cadence:"x"]',
        "[[_TOC_]]",
        "[TOC]",
    ),
    # commits
    *("08c6903cd8c0fde910a37f88322edcfb5dd907a8", "08c6903", "a@08c6903cd8c0", "kho/khac@08c6903cd8c0", "1234567"),
    *("08c6903...e797f83", "DEADBEEF0", "e797f83bcb11b83ae66e0230d6156d7c80228e7c.", "(08c6903)"),
    # addresses
    *("https://evil.example/x?a=b", "http://evil.example", "www.evil.example", "ftp://evil.example", "mailto:a@b.vn"),
    *("xmpp:a@b.vn", "ssh://x", "//evil.example", "[nút](javascript:alert(1))", "![hình](//evil.example/a.png)"),
    *(
        "<https://evil.example>",
        "[x]: //evil.example",
        "[x][y]",
        "[^1]",
        "![][x]",
        "[a](<b> 'c')",
        "<a@b.vn>",
        "[[trang]]",
    ),
    # elements
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- -->",
        "<!-- parindex: difference ",
        "<![CDATA[x]]>",
    ),
    *(
        "<details><summary>Xong</summary>",
        "</details>",
        "</code></li></ul>",
        "<br>",
        "<?php ?>",
        "<!DOCTYPE html>",
        "<kbd>",
    ),
    *(
        "</table> | a | b |",
        "a | b",
        "\\| a",
        "a \\\\| b",
        "|---|---|",
        "**đậm** _nghiêng_ ~~gạch~~",
        "***",
        "---",
        "* * *",
    ),
    *(
        "===",
        "> lời dẫn",
        "# Tiêu đề",
        "####### bảy",
        "- mục",
        "+ mục",
        "1. một 2. hai",
        "1) một",
        "- [ ] việc",
        "- [x] xong",
    ),
    *(
        "```mermaid graph TD; A-->B ```",
        "~~~ khối",
        "``` suggestion",
        "    mã lùi",
        "\tmã",
        "````",
        "` ` `",
        "``a`b``",
        "\\`x\\`",
    ),
    *(
        "$x^2$",
        "$$x$$",
        "$`x`$",
        "\\(x\\)",
        "\\[x\\]",
        "```math",
        "{+ thêm +}",
        "{- bớt -}",
        "[- bớt -]",
        "{: .lop}",
        "{{ x }}",
    ),
    *(":smile:", ":+1:", ":100:", "a:smile:b", "::x::", "#f00", "`#f00`", "rgb(1,2,3)", "[!NOTE]", "> [!WARNING]"),
    # lines and commands
    "dòng một\n\n# Tiêu đề\n\n- mục\n\n/close\n\n> lời dẫn\n\n---",
    *(
        "/close",
        "\n/close",
        "\r/merge",
        "\u2028/merge",
        "/approve\n/label ~x",
        "x\n/assign @ai",
        "\x0b/close",
        "\n```\n/close\n```",
    ),
    *(
        "\n\n<!-- -->\n\n## Có kết luận mới",
        "\n| a | b |\n|---|---|\n| c | d |",
        "\n- **Không có lỗi, không có cảnh báo.**",
    ),
    # letters
    *(
        "\u202eđảo chiều\u202c \u200bẩn\u2066 \x1b[31mđỏ",
        "\udcff không mã hóa được",
        "\ufeff",
        "\U000e0041",
        "a\u0300" * 40,
    ),
    *(
        "",
        " ",
        "\u00a0",
        "ữ" * 500,
        "`" * 300,
        "@" * 300,
        "\\" * 31,
        "|" * 50,
        "&lt;b&gt; &#64;ai \\@ai \\<b\\>",
        "&amp;#64;ai",
    ),
]

WHAT_FORGES_FIND = {
    "person": r"(?<![\w`])@[\w{\"'(\[]",
    "mail": r"[\w.+-]@[\w-]",
    "reference": r"(?<![&\w])#[\w\"]|\w#\d|\bGH-\d|(?<!\w)[!~$&%^][\w\"]|\w!\d|\[[a-z_]+:[\d\"]|\*iteration:",
    "commit": r"(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])",
    "address": r"[a-z][a-z0-9+.-]*://|\bwww\.|\b(?:mailto|xmpp):[^\s\u200b]",
    "emoji": r":[\w+-]+:",
    "formula": r"\$[^\s\u200b]|\\[(\[]",
    "sign": r"\[\[|\[TOC\]|\[!|\{[+-]|\[-|\{:",
}
_FINDING = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in WHAT_FORGES_FIND.items()}
_INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e0fff]")
_COMMAND = re.compile(r"^\s*/", re.MULTILINE)
_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_SKIPPED = ("code", "pre", "a", "tt")


class Rendered(HTMLParser):
    """The elements of rendered Markdown, the text outside code and the text inside it."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.outside: list[str] = []
        self.code: list[str] = []
        self._within: list[str] = []
        self.feed(_READER.render(markdown))

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements[f"{tag} {sorted(name for name, _ in attrs)}"] += 1
        if tag in _SKIPPED:
            self._within.append(tag)
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._within and tag == self._within[-1]:
            self._within.pop()

    def handle_comment(self, data: str) -> None:
        self.elements["comment"] += 1

    def handle_data(self, data: str) -> None:
        if self._within:
            self.code[-1] += data
        else:
            self.outside.append(data)


def acts(markdown: str) -> list[str]:
    """Return what a forge would find to do in a comment: an empty list for one that only shows."""
    found = [
        f"{name}: {match[0]}"
        for text in Rendered(markdown).outside
        for name, pattern in _FINDING.items()
        for match in pattern.finditer(text)
    ]
    found += [f"hidden: {ord(match[0]):x}" for match in _INVISIBLE.finditer(markdown)]
    return found + [f"command: {match[0]!r}" for match in _COMMAND.finditer(markdown)]
