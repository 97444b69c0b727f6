"""What may be said of a statement: its operation, its table, and its text without a single literal.

Databases disagree on where a literal ends: in MySQL a backslash escapes a quote and `#` begins a comment; in
PostgreSQL one comment may hold another. Reading one dialect by the rules of another takes a value for code.
Therefore the text ends where this dialect's rules leave open what is a value: half a statement is better than
a leaked password.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

LONGEST_TEXT: Final = 4096  # characters of the text kept
_MOST_READ: Final = 16_384  # characters of a statement: what is cut off at the end of a literal stays hidden


class Statement(NamedTuple):
    """The facts of one SQL statement. `collection` is empty where no single table can be told."""

    operation: str
    collection: str
    summary: str
    text: str


@dataclass(frozen=True)
class Dialect:
    """How a database reads what others read differently. The default is that of a database nobody knows."""

    double_quoted_names: bool = False  # never a literal; elsewhere it depends on the position or on settings
    bracketed_names: bool = False
    subscripts: bool = False  # brackets hold expressions
    dollar_quotes: bool = False
    q_quotes: bool = False
    nested_comments: bool = False
    hash_comments: bool = False
    hash_in_code: bool = False  # an operator or part of a name
    spaced_dashes: bool = False  # `--` begins a comment only before a blank
    code_in_comments: bool = False  # /*! … */
    dollar_money: bool = False  # $12.50, not the parameter $12


_POSTGRESQL: Final = Dialect(
    double_quoted_names=True, subscripts=True, dollar_quotes=True, nested_comments=True, hash_in_code=True
)
_MYSQL: Final = Dialect(subscripts=True, hash_comments=True, spaced_dashes=True, code_in_comments=True)
_DIALECTS: Final = {
    **dict.fromkeys(("postgresql", "cockroachdb", "redshift"), _POSTGRESQL),
    **dict.fromkeys(("mysql", "mariadb", "tidb", "starrocks", "doris"), _MYSQL),
    "oracle": Dialect(double_quoted_names=True, subscripts=True, q_quotes=True, hash_in_code=True),
    "mssql": Dialect(bracketed_names=True, nested_comments=True, hash_in_code=True, dollar_money=True),
    "sqlite": Dialect(bracketed_names=True),
}
_UNKNOWN: Final = Dialect()

# Words, parameters, blanks and operators: all that holds no literal, taken in one go. Possessive, so linear.
_CODE: Final = re.compile(
    r"""(?:
        [^\W\d][\w$]*+(?:\.\w[\w$]*+)*+         # a word, or several: shop.users
      | \s++
      | [^\w\s'"`\[$\#/*\-+.:@%]++              # operators and brackets that mean nothing special
      | (?<=\?)\d++                             # ?1
      | (?<![\w?\])}"'`:]):\d++                 # :1, but no slice or value after a colon
      | [:@]++(?:[^\W\d][\w$]*+)?+              # :name, ::type, @name
      | %(?:\(\w++\)s)?+                        # %(name)s, %s
      | \.(?!\d) | -(?![\-\d.]) | \+(?![\d.]) | /(?!\*) | \*(?!/)
    )++""",
    re.VERBOSE,
)
_NUMBER: Final = re.compile(r"[+\-]?\.?\d[\w.]*+(?:(?<=[eE])[+\-]\d[\w.]*+)?+")
_SIGNED_AFTER: Final = re.compile(
    r"(?:^|[(,=<>*/%|&^~+\-]|\b(?:select|where|and|or|not|when|then|else|limit|offset|between|by|values|return|in|is|set))\s*$",
    re.IGNORECASE,
)
_PARAMETER: Final = re.compile(r"\$(?:\d{1,5}(?![\w.$])|[^\W\d]\w*+(?!\$))")
_DOLLAR_QUOTE: Final = re.compile(r"\$(?:[^\W\d]\w*+)?+\$")
_CODE_IN_COMMENT: Final = re.compile(r"/\*M?!\d*")
_NESTING: Final = re.compile(r"/\*|\*/")
# Up to the closing quote. It stops at a backslash before the quote, which escapes it or does not.
_QUOTED: Final = {
    quote: re.compile(
        rf"{quote}(?:[^{quote}\\]|\\\\|{quote}{quote}|\\(?!{quote}))*+(?:{quote}|(?P<open>\\|\Z))"
    )
    for quote in "'\""
}
_IN_BACKTICKS: Final = re.compile(r"`[^`]*+`")
_QUOTES: Final = re.compile("['\"`]")
_PREFIX: Final = re.compile(r"(?<![\w$.:@])(?:n?q|[enbx]|u&|rb?|br)$", re.IGNORECASE)
_Q_CLOSING: Final = {"[": "]", "{": "}", "(": ")", "<": ">"}
# After these words, or at a dot, a double-quoted text is a name in every dialect.
_BEFORE_A_NAME: Final = re.compile(
    r"(?:\.|\b(?:from|join|into|update|table|view|index|as|exists))\s*$", re.IGNORECASE
)
# … except where FROM stands before a value.
_VALUES_AFTER_FROM: Final = re.compile(
    r"\b(?:extract|[lr]?trim|mid|substr|substring|overlay|position|prepare)\b", re.IGNORECASE
)
_DISTINCT_FROM: Final = re.compile(r"\bdistinct\s+from\s*$", re.IGNORECASE)
_BRACKETED: Final = re.compile(r"\[(?:[^\]]|\]\])*+\]")
# Secrets that are words: IDENTIFIED BY tiger (Oracle), PRAGMA key = tiger (SQLCipher).
_SECRET_WORD: Final = re.compile(
    r"(\bidentified\s+by\s|\bpragma\s+(?:\w+\.)?(?:hex)?(?:re)?key\s*[=(]).*", re.IGNORECASE | re.DOTALL
)
_TAIL: Final = 64  # characters before a literal that say what it is


def sanitized(sql: str, dialect: str) -> str:
    """Without comments, and with `?` for each literal. Takes one pass, and never long."""
    return _Scan(sql[:_MOST_READ], _DIALECTS.get(dialect, _UNKNOWN)).text()


class _Scan:
    """One pass over a statement. Each method reads what begins at `_at`, adds what may be shown, moves on."""

    def __init__(self, sql: str, dialect: Dialect) -> None:
        self._sql = sql
        self._dialect = dialect
        self._at = 0
        self._kept: list[str] = []

    def text(self) -> str:
        sql = self._sql
        while self._at < len(sql):
            code = _CODE.match(sql, self._at)
            if code is not None:
                self._replace(code[0], code.end())
            else:
                self._read_special(sql[self._at])
        return _SECRET_WORD.sub(r"\1?", "".join(self._kept)).strip()

    def _read_special(self, first: str) -> None:
        two = self._sql[self._at : self._at + 2]
        if first == "'":
            self._read_string()
        elif first == '"':
            self._read_double_quoted()
        elif first == "`":
            self._read_name(_IN_BACKTICKS.match(self._sql, self._at))
        elif first == "[":
            self._read_bracket()
        elif first == "$":
            self._read_dollar()
        elif first == "#":
            self._read_hash()
        elif two == "--":
            self._read_dashes()
        elif two == "/*":
            self._read_comment()
        elif two == "*/":  # the end of MySQL's /*! … */
            self._replace(" ", self._at + 2)
        else:
            self._read_number()

    def _replace(self, shown: str, end: int) -> None:
        if shown != " " or self._kept[-1:] != [" "]:
            self._kept.append(shown)
        self._at = end

    def _cut(self) -> None:
        """Nobody can tell what comes next."""
        self._replace("?", len(self._sql))

    def _tail(self) -> str:
        return "".join(self._kept[-4:])[-_TAIL:]

    def _read_string(self) -> None:
        prefix = _PREFIX.search(self._kept[-1][-_TAIL:]) if self._kept else None
        if prefix is not None:
            self._kept[-1] = self._kept[-1][: -len(prefix[0])]
            if prefix[0].lower() in ("q", "nq"):
                self._read_q_quoted()
                return
        self._read_literal(_QUOTED["'"].match(self._sql, self._at))

    def _read_literal(self, quoted: re.Match[str] | None) -> None:
        """A literal in quotes. One in three of them, as BigQuery has it, would end elsewhere for others."""
        in_three = quoted is not None and quoted[0][:3] in ("'''", '"""')
        if quoted is None or quoted["open"] is not None or in_three:
            self._cut()
        else:
            self._replace("?", quoted.end())

    def _read_q_quoted(self) -> None:
        """Oracle's q'[it's]'."""
        delimiter = self._sql[self._at + 1 : self._at + 2]
        end = self._sql.find(_Q_CLOSING.get(delimiter, delimiter) + "'", self._at + 2)
        if end < 0 or not delimiter or not self._dialect.q_quotes:
            self._cut()
        else:
            self._replace("?", end + 2)

    def _read_double_quoted(self) -> None:
        quoted = _QUOTED['"'].match(self._sql, self._at)
        if quoted is None or quoted["open"] is not None:
            self._cut()
        elif self._dialect.double_quoted_names or self._is_name(quoted):
            self._replace(quoted[0], quoted.end())
        else:
            self._read_literal(quoted)

    def _is_name(self, quoted: re.Match[str]) -> bool:
        if "'" in quoted[0]:
            return False
        if self._sql.startswith(".", quoted.end()):
            return True
        tail = self._tail()
        before = _BEFORE_A_NAME.search(tail)
        if before is None or before[0][:4].lower() != "from":
            return before is not None
        return not self._has_values_after_from and _DISTINCT_FROM.search(tail) is None

    @cached_property
    def _has_values_after_from(self) -> bool:
        return _VALUES_AFTER_FROM.search(self._sql) is not None

    def _read_name(self, quoted: re.Match[str] | None) -> None:
        """A name in backticks or brackets. One that holds quotes may be none."""
        if quoted is None or _QUOTES.search(quoted[0][1:-1]):
            self._cut()
        else:
            self._replace(quoted[0], quoted.end())

    def _read_bracket(self) -> None:
        bracketed = None if self._dialect.subscripts else _BRACKETED.match(self._sql, self._at)
        if bracketed is not None and self._dialect.bracketed_names:
            self._read_name(bracketed)
        elif self._dialect.subscripts or (bracketed is not None and not _QUOTES.search(bracketed[0])):
            self._replace("[", self._at + 1)
        else:
            self._cut()

    def _read_dollar(self) -> None:
        quote = _DOLLAR_QUOTE.match(self._sql, self._at)
        parameter = _PARAMETER.match(self._sql, self._at)
        if quote is not None:
            end = self._sql.find(quote[0], quote.end())
            if end < 0 or not self._dialect.dollar_quotes:
                self._cut()
            else:
                self._replace("?", end + len(quote[0]))
        elif parameter is not None and not self._dialect.dollar_money:
            self._replace(parameter[0], parameter.end())
        else:
            self._replace("$", self._at + 1)

    def _read_hash(self) -> None:
        if self._dialect.hash_comments:
            self._skip_line()
        elif self._dialect.hash_in_code:
            self._replace("#", self._at + 1)
        else:
            self._cut()

    def _read_dashes(self) -> None:
        after = self._sql[self._at + 2 : self._at + 3]
        if after > " " and self._dialect.spaced_dashes:
            self._replace("-", self._at + 1)
        elif after > " " and self._dialect is _UNKNOWN:
            self._cut()
        else:
            self._skip_line()

    def _skip_line(self) -> None:
        end = self._sql.find("\n", self._at)
        end = len(self._sql) if end < 0 else end
        if "\r" in self._sql[self._at : end].removesuffix("\r"):  # it ends a line in some databases only
            self._cut()
        else:
            self._replace(" ", end)

    def _read_comment(self) -> None:
        hidden_code = _CODE_IN_COMMENT.match(self._sql, self._at)
        if hidden_code is None:
            self._skip_comment()
        elif self._dialect.code_in_comments:
            self._replace(" ", hidden_code.end())
        else:
            self._cut()

    def _skip_comment(self) -> None:
        depth = 0
        for mark in _NESTING.finditer(self._sql, self._at):
            depth += 1 if mark[0] == "/*" else -1
            if depth == 0:
                self._replace(" ", mark.end())
                return
            if depth == 2 and not self._dialect.nested_comments:
                break
        self._cut()

    def _read_number(self) -> None:
        number = _NUMBER.match(self._sql, self._at)
        if number is None:
            self._replace(self._sql[self._at], self._at + 1)
            return
        sign = number[0][0] if number[0][0] in "+-" else ""
        if sign and _SIGNED_AFTER.search(self._tail()) is not None:
            sign = ""
        self._replace(f"{sign}?", number.end())


