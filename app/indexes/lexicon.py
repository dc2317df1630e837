"""Which records a text speaks of: every name of every record, found in one pass (Aho & Corasick 1975)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from unicodedata import normalize

from ahocorasick_rs import AhoCorasick, MatchKind

from app.spelling import folded_word
from app.text import GREEK

RAISED = "²³¹⁰⁴-⁹₀-₉"
TOKEN = re.compile(rf"[Α-Ωα-ω]|[\d{RAISED}]+|[^\W\d_Α-Ωα-ω{RAISED}]+|(?<=\w)[+⁺]")
"""A run of letters, a run of digits (T₃ is T3), or a Greek letter: `TNFα`, `TNF-α`, `TNF alpha` are the same two. A
charge is one too: Na+ is said of nothing else, Na of much."""
JOINING = frozenset(" \t\n\r\u00a0\u2009\u202f-\u2010\u2011\u2012\u2013\u2212/'’")
"""What may stand between the words of one name."""
GLUE = frozenset("()[],:-")
"""What may stand there too where no space does: `25(OH)D`, `PTH(1-34)`."""
POSSESSIVE = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
"""Left out of names and texts: Kallmann's syndrome is the Kallmann syndrome."""
POSSESSIVE_ALONE = re.compile(r"^['’]s\b", re.IGNORECASE)
NAMESAKE = re.compile(
    r"[- \u2010\u2011](gene[-\u2010\u2011 ])?(like|related)[- ]?(peptide|protein|factor|hormone|growth)", re.IGNORECASE
)
"""What makes another thing of a name: parathyroid hormone-related protein, glucagon-like peptide."""
NUMBERED = re.compile(r"[-\u2010\u2011]\d+(?![\d.,]*\s*\w?(g|mol|U|IU)\b)")
"""What makes another thing of an abbreviation: ACE-2; but not TSH-0.3 mU/L."""
TELLING = 10
"""Letters of a related name that means little else, such as thyrotoxicosis."""
LONG_ENOUGH = 4
"""Letters of an abbreviation that is known without its hyphen too: DHEA-S, not T-4."""
AROUND, FAR = 8, 20
"""Tokens on either side of an abbreviation of up to two letters, and of three, that may say what it means."""
UNITS = frozenset("ng pg ug mug mg mcg nmol pmol umol mumol mmol iu miu mu u g dl ml l meq".split())  # noqa: SIM905  # read best so
SAID_OF_HORMONES = frozenset(
    """serum plasma blood hormone receptor secretion agonist antagonist inhibitor inhibition axis pituitary
    hypothalamic adrenal gonadal ovarian testicular thyroid endogenous signaling fasting bioavailable""".split()  # noqa: SIM905  # as above
)
"""Words near which a short abbreviation means what it means in endocrinology."""
SAID_OF_MANY = frozenset(
    """level pulse peak test expression positive negative binding patient suppressed raised elevated dose
    conversion release tissue marker basal synthesis therapy replacement exogenous circulating concentration treatment
    injection stimulation feedback excess deficiency assay""".split()  # noqa: SIM905  # as above
)
"""Words that say so right beside it only."""
EVERYDAY = frozenset(
    """absorption appetite bi-weekly brain breast compounding depression drinking eating erection exercise exhaustion
    exogenous fasting fatigue flushing goat heart iron kidney liver meal metabolism mood motivation nursing
    pregnancy puberty skeleton skin sleep stomach stress suppression synergy thirst wakefulness womb""".split()  # noqa: SIM905  # as above
) | {
    "c cells", "compound b", "compound e", "compound f", "compound s", "d cells", "energy deficit", "light exposure",
    "negative feedback", "period 1", "period 2", "positive feedback", "set point", "steady state", "yellow body",
}  # fmt: skip
"""Names that are words of everyday language, or of other fields."""
SHORT = 3
"""Letters of an abbreviation, at most, that can be taken for something else."""
NOT_JOINED = frozenset("cell lymphocyte score shirt wave".split())  # noqa: SIM905  # as above
"""Words that make something else of a short abbreviation that a hyphen joins to them, and of a letter before them."""
PLACES = frozenset({"er", "ed"})
INTO = frozenset("the to in via through attended".split())  # noqa: SIM905  # as above
VISITED = frozenset(
    "seen went sent admitted presented brought visit taken came attended arrived".split()  # noqa: SIM905  # as above
)
"""Words that make a place of what is called `the ER`, and of no other abbreviation."""
STAGED = frozenset("fracture stage vertebra vertebral".split())  # noqa: SIM905  # as above
"""Words before which a letter with a number is no hormone."""
GRADED = frozenset("mild moderate severe trace trivial".split())  # noqa: SIM905  # as above
"""What a disease may be, and no protein."""
DOSE = re.compile(r"\s\d[\d.,]*\s?m?c?g\b(?!/)")
"""What makes a form of release of an ER."""
SENTENCE = re.compile(r"[.!?;]\s")
"""Where what stands around ends."""
HYPHENS = frozenset("-\u2010\u2011\u2012\u2013")
BEGIN, END, BREAK = "\x01", "\x02", "\x03"
"""What stands before and after a token, and where a name cannot go on, in the text that is searched."""


