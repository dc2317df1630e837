"""Compounds: small molecules that act on hormone systems or take part in making hormones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import StringConstraints

from app.chemistry import mass
from app.resource import DERIVED, DerivedReference, Filter, Label, Part, Resource
from app.substance import Substance
from app.vocabulary import TARGET_PREDICATES, CompoundClass, Predicate, RegulatoryStatus, Route

if TYPE_CHECKING:
    from app.corpus import Corpus


class CompoundTarget(Part):
    """A protein it acts on, and how."""

    protein: DerivedReference
    """The protein, with the interaction that says so."""
    action: Predicate
    """What it does there."""


class Compound(Substance):
    """A small molecule."""

    compound_class: CompoundClass
    """What kind of molecule it is."""
    formula: Annotated[str, StringConstraints(pattern=r"^([A-Z][a-z]?[0-9]*)+$")] | None = None
    """Molecular formula in Hill order, without a salt's counter-ion."""
    smiles: Label | None = None
    """The molecule in SMILES notation."""
    inchikey: Annotated[str, StringConstraints(pattern=r"^[A-Z]{14}-[A-Z]{10}-[A-Z]$")] | None = None
    """The molecule's InChIKey."""
    molecular_weight: Annotated[float | None, DERIVED] = None
    """Average mass in g/mol, from the formula."""
    targets: Annotated[list[CompoundTarget], DERIVED] = []
    """Proteins it acts on."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        return super().derive(corpus) | {
            "molecular_weight": None if self.formula is None else round(mass(self.formula), 2),
            "targets": [
                CompoundTarget(protein=target, action=corpus.interactions[target.via].predicate)
                for target in corpus.targets(self, TARGET_PREDICATES)
            ],
        }


COMPOUNDS = Resource(
    name="compounds",
    singular="compound",
    meaning="Small molecules: drugs that act on hormone systems, precursors and metabolites of hormones.",
    model=Compound,
    filters=(
        Filter("compound_class", "compound_class", CompoundClass, "What kind of molecule it is.", single=True),
        Filter("target", "targets.protein", ("proteins",), "A protein it acts on."),
        Filter("regulatory_status", "regulatory.status", RegulatoryStatus, "What a regulator says of it."),
        Filter("route", "routes", Route, "How it is given."),
    ),
    sorts=("molecular_weight",),
)
