"""Glossary: terms with definitions that stand by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints

from app.resource import DERIVED, JSON_LD, TURTLE, Filter, GlossaryRef, Label, Record, Resource, SubjectRef, Text
from app.text import plain
from app.vocabulary import Category, SynonymType

if TYPE_CHECKING:
    from app.corpus import Corpus


INDEX = "glossary/index"
"""The key that no entry can have, since the index of them all is at its path."""
Letter = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Z#]$")]


class GlossaryEntry(Record):
    """A term. Its name is served as `term` too, and its summary as `definition`."""

    explanation: Text | None = None
    """More than the definition says, in Markdown."""
    categories: Annotated[list[Category], Field(min_length=1)]
    """What it is about."""
    entity: SubjectRef | None = None
    """The record of the thing itself."""
    see_also: list[GlossaryRef] = []
    """Terms to read next."""
    term: Annotated[Label, DERIVED] = ""
    """The term, which is the record's name."""
    definition: Annotated[Label, DERIVED] = ""
    """What it means, which is the record's summary."""
    abbreviations: Annotated[list[Label], DERIVED] = []
    """Its short forms, from the synonyms."""
    letter: Annotated[Label, DERIVED] = ""
    """The letter it stands under, A to Z, or # for others."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        first = plain(self.name)[:1].upper()
        return {
            "term": self.name,
            "definition": self.summary,
            "abbreviations": [synonym.name for synonym in self.synonyms if synonym.type is SynonymType.ABBREVIATION],
            "letter": first if "A" <= first <= "Z" else "#",
        }


GLOSSARY = Resource(
    name="glossary",
    singular="glossary_entry",
    meaning="Terms of endocrinology with definitions that stand by themselves, linked to the records they name.",
    model=GlossaryEntry,
    filters=(
        Filter("category", "categories", Category, "What it is about."),
        Filter("letter", "letter", Letter, "The letter it stands under.", single=True),
        Filter(
            "entity",
            "entity",
            (
                "hormones",
                "peptides",
                "compounds",
                "proteins",
                "tissues",
                "biomarkers",
                "conditions",
                "processes",
                "axes",
                "protocols",
            ),
            "The record it is about.",
        ),
    ),
    forms=(JSON_LD, TURTLE),
)