class Token(NamedTuple):
    """A part of a word as it is compared, and where it stands."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True)
class Name:
    """A name to find: its record, the glossary entry that explains it, and whether it is an abbreviation."""

    text: str
    entity: str
    glossary: str | None
    abbreviation: bool
    related: bool = False
    """Whether the record is only near in meaning: it is meant where nothing else is called so."""

    @cached_property
    def doubtful(self) -> bool:
        """Whether it can be taken for something else."""
        short = self.abbreviation and len(self.text) <= SHORT and not self.text.endswith("+")
        return short or self.text.lower() in EVERYDAY

    @cached_property
    def letters(self) -> str:
        """Its letters and digits."""
        return _letters(self.text)


class _Candidate(NamedTuple):
    """Names that may be meant by some tokens: the first, and the one after the last."""

    first: int
    last: int
    names: Sequence[Name]


@dataclass(frozen=True)
class Mark:
    """A mention: code points, the end exclusive; the records it may mean, and the glossary entry."""

    start: int
    end: int
    entities: tuple[str, ...]
    glossary: str | None
    near: bool
    """Whether they are only near in meaning to what the text says."""


def tokens(text: str) -> list[Token]:
    """The parts of the words of a text."""
    owned = {match.start() + 1 for match in POSSESSIVE.finditer(text)}
    return [
        Token(folded_word(match[0]), match.start(), match.end())
        for match in TOKEN.finditer(text)
        if match.start() not in owned
    ]


class Lexicon:
    """The names of a release."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names: dict[str, list[Name]] = {}
        for name in names:
            if parts := tokens(name.text):
                self._names.setdefault(_chain(parts), []).append(name)
        for chain, known in self._names.items():
            self._names[chain] = [name for name in known if not name.related] or known
        self._patterns = [(chain.count(END), names) for chain, names in self._names.items()]
        """By number, how many tokens a name has, and those who are called so."""
        self._automaton = AhoCorasick(self._names, matchkind=MatchKind.Standard)

    def annotate(self, text: str, *, overlaps: bool = False, near: bool = True) -> list[Mark]:
        """Every mention in a text; the longest where several cover one place, unless `overlaps` are asked for.

        Without `near`, none of names that are only near in meaning.
        """
        found = tokens(text)
        candidates = self._candidates(text, found)
        named = {token for one in candidates for token in range(one.first, one.last)}
        certain: list[_Candidate] = []
        doubtful: list[_Candidate] = []
        for one in candidates:
            unsure = all(name.doubtful for name in one.names) or _shouted(text, found, one, named)
            (doubtful if unsure else certain).append(one)
        told = {token for one in certain for token in range(one.first, one.last)}
        kept = [one._replace(names=[name for name in one.names if not name.doubtful]) for one in certain]
        # Longer ones that are borne out bear out others in turn, whatever their order; those of two letters come last.
        longer = [one for one in doubtful if _long(found, one)]
        while borne := [one for one in longer if _meant(text, found, one, told)]:
            kept += borne
            longer = [one for one in longer if one not in borne]
            told.update(token for one in borne for token in range(one.first, one.last))
        kept += [one for one in doubtful if not _long(found, one) and _meant(text, found, one, told)]
        kept.sort(key=lambda one: (one.first - one.last, one.names[0].related, one.first))
        marks = [_mark(found, *one) for one in kept if near or not one.names[0].related]
        return _without_overlaps(marks) if not overlaps else sorted(marks, key=lambda mark: (mark.start, -mark.end))

    def _candidates(self, text: str, found: Sequence[Token]) -> list[_Candidate]:
        """Names that stand in the text as whole words, and are not part of what is only named after them."""
        haystack: list[str] = []
        starts: dict[int, int] = {}
        length = 0
        end = 0
        for position, token in enumerate(found):
            between = text[end : token.start]
            if between != " " and position and not _joins(between):
                haystack.append(BREAK)
                length += len(BREAK)
            starts[length] = position
            haystack.append(f"{BEGIN}{token.folded}{END}")
            length += len(haystack[-1])
            end = token.end
        others: dict[int, tuple[int, int]] = {}
        candidates: list[_Candidate] = []
        for pattern, start, _ in self._automaton.find_matches_as_indexes("".join(haystack), overlapping=True):
            count, known = self._patterns[pattern]
            first = starts[start]
            last = first + count
            if _whole(found, first, last):
                if namesake := NAMESAKE.match(text, found[last - 1].end):
                    other = first, bisect_left(found, namesake.end(), key=_start)
                    others |= {at: min(other, others.get(at, other)) for at in range(*other)}
                names = [name for name in known if not name.abbreviation or _written(name, text, found, first, last)]
                if names:
                    candidates.append(_Candidate(first, last, names))
        return [one for one in candidates if _covers(one, others)]


