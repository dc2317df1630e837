"""The contract every resource shares: records, references, quantities, and the declaration of a resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.vocabulary import Effect, HormoneState, Sex, Stance, Status, SynonymType, Unit

if TYPE_CHECKING:
    from app.corpus import Corpus

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
KEY = rf"[a-z]+/{SLUG}"

Key = Annotated[str, StringConstraints(pattern=f"^{KEY}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^\S")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S")]
Summary = Annotated[str, StringConstraints(min_length=10, max_length=200, pattern=r"^\S")]
Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Za-z0-9-]*$")]


@dataclass(frozen=True)
class Derived:
    """Marks a field that follows from other records: filled at load, refused in a seed file."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._refuse, handler(source))

    @staticmethod
    def _refuse(_: Any) -> Any:
        raise PydanticCustomError("derived_field", "follows from other records and is filled in at load")


DERIVED = Derived()


class Part(BaseModel):
    """A frozen piece of a record. Unknown and derived fields are refused when it is read from a file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True, use_attribute_docstrings=True
    )

    @classmethod
    def derived_fields(cls) -> set[str]:
        """Names of the fields that are filled at load."""
        return {name for name, field in cls.model_fields.items() if DERIVED in field.metadata}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written = handler.resolve_ref_schema(reference := handler(schema))
        for name in list(written.get("properties", ())):
            if handler.mode == "serialization":
                written["properties"][name].pop("default", None)
            elif name in cls.derived_fields():
                del written["properties"][name]
        return reference


class Reference(BaseModel):
    """A record, by its id and its name."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="The record's key.", examples=["hormones/cortisol"])
    name: str = Field(description="The record's name.", examples=["Cortisol"])


class DerivedReference(Reference):
    """A record that follows from another one, which `via` names."""

    via: str = Field(description="Key of the record that says so.", examples=["interactions/lh-agonist-of-lhcgr"])


class SignedReference(DerivedReference):
    """A record that another one changes, and in which direction."""

    effect: Effect | None = Field(description="What it does when the other rises; null where direction has no meaning.")


class StateReference(DerivedReference):
    """A condition that goes with too much or too little of a hormone, or the hormone seen from the condition."""

    state: HormoneState = Field(description="Whether it is too much or too little of the hormone.")
    sex: list[Sex] = Field(description="In which sex; unspecified where empty.")


class Ref(str):
    """A reference to a record: its key when read, its key and name when served.

    A subclass names the resources it may point to. Serving it takes the corpus as serialization context; without one
    the key stands for the name.
    """

    resources: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, to: tuple[str, ...]) -> None:
        cls.resources = to

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Self], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(pattern=rf"^(?:{'|'.join(cls.resources)})/{SLUG}$"),
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls._serve, info_arg=True, return_schema=handler.generate_schema(Reference)
            ),
        )

    def _serve(self, info: core_schema.SerializationInfo[Corpus | None]) -> Reference:
        return Reference(id=str(self), name=info.context.names[self] if info.context else str(self))


MOLECULES = ("hormones", "peptides", "compounds")
ENTITIES = (*MOLECULES, "proteins", "tissues", "biomarkers", "conditions", "processes")
"""What interactions join: the nodes of the graph."""


class HormoneRef(Ref, to=("hormones",)):
    """A hormone."""


class SubstanceRef(Ref, to=MOLECULES):
    """A hormone, peptide or compound."""


class ProteinRef(Ref, to=("proteins",)):
    """A protein."""


class TissueRef(Ref, to=("tissues",)):
    """A tissue."""


class BiomarkerRef(Ref, to=("biomarkers",)):
    """A biomarker."""


class ConditionRef(Ref, to=("conditions",)):
    """A condition."""


class EntityRef(Ref, to=ENTITIES):
    """Anything that an interaction can join."""


class ModulatorRef(Ref, to=(*MOLECULES, "proteins", "conditions", "processes")):
    """What can change an axis or an interaction."""


class InteractionRef(Ref, to=("interactions",)):
    """An interaction."""


class GlossaryRef(Ref, to=("glossary",)):
    """A glossary entry."""


class SourceRef(Ref, to=("sources",)):
    """A source."""


class SubjectRef(Ref, to=(*ENTITIES, "axes", "protocols")):
    """What a glossary entry is about."""


JSON_LD, TURTLE = "application/ld+json", "text/turtle"
CURIE_URLS = {
    "CHEBI": (r"\d+", "https://www.ebi.ac.uk/chebi/CHEBI:{}"),
    "pubchem.compound": (r"\d+", "https://pubchem.ncbi.nlm.nih.gov/compound/{}"),
    "chembl.compound": (r"CHEMBL\d+", "https://www.ebi.ac.uk/chembl/explore/compound/{}"),
    "cas": (r"\d{2,7}-\d\d-\d", "https://commonchemistry.cas.org/detail?cas_rn={}"),
    "inchikey": (r"[A-Z]{14}-[A-Z]{10}-[A-Z]", "https://identifiers.org/inchikey:{}"),
    "drugbank": (r"DB\d{5}", "https://go.drugbank.com/drugs/{}"),
    "mesh": (r"[CD]\d+", "https://meshb.nlm.nih.gov/record/ui?ui={}"),
    "unii": (r"[A-Z0-9]{10}", "https://precision.fda.gov/uniisearch/srs/unii/{}"),
    "iuphar.ligand": (r"\d+", "https://www.guidetopharmacology.org/GRAC/LigandDisplayForward?ligandId={}"),
    "hgnc": (r"\d+", "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:{}"),
    "uniprot": (r"[A-Z][A-Z0-9]{5}(?:[A-Z0-9]{4})?", "https://www.uniprot.org/uniprotkb/{}/entry"),
    "ncbigene": (r"\d+", "https://www.ncbi.nlm.nih.gov/gene/{}"),
    "loinc": (r"\d{1,7}-\d", "https://loinc.org/{}"),
}
"""Each prefix (as the Bioregistry spells it) with the pattern of its local part and where it is looked up."""


