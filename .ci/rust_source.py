"""A small lexer for Rust sources: comments, string literals, and the code between them.

It knows nested block comments, raw strings, byte strings, characters and lifetimes, which is all that the checks
in this folder need.
"""

import re
from dataclasses import dataclass
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<line>//[^\n]*)
  | (?P<block>/\*)
  | (?P<raw>\b(?:b|c|br|cr)?r(?P<hashes>\#*)")
  | (?P<string>\b[bc]?"|")
  | (?P<char>b?'(?:\\(?:u\{[0-9a-fA-F_]+\}|x[0-9a-fA-F]{2}|.)|[^\\'\n])')
    """,
    re.VERBOSE | re.DOTALL,
)
BLOCK_EDGE = re.compile(r"/\*|\*/")
STRING_END = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A part of a source file. `kind` is `comment`, `string` or `code`; `line` counts from 1."""

    kind: str
    line: int
    text: str


def pieces(source: str) -> list[Piece]:
    """Splits a source into its comments, its string literals and its code, in order."""
    found: list[Piece] = []
    position = 0
    line = 1

    def push(kind: str, end: int) -> None:
        nonlocal position, line
        text = source[position:end]
        if text:
            found.append(Piece(kind, line, text))
            line += text.count("\n")
        position = end

    while match := TOKEN.search(source, position):
        push("code", match.start())
        if match["line"]:
            push("comment", match.end())
        elif match["block"]:
            push("comment", block_end(source, match.start()))
        elif match["raw"]:
            end = source.find('"' + match["hashes"], match.end())
            push("string", len(source) if end < 0 else end + 1 + len(match["hashes"]))
        elif match["string"]:
            end = STRING_END.match(source, match.end())
            push("string", end.end() if end else len(source))
        else:
            push("code", match.end())
    push("code", len(source))
    return found


def block_end(source: str, start: int) -> int:
    """Returns where the block comment at `start` ends; block comments nest."""
    depth = 0
    for edge in BLOCK_EDGE.finditer(source, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(source)


def code_only(source: str) -> str:
    """Returns the source with comments and the content of strings blanked, lines and columns kept."""
    blank = re.compile(r"[^\n]")
    return "".join(
        piece.text if piece.kind == "code" else blank.sub(" ", piece.text) for piece in pieces(source)
    )


def rust_files(root: Path, *folders: str) -> list[Path]:
    """Returns the Rust files below `folders`, sorted."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.rs"))
