"""The first look at a source, before Python's parser sees it: characters, tokens, brackets, bounds (`domain.md` X4).

Whatever makes the parser itself fail (null bytes, endless nesting, giant integers) or read more than the language has
(prefixed strings, keywords, powers) is refused here, with its column.
"""

from __future__ import annotations

import keyword
import re

from catalog.expressions.errors import ExpressionError
from catalog.expressions.limits import DEPTH, DIGITS, SOURCE_LENGTH

# Control characters, halves of surrogate pairs, and marks that turn the direction of writing.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<text>[A-Za-z]*(?:'(?:[^'\\\r\n]|\\[^\r\n])*'|"(?:[^"\\\r\n]|\\[^\r\n])*"))
    | (?P<number>\.?\d[\w.]*)
    | (?P<word>[^\W\d]\w*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<sign>\*\*|:=|==|!=|<=|>=|//|<>|&&|\|\||.)
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:[\\'\"nrt]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})|\\.")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_SIGNS = ("==", "!=", "<=", ">=", "//", "+", "-", "*", "/", "%", "<", ">", ".", ",", ":")
_KEYWORDS = ("and", "or", "not", "in", "is", "if", "else", "for", "True", "False", "None")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_INSTEAD = {
    "=": "Equality is written `==`.",
    ":=": "Names cannot be assigned.",
    "**": "Powers are not part of the language; multiply.",
    "<>": "Inequality is written `!=`.",
    "&": "Write `and`.",
    "&&": "Write `and`.",
    "|": "Write `or`.",
    "||": "Write `or`.",
    "!": "Write `not`.",
    "#": "Comments belong outside the expression.",
    "'": "Close it with `'` on the same line.",
    '"': 'Close it with `"` on the same line.',
}


def scan(source: str) -> None:
    """Refuse a source that the parser must not see.

    Raises:
        ExpressionError: with the column of the first offence.
    """
    if len(source) > SOURCE_LENGTH:
        message = f"The expression has {len(source):,} characters; at most {SOURCE_LENGTH:,} are allowed."
        raise ExpressionError(message, SOURCE_LENGTH + 1, "Split it, or put its values into a value table.", source)
    if forbidden := _FORBIDDEN.search(source):
        code = f"U+{ord(forbidden.group()):04X}"
        raise ExpressionError(f"The character {code} is not allowed.", forbidden.start() + 1, "Remove it.", source)
    if not source.strip(" \t\r\n"):
        raise ExpressionError("The expression is empty.", 1, "Write a value or a condition.", source)
    _Scan(source).run()


class _Scan:
    """One pass over the tokens of a source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.open: list[tuple[str, int]] = []
        self.prefixes = 0
        self.before = ("", "")

    def run(self) -> None:
        for token in _TOKEN.finditer(self.source):
            kind, text, column = str(token.lastgroup), token.group(), token.start() + 1
            if kind != "space":
                self._token(kind, text, column)
                self.before = (kind, text)
        if self.open:
            bracket, column = self.open[-1]
            raise self._refusal(f"The bracket `{bracket}` is not closed.", column)

    def _token(self, kind: str, text: str, column: int) -> None:
        self._prefix(text, column)
        match kind:
            case "text":
                self._text(text, column)
            case "number":
                self._number(text, column)
            case "word":
                self._word(text, column)
            case "open":
                self._opening(text, column)
            case "close":
                self._closing(text, column)
            case _:
                self._sign(text, column)

    def _prefix(self, text: str, column: int) -> None:
        """Bound runs of `not` and `-`: they nest without a bracket."""
        self.prefixes = self.prefixes + 1 if text in ("not", "-", "+") else 0
        if self.prefixes > DEPTH:
            raise self._refusal(f"The expression is nested more than {DEPTH} levels deep.", column)

    def _text(self, text: str, column: int) -> None:
        if text[0] not in "'\"":
            prefix = text[: min(text.find(quote) for quote in "'\"" if quote in text)]
            hint = "Write a plain text in quotes; join texts with `+`."
            raise self._refusal(f"A text cannot have the prefix `{prefix}`.", column, hint)
        if self.before[0] == "text":
            raise self._refusal("Two texts stand side by side.", column, "Put a comma or `+` between them.")
        for escape in _ESCAPE.finditer(text):
            if escape.group()[1] not in "\\'\"nrt" and len(escape.group()) == 2:
                hint = r"Known: `\\`, `\'`, `\"`, `\n`, `\r`, `\t`, `\xHH`, `\uHHHH`."
                message = f"The escape `{escape.group()}` is not known."
                raise self._refusal(message, column + escape.start(), hint)

    def _number(self, text: str, column: int) -> None:
        if not _NUMBER.fullmatch(text):
            hint = "Numbers are written like `12` or `12.50`."
            raise self._refusal(f"`{text[:40]}` is not a number.", column, hint)
        if len(text.replace(".", "")) > DIGITS:
            raise self._refusal(f"The number has more than {DIGITS} digits.", column)

    def _word(self, text: str, column: int) -> None:
        if not _WORD.fullmatch(text):
            hint = "Names begin with a letter and have only the letters a to z, digits and `_`."
            raise self._refusal(f"`{text[:40]}` is not a name.", column, hint)
        if keyword.iskeyword(text) and text not in _KEYWORDS:
            hint = f"Read a field of that name as `['{text}']`." if self.before[1] == "." else ""
            raise self._refusal(f"`{text}` is not part of the language.", column, hint)

    def _opening(self, text: str, column: int) -> None:
        self.open.append((text, column))
        if len(self.open) > DEPTH:
            raise self._refusal(f"The expression is nested more than {DEPTH} levels deep.", column)

    def _closing(self, text: str, column: int) -> None:
        if not self.open or self.open.pop()[0] != _CLOSES[text]:
            raise self._refusal(f"The bracket `{text}` closes nothing.", column)

    def _sign(self, text: str, column: int) -> None:
        if text not in _SIGNS:
            message = "The text is not closed." if text in "'\"" else f"`{text}` is not part of the language."
            raise self._refusal(message, column, _INSTEAD.get(text, ""))

    def _refusal(self, message: str, column: int, hint: str = "") -> ExpressionError:
        return ExpressionError(message, column, hint, self.source)
