"""Masses, charges and isoelectric points, computed from formulas and sequences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

ATOMIC_WEIGHTS: Mapping[str, float] = {
    "H": 1.008, "B": 10.81, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990, "Mg": 24.305,
    "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078, "Zn": 65.38, "Se": 78.971, "Br": 79.904,
    "I": 126.90,
}  # fmt: skip
"""Abridged standard atomic weights, g/mol (IUPAC 2021, Prohaska et al., Pure Appl Chem 94:573)."""

RESIDUES: Mapping[str, str] = {
    "A": "C3H5N1O1", "R": "C6H12N4O1", "N": "C4H6N2O2", "D": "C4H5N1O3", "C": "C3H5N1O1S1", "Q": "C5H8N2O2",
    "E": "C5H7N1O3", "G": "C2H3N1O1", "H": "C6H7N3O1", "I": "C6H11N1O1", "L": "C6H11N1O1", "K": "C6H12N2O1",
    "M": "C5H9N1O1S1", "F": "C9H9N1O1", "P": "C5H7N1O1", "S": "C3H5N1O2", "T": "C4H7N1O2", "W": "C11H10N2O1",
    "Y": "C9H9N1O2", "V": "C5H9N1O1", "X": "",
}  # fmt: skip
"""Formula of each amino-acid residue (the amino acid less water); `X` is given by a residue change."""

PKA_ACIDS: Mapping[str, float] = {"C-term": 3.6, "D": 3.9, "E": 4.1, "C": 8.5, "Y": 10.1}
PKA_BASES: Mapping[str, float] = {"N-term": 8.6, "H": 6.5, "K": 10.8, "R": 12.5}
"""Side-chain and terminal pKa values of the EMBOSS `iep` program (Rice, Longden, Bleasby 2000, Trends Genet 16:276)."""


def mass(formula: str) -> float:
    """Average mass in g/mol of a formula such as `C19H28O2`; counts may be negative.

    Raises `ValueError` where the formula holds an unknown element or anything but elements and counts.
    """
    if not re.fullmatch(r"([A-Z][a-z]?(-?\d+)?)*", formula):
        raise ValueError(f"{formula!r} is not a molecular formula such as C19H28O2")
    try:
        return sum(
            ATOMIC_WEIGHTS[element] * int(count or 1)
            for element, count in re.findall(r"([A-Z][a-z]?)(-?\d+)?", formula)
        )
    except KeyError as unknown:
        raise ValueError(f"{formula!r} holds the unknown element {unknown}") from None


def peptide_mass(sequences: Iterable[str], disulfides: int, changes: Iterable[str]) -> float:
    """Average mass in g/mol of one or several chains; each disulfide bridge removes two hydrogens."""
    chains = [mass("".join(RESIDUES[residue] for residue in sequence)) + mass("H2O1") for sequence in sequences]
    return sum(chains) + sum(map(mass, changes)) - disulfides * mass("H2")


def net_charge(groups: Mapping[str, int], ph: float) -> float:
    """Charge at a pH of counted ionisable groups (`K`, `D`, `N-term`, …), by Henderson-Hasselbalch."""
    positive = sum(count / (1 + 10 ** (ph - PKA_BASES[group])) for group, count in groups.items() if group in PKA_BASES)
    negative = sum(count / (1 + 10 ** (PKA_ACIDS[group] - ph)) for group, count in groups.items() if group in PKA_ACIDS)
    return positive - negative


def isoelectric_point(groups: Mapping[str, int]) -> float | None:
    """The pH at which the groups' charges cancel, to 0.01; `None` where there is none between 0 and 14."""
    low, high = 0.0, 14.0
    if net_charge(groups, low) <= 0 or net_charge(groups, high) >= 0:
        return None
    while high - low > 0.001:
        middle = (low + high) / 2
        low, high = (middle, high) if net_charge(groups, middle) > 0 else (low, middle)
    return low
