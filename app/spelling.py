"""Words as searches compare them: without case, accents, Greek letters, plurals and British spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from app.text import plain

WORD = re.compile(r"[^\W_]+")
BRITISH = (
    (re.compile(r"ae|oe"), "e"),  # haem, oestr, glycaemia; aerobic and such lose it on both sides
    (re.compile(r"our$"), "or"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"is(e[ds]?|ing|ations?)$"), r"iz\1"),
    (re.compile(r"ys(e[ds]?|ing)$"), r"yz\1"),
    (re.compile(r"ll(ing|ed)$"), r"l\1"),
    (re.compile(r"troph(in|ic)"), r"trop\1"),
)
COMMON = frozenset(
    """a an and are as at be by can does do for from has have how i in into is it its my of on or that the their there
    this to what when which who why with you your""".split()  # noqa: SIM905  # words read best as words
)
"""Words that say nothing of what is looked for."""


@lru_cache(100_000)
def folded_word(word: str) -> str:
    """One word in the form in which its spellings and its plural meet."""
    folded = plain(word)
    if len(folded) > 4:
        for british, american in BRITISH:
            folded = british.sub(american, folded)
    if len(folded) > 3:
        if folded.endswith("ies"):
            return f"{folded[:-3]}y"
        if folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
            return folded[:-1]
    return folded


def folded_words(text: str) -> list[str]:
    """The words of a text."""
    return list(map(folded_word, WORD.findall(text)))


def told_words(query: str) -> list[str]:
    """The words of a query that say something; all of them where none does."""
    given = list(dict.fromkeys(folded_words(query)))
    return [word for word in given if word not in COMMON] or given


def joined(text: str) -> str:
    """A whole name as one word, so that hyphens and spaces do not matter."""
    return "".join(folded_words(text))


def sorted_words(text: str) -> str:
    """A whole name whatever the order of its words."""
    return " ".join(sorted(folded_words(text)))


def forgiven(length: int) -> int:
    """How many wrong letters a word of so many letters may have."""
    return 0 if length < 4 else 1 if length < 8 else 2