class Xref(BaseModel):
    """The same thing in another database."""

    model_config = ConfigDict(frozen=True)
    curie: str = Field(description="Prefix and local identifier.", examples=["CHEBI:17650"])
    url: str = Field(description="Where it is shown.", examples=["https://www.ebi.ac.uk/chebi/CHEBI:17650"])


class Curie(str):
    """An identifier in another database: a CURIE when read, a CURIE and an address when served."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Self], handler: GetCoreSchemaHandler) -> CoreSchema:
        pattern = "|".join(f"{prefix.replace('.', '[.]')}:{local}" for prefix, (local, _) in CURIE_URLS.items())
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(pattern=f"^(?:{pattern})$"),
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls._serve, return_schema=handler.generate_schema(Xref)
            ),
        )

    def _serve(self) -> Xref:
        prefix, _, local = self.partition(":")
        return Xref(curie=str(self), url=CURIE_URLS[prefix][1].format(local))


class Synonym(Part):
    """Another name."""

    name: Label
    """The name as it is written."""
    type: SynonymType
    """How it relates to the record's name."""


class Evidence(Part):
    """What a source says of a statement."""

    source: SourceRef
    """The source."""
    stance: Stance = Stance.SUPPORTS
    """Whether it supports or refutes the statement, or only mentions it."""
    locator: Label | None = None
    """Where in the source: a chapter, section or table."""
    note: Text | None = None
    """What the source says, in our words."""


class Note(Part):
    """What is disputed or easily misread about one field of a record."""

    field: Label
    """The field it is about."""
    text: Text
    """What to know, in our words."""
    claim: Label | None = None
    """What is disputed, as those say it who claim it; null where the note only explains."""
    status: Status | None = None
    """How the claim stands: contested or refuted; null where the note only explains."""
    evidence: list[Evidence] = []
    """Who says what of the claim."""


class Quantity(Part):
    """A number or range with its unit and its sources; one number is both `low` and `high`."""

    low: float | None = None
    """Lower end; null where there is none."""
    high: float | None = None
    """Upper end; null where there is none."""
    unit: Unit
    """The unit of both ends."""
    note: Text | None = None
    """For whom or how it holds."""
    sources: list[SourceRef] = []
    """Where it is stated."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low is None and self.high is None:
            raise PydanticCustomError("empty_quantity", "has neither low nor high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise PydanticCustomError("reversed_quantity", "has a low above its high")
        return self


class Statement(Part):
    """Something a source says in connection with a record."""

    text: Label
    """In our words."""
    entity: EntityRef | None = None
    """The record it is about, where there is one."""
    sources: list[SourceRef]
    """Who says so."""


class Record(Part):
    """What every record has."""

    id: Key
    """The record's key: its resource and slug, which is also its path."""
    name: Label
    """Its preferred name."""
    synonyms: list[Synonym] = []
    """Other names."""
    summary: Summary
    """One plain sentence of at most 200 characters, fit for a tooltip."""
    description: Text | None = None
    """More about it, in Markdown."""
    xrefs: list[Curie] = []
    """The same thing in other databases."""
    sources: list[SourceRef] = []
    """What the record as a whole rests on."""
    notes: list[Note] = []
    """What is disputed or easily misread, field by field."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:  # noqa: ARG002  # for resources that derive
        """The values of its derived fields, from the records it stands among."""
        return {}


def parts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every part, reference and plain value within a record, with the path of field names and list positions to it."""
    yield path, value
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from parts(getattr(value, field), (*path, field))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from parts(item, (*path, position))


@dataclass(frozen=True)
class Filter:
    """A list parameter that narrows a resource to the records that hold a value.

    `path` leads to the value in the served record, through lists where there are any. `values` is their type, a `Term`
    where they are enumerated; a tuple of resources makes them entities, given by key, CURIE or name. `single`
    values are columns of the resource's table; the others stand in `terms` and `links`.
    """

    name: str
    path: str
    values: Any
    meaning: str
    single: bool = False


@dataclass(frozen=True)
class Resource:
    """The declaration from which a resource's table, routes, loading, export and tests follow.

    `folder` holds its seed files, one record a file; where `grouped` is set, a file holds a list of records that carry
    their own `id`. `sorts` are numeric fields, beside `name`, that lists can be ordered by. `forms` are the media types
    that its records can be had in beside JSON.
    """

    name: str
    singular: str
    meaning: str
    model: type[Record]
    filters: tuple[Filter, ...] = ()
    sorts: tuple[str, ...] = ()
    grouped: bool = False
    forms: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Filter, ...]:
        """The filters that are columns of its own table."""
        return tuple(entry for entry in self.filters if entry.single)