_OPERATION: Final = re.compile(r"[\s(]*([A-Za-z]+)")
_PART: Final = r'(?:"[^"]{1,128}"|`[^`]{1,128}`|\[[^\]]{1,128}\]|[\w$#]+)'
_NAME: Final = rf"({_PART}(?:\.{_PART})*)"
_FROM: Final = re.compile(rf"\bFROM\s+{_NAME}", re.IGNORECASE)
_INTO: Final = re.compile(rf"\bINTO\s+{_NAME}", re.IGNORECASE)
_TARGET: Final = {
    "SELECT": _FROM,
    "DELETE": _FROM,
    "INSERT": _INTO,
    "REPLACE": _INTO,
    "UPDATE": re.compile(rf"\bUPDATE\s+(?:OR\s+\w+\s+)?{_NAME}", re.IGNORECASE),
}


def describe(sql: str, dialect: str) -> Statement:
    """Read a statement once. Literals in its text become `?`; bound parameters never were part of it."""
    text = sanitized(sql, dialect)
    found = _OPERATION.match(text)
    operation = found[1].upper() if found else ""
    target = _TARGET[operation].search(text) if operation in _TARGET else None
    collection = re.findall(_PART, target[1])[-1].strip('"`[]') if target else ""
    summary = f"{operation} {collection}".strip()
    return Statement(operation, collection, summary, text[:LONGEST_TEXT])