def _start(token: Token) -> int:
    return token.start


def _covers(one: _Candidate, others: Mapping[int, tuple[int, int]]) -> bool:
    """Whether it holds the whole of each other name, by the tokens of that, of which it holds a part."""
    met = [others[at] for at in range(one.first, one.last) if at in others]
    return all(one.first <= first and last <= one.last for first, last in met)


def _chain(parts: Iterable[Token]) -> str:
    """Tokens as a text in which only whole ones match."""
    return "".join(f"{BEGIN}{part.folded}{END}" for part in parts)


def _joins(between: str) -> bool:
    """Whether what stands between two tokens may stand within a name."""
    return JOINING.issuperset(POSSESSIVE_ALONE.sub("", between)) or GLUE.issuperset(between)


def _whole(found: Sequence[Token], first: int, last: int) -> bool:
    """Whether tokens are whole words: nothing is glued to either end."""
    before = first == 0 or found[first - 1].end < found[first].start
    return before and (last == len(found) or found[last].start > found[last - 1].end or found[last].folded == "+")


def _written(name: Name, text: str, found: Sequence[Token], first: int, last: int) -> bool:
    """Whether the text writes an abbreviation as it is written: in its capitals, and together."""
    surface = text[found[first].start : found[last - 1].end]
    if NUMBERED.match(text, found[last - 1].end):
        return False
    if any(letter.isspace() for letter in surface) and not any(
        letter.isspace() or letter == "-" for letter in name.text
    ):
        return False
    given, wanted = _letters(surface), name.letters
    if given in (wanted, f"{wanted}s", wanted.upper()):
        return True
    capitals = sum(letter.isupper() or letter.isdigit() for letter in given)
    return given.lower() == wanted.lower() and len(given) > 2 and capitals > 1


def _letters(text: str) -> str:
    """Letters and digits, Greek letters by their names, raised and lowered digits as others."""
    return "".join(GREEK.get(letter, letter) for letter in normalize("NFKC", text) if letter.isalnum())


def _long(found: Sequence[Token], one: _Candidate) -> bool:
    """Whether it has more than two letters, so that few other words are written so."""
    return found[one.last - 1].end - found[one.first].start > 2


def _shouted(text: str, found: Sequence[Token], one: _Candidate, named: set[int]) -> bool:
    """Whether an abbreviation stands among words in capitals, not all of them names: any word looks like one there."""
    around = [*range(max(one.first - 3, 0), one.first), *range(one.last, min(one.last + 3, len(found)))]
    words = [text[found[at].start : found[at].end] for at in around]
    loud = len(words) > 1 and all(map(str.isupper, words)) and not named.issuperset(around)
    return loud and all(name.abbreviation for name in one.names)


