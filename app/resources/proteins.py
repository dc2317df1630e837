"""Proteins: receptors, enzymes, transporters, binding proteins, cytokines and the rest of the machinery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from app.resource import DERIVED, DerivedReference, Filter, Record, Resource, Symbol
from app.vocabulary import LIGAND_PREDICATES, TARGET_PREDICATES, Predicate, ProteinClass, Signalling

if TYPE_CHECKING:
    from app.corpus import Corpus


class Protein(Record):
    """A protein that hormones act through, or that makes, carries or breaks them down."""

    protein_class: ProteinClass
    """What it does."""
    gene: Symbol | None = None
    """The gene that encodes it, by HGNC symbol; null for a complex of several."""
    signalling: list[Signalling] = []
    """The first steps after it is bound."""
    ligands: Annotated[list[DerivedReference], DERIVED] = []
    """What acts on it: agonists, antagonists and modulators, and for an enzyme its inhibitors and inducers."""
    expressed_in: Annotated[list[DerivedReference], DERIVED] = []
    """Tissues that make it."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        bound_by = {*LIGAND_PREDICATES, *TARGET_PREDICATES, Predicate.BINDS}
        return {
            "ligands": corpus.subjects(self.id, bound_by),
            "expressed_in": corpus.objects(self.id, (Predicate.EXPRESSED_IN,), "tissues"),
        }


PROTEINS = Resource(
    name="proteins",
    singular="protein",
    meaning="Receptors, enzymes, transporters, binding proteins, cytokines and other proteins of hormone systems.",
    model=Protein,
    filters=(
        Filter("protein_class", "protein_class", ProteinClass, "What it does.", single=True),
        Filter("ligand", "ligands", ("hormones", "peptides", "compounds", "proteins"), "What acts on it."),
        Filter("tissue", "expressed_in", ("tissues",), "A tissue that makes it."),
    ),
)
