"""Full-text search over records: BM25 (Robertson & Zaragoza 2009, in tantivy), names above prose, typos forgiven."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import tantivy
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from tantivy import Occur, Query

from app.spelling import WORD, folded_word, folded_words, forgiven, joined, sorted_words, told_words

WHOLE = {"name": 60.0, "abbreviation": 59.0, "synonym": 59.0, "words": 40.0, "related": 25.0}
"""What it counts to be called just what was asked for, by kind of name, or in another order of its `words`;
more than any text can count."""
SPELLED_OUT = 0.9
"""What a name counts that has an abbreviation spelled out, as a share of that."""
CLOSE = 0.35
"""What a name that differs in a letter or two counts, as a share of that."""
TEXTS = {"names": 1.2, "summary": 0.4, "body": 0.16}
"""What a word counts by where it stands: so little that no text outweighs a name that is just what was asked for."""
FUZZY = 0.6
"""What a word that differs in a letter or two counts, as a share of the same word."""
WEIGHTS = {
    "hormones": 6.0, "peptides": 5.0, "compounds": 4.5, "proteins": 4.0, "conditions": 4.0, "tissues": 4.0, "axes": 4.0,
    "biomarkers": 3.5, "processes": 3.5, "protocols": 3.0, "glossary": 0.5, "interactions": 0.5, "sources": 0.0,
}  # fmt: skip
"""What its resource counts for a record: people look for things before what is said of them."""
CLOSEST = 70
"""Least similarity, of 100, of a name that may be meant: Levenshtein-based ratio."""
COMPARED = 50_000
"""At most so many names are compared with a misspelled one."""
CENTRAL = 0.8
"""What each tenfold of records that refer to a record counts for it."""
SNIPPET = 90
"""Characters shown on either side of what matched in a long text."""


class Text(NamedTuple):
    """A text of a record, and the field that holds it."""

    field: str
    text: str


class Entry(NamedTuple):
    """What is searched of a record."""

    key: str
    resource: str
    name: str
    summary: str
    names: Sequence[tuple[str, str]]
    texts: Sequence[Text]
    referred: int


@dataclass(frozen=True)
class Matched:
    """Where a record matched: a field's text, or the part of it around the match, and the ranges within that."""

    field: str
    text: str
    ranges: list[tuple[int, int]]


@dataclass(frozen=True)
class Hit:
    """A record found."""

    key: str
    resource: str
    name: str
    summary: str
    score: float
    matched: Matched | None


@dataclass(frozen=True)
class Found:
    """One page of hits, how many there are in all and of each resource, and a name that may be meant."""

    hits: list[Hit]
    total: int
    resources: dict[str, int]
    meant: str | None


def entry_of(data: Any, referred: int) -> Entry:
    """What is searched of a record, from its document."""
    names = [("name", data["name"])]
    names += [(s["type"] if s["type"] in WHOLE else "synonym", s["name"]) for s in data["synonyms"]]
    texts = [Text("name", data["name"]), *(Text("synonyms", s["name"]) for s in data["synonyms"])]
    texts += [Text(field, data[field]) for field in ("summary", "description", "explanation") if data.get(field)]
    resource = data["id"].split("/")[0]
    return Entry(data["id"], resource, data["name"], data["summary"], names, texts, referred)