def _meant(text: str, found: Sequence[Token], one: _Candidate, told: set[int]) -> bool:
    """Whether what stands around a doubtful name says that it is one of ours."""
    first, last, names = one
    start, end = found[first].start, found[last - 1].end
    long = _long(found, one)
    around = FAR if long else AROUND
    before, after = range(max(first - around, 0), first), range(last, min(last + around, len(found)))
    near = [at for at in before if long or not SENTENCE.search(text[found[at].end : start + 1])]
    near += [at for at in after if long or not SENTENCE.search(text[end : found[at].start + 1])]
    if last < len(found) and found[last].folded in NOT_JOINED:
        joined = text[end : found[last].start]
        if joined in HYPHENS or (joined == " " and end - start == 1):
            return False
    if any(found[at].folded in STAGED for at in before[-4:]) and found[last - 1].folded.isdigit():
        return False
    if first and found[first - 1].folded in GRADED and all(name.entity.startswith("proteins/") for name in names):
        return False
    if found[first].folded in PLACES:
        visited = first and found[first - 1].folded in INTO and any(found[at].folded in VISITED for at in before[-4:])
        if visited or (first - 1 in told and DOSE.match(text, end)):
            return False
    beside = [at for at in near if first - 1 <= at <= last]
    return (
        any(at in told or found[at].folded in SAID_OF_HORMONES for at in near)
        or any(found[at].folded in SAID_OF_MANY for at in beside)
        or any(_is_unit(text, found, at) for at in near)
    )


def _is_unit(text: str, found: Sequence[Token], at: int) -> bool:
    """Whether a token is a unit, as after a number or another unit; an L alone is none."""
    if found[at].folded not in UNITS or not at:
        return False
    before = found[at - 1]
    return before.folded.isdigit() or before.folded in UNITS or text[before.end : found[at].start] == "/"


def _mark(found: Sequence[Token], first: int, last: int, names: Sequence[Name]) -> Mark:
    entities = tuple(dict.fromkeys(name.entity for name in names))
    glossary = next((name.glossary for name in names if name.glossary), None)
    return Mark(found[first].start, found[last - 1].end, entities, glossary, names[0].related)


def _without_overlaps(marks: Sequence[Mark]) -> list[Mark]:
    """Of marks that cover one place the first, which is the longest, then those that leave it whole."""
    kept: list[Mark] = []
    taken: set[int] = set()
    for mark in marks:
        if taken.isdisjoint(range(mark.start, mark.end)):
            kept.append(mark)
            taken.update(range(mark.start, mark.end))
    return sorted(kept, key=lambda mark: mark.start)


def names_of(documents: Iterable[Any]) -> Iterator[Name]:
    """The names to find, from records' documents; of `related` names the long, which mean little else."""
    kept = [data for data in documents if data["id"].split("/")[0] not in ("interactions", "sources")]
    explained = {data["entity"]["id"]: data["id"] for data in kept if data.get("entity")}
    for data in kept:
        glossary = data["id"] if data["id"].startswith("glossary/") else explained.get(data["id"])
        entity = data["entity"]["id"] if data.get("entity") else data["id"]
        yield Name(data["name"], entity, glossary, _abbreviated(data["name"]))
        for synonym in data["synonyms"]:
            name, related = synonym["name"], synonym["type"] == "related"
            abbreviation = synonym["type"] == "abbreviation" or _abbreviated(name)
            if not related or " " in name or len(name) >= TELLING:
                yield Name(name, entity, glossary, abbreviation, related)
                if abbreviation and "-" in name and len(name) > LONG_ENOUGH:
                    yield Name(name.replace("-", ""), entity, glossary, abbreviation, related)


def _abbreviated(name: str) -> bool:
    """Whether a name is written in capitals, so that its case tells it from a word."""
    letters = [letter for letter in name if letter.isalpha()]
    return " " not in name and sum(letter.isupper() for letter in letters) >= max(2, len(letters) / 2)
