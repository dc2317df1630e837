"""Sources: guidelines, labels, texts, studies and articles that statements rest on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.resource import Filter, Label, Part, Record, Resource, SourceRef, Text
from app.vocabulary import ReferenceVerdict, SourceType, Tier


class CitedReference(Part):
    """A reference that the source lists, and what looking it up has shown."""

    citation: Label
    """Authors, year and place as the source gives them, shortened."""
    verdict: ReferenceVerdict
    """What was found."""
    source: SourceRef | None = None
    """The work that is meant, with its right citation; null where none was found."""
    note: Text | None = None
    """What is wrong with the citation."""


class Source(Record):
    """A publication or database."""

    source_type: SourceType
    """What kind of publication it is."""
    tier: Tier
    """How far it carries."""
    title: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    """Its title."""
    authors: list[Label] = []
    """Its authors or editors, the first ones where there are many."""
    year: Annotated[int, Field(ge=1850, le=2100)] | None = None
    """When it was published."""
    container: Label | None = None
    """The journal, publisher or site."""
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    """Its DOI."""
    pmid: Annotated[str, StringConstraints(pattern=r"^\d{1,8}$")] | None = None
    """Its PubMed id."""
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$")] | None = None
    """Where it can be read."""
    verified: bool
    """Whether title, place, year and identifiers were found to agree in two independent places."""
    note: Text | None = None
    """What to know about it, such as how others misquote it."""
    cites: list[CitedReference] = []
    """References that it lists, each looked up; only for sources whose references were checked."""


SOURCES = Resource(
    name="sources",
    singular="source",
    meaning="Guidelines, labels, texts, studies and articles that statements rest on.",
    model=Source,
    filters=(
        Filter("source_type", "source_type", SourceType, "What kind of publication it is.", single=True),
        Filter("tier", "tier", Tier, "How far it carries.", single=True),
        Filter("year", "year", int, "When it was published.", single=True),
        Filter("reference_verdict", "cites.verdict", ReferenceVerdict, "What was found of references that it lists."),
    ),
    sorts=("year",),
)