class SearchIndex:
    """An index over the records of a release, in memory. Built once; reads from any thread."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._spelled_out: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        builder = tantivy.SchemaBuilder()
        for name in ("key", "resource", "central", *(f"whole_{kind}" for kind in WHOLE)):
            builder.add_text_field(
                name, tokenizer_name="raw", index_option="basic", stored=name == "key", fast=name == "resource"
            )
        for name in TEXTS:
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        builder.add_bytes_field("shown", stored=True)
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(heap_size=15_000_000, num_threads=1)
        for entry in entries:
            names = [_Name(kind, name, folded_words(name)) for kind, name in entry.names]
            writer.add_document(_document(entry, names))
            for kind, name, words in names:
                if kind != "related" and len(self._names) < COMPARED:
                    self._names[name] = "".join(words)
                if kind == "abbreviation" and entry.resource not in ("glossary", "sources"):
                    self._spelled_out.setdefault("".join(words), []).append(entry.name)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()
        preferred = [("resource", name, weight) for name, weight in WEIGHTS.items() if weight]
        preferred += [("central", str(tens), tens * CENTRAL) for tens in range(1, 7)]
        self._preferred = [
            (Occur.Should, Query.const_score_query(Query.term_query(self._schema, field, value), weight))
            for field, value, weight in preferred
        ]

    def search(self, query: str, resources: Sequence[str], offset: int, limit: int) -> Found:
        """The hits from `offset` on, best first: an exact name, a close one, all words; where none has all, any."""
        words = told_words(query)
        if not words:
            return Found([], 0, {}, None)
        unknown = [word for word in words if not self._stands(word)]
        for occur, suspected in (
            (Occur.Must, unknown),
            (Occur.Must, words),
            (Occur.Should, unknown),
            (Occur.Should, words),
        ):
            named = self._named(query, forgiving=suspected is words)
            wrong = {word: forgiven(len(word)) if word in suspected else 0 for word in words}
            told = Query.boolean_query([(occur, self._word(*each)) for each in wrong.items()])
            asked = Query.disjunction_max_query([*named, told], 0.02)
            counts = self._counts(asked)
            total = sum(number for name, number in counts.items() if not resources or name in resources)
            if total:
                break
        ranked = self._within(Query.boolean_query([(Occur.Must, asked), *self._preferred]), resources)
        found = self._searcher.search(ranked, limit=limit, offset=offset, count=False).hits
        same = _Same(wrong)
        hits = [self._hit(score, address, same) for score, address in found]
        return Found(hits, total, counts, self._meant(query, hits) if unknown else None)

    def _meant(self, query: str, hits: Sequence[Hit]) -> str | None:
        """The name nearest to a query of which a word stands nowhere."""
        near = process.extractOne(joined(query), self._names, scorer=fuzz.ratio, score_cutoff=CLOSEST)
        return near[2] if near else hits[0].name if hits else None

    def _stands(self, word: str) -> bool:
        """Whether a word stands anywhere as it is written."""
        return any(self._searcher.doc_freq(name, word) for name in TEXTS)

    def _counts(self, asked: Query) -> dict[str, int]:
        """How many records of each resource match."""
        by_resource = {"resource": {"terms": {"field": "resource", "size": len(WEIGHTS)}}}
        buckets = self._searcher.aggregate(asked, by_resource)["resource"]["buckets"]
        return {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}

    def _within(self, asked: Query, resources: Sequence[str]) -> Query:
        if not resources:
            return asked
        one = [(Occur.Should, Query.term_query(self._schema, "resource", name)) for name in resources]
        only = Query.const_score_query(Query.boolean_query(one), 0.0)
        return Query.boolean_query([(Occur.Must, asked), (Occur.Must, only)])

    def _named(self, query: str, *, forgiving: bool) -> list[Query]:
        """What finds records that are called so; those called nearly so too, where none is or letters are forgiven."""
        named = [
            Query.const_score_query(Query.term_query(self._schema, "whole_name", other), WHOLE["name"] * SPELLED_OUT)
            for other in self._other_names(query)
        ]
        wholes = {kind: sorted_words(query) if kind == "words" else joined(query) for kind in WHOLE}
        own = ((kind, whole) for kind, whole in wholes.items() if kind != "related")
        known = any(self._searcher.doc_freq(f"whole_{kind}", whole) for kind, whole in own)
        for kind, whole in wholes.items():
            field, weight, wrong = f"whole_{kind}", WHOLE[kind], forgiven(len(whole))
            named.append(Query.const_score_query(Query.term_query(self._schema, field, whole), weight))
            if wrong and (forgiving or not known):
                close = Query.fuzzy_term_query(self._schema, field, whole, distance=wrong)
                named.append(Query.const_score_query(close, weight * CLOSE))
        return named

    def _other_names(self, query: str) -> Iterator[str]:
        """The query with an abbreviation in it spelled out: `GH-releasing hormone`."""
        words = folded_words(query)
        for position, word in enumerate(words if len(words) > 1 else ()):
            for name in self._spelled_out.get(word, ())[:3]:
                yield joined(" ".join([*words[:position], name, *words[position + 1 :]]))

    def _word(self, word: str, wrong: int) -> Query:
        """What finds a word, or those nearly like it where letters may be wrong."""
        places = []
        for name, weight in TEXTS.items():
            if wrong:
                close = Query.fuzzy_term_query(self._schema, name, word, distance=wrong)
                places.append(Query.boost_query(close, weight * FUZZY))
            else:
                places.append(Query.boost_query(Query.term_query(self._schema, name, word), weight))
        return Query.disjunction_max_query(places, 0.1)

    def _hit(self, score: float, address: tantivy.DocAddress, same: _Same) -> Hit:
        document = self._searcher.doc(address)
        texts = json.loads(document["shown"][0])
        key, shown = document["key"][0], dict(texts)
        return Hit(key, key.split("/")[0], shown["name"], shown["summary"], round(score, 4), _matched(texts, same))


class _Name(NamedTuple):
    """A name of a record, of some kind, and its words."""

    kind: str
    name: str
    words: list[str]


def _document(entry: Entry, names: Sequence[_Name]) -> tantivy.Document:
    def told(*fields: str) -> str:
        return " ".join(folded_words(" ".join(text.text for text in entry.texts if text.field in fields)))

    document = tantivy.Document(
        key=entry.key,
        resource=entry.resource,
        central=str(min(len(str(entry.referred)) if entry.referred else 0, 6)),
        names=" ".join(word for name in names for word in name.words),
        summary=told("summary"),
        body=told("description", "explanation"),
        shown=json.dumps(entry.texts).encode(),
    )
    for kind, _, words in names:
        document.add_text(f"whole_{kind}", "".join(words))
        if kind != "related":
            document.add_text("whole_words", " ".join(sorted(words)))
    document.add_text("whole_name", joined(entry.key.split("/")[1]))
    return document


class _Same(dict[str, str]):
    """By word of a text, the word of a query that it is, or nearly is; "" where it is none. Filled as it is asked."""

    def __init__(self, wrong: Mapping[str, int]) -> None:
        super().__init__()
        self.wrong = wrong
        """By word of the query, how many letters may be wrong."""
        self._suspected = [(asked, wrong) for asked, wrong in wrong.items() if wrong]

    def __missing__(self, word: str) -> str:
        folded = folded_word(word)
        same = folded if folded in self.wrong else ""
        if not same:
            for asked, wrong in self._suspected:
                if OSA.distance(folded, asked, score_cutoff=wrong) <= wrong:
                    same = asked
                    break
        self[word] = same
        return same


def _matched(texts: Sequence[tuple[str, str]], same: _Same) -> Matched | None:
    """The first text that holds most of the words, with their places."""
    best, field, text = 0, "", ""
    for each in texts:
        said = {same[word] for word in WORD.findall(each[1])}
        told = len(said) - ("" in said)
        if told > best:
            best, (field, text) = told, each
            if told == len(same.wrong):
                break
    if not best:
        return None
    places = [word.span() for word in WORD.finditer(text) if same[word[0]]]
    first, last = places[0]
    start = max(first - SNIPPET, 0) if len(text) > 3 * SNIPPET else 0
    end = last + 2 * SNIPPET if len(text) > 3 * SNIPPET else len(text)
    return Matched(field, text[start:end], [(word - start, stop - start) for word, stop in places if stop <= end])
