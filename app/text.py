"""Folding of names, so that spelling variants meet."""

from __future__ import annotations

import re
import unicodedata

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "µ": "mu", "ω": "omega", "Δ": "delta",
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case, without accents, Greek letters spelled out: what names sort by and `q` searches in."""
    spelled = "".join(GREEK.get(letter, letter) for letter in unicodedata.normalize("NFC", text))
    decomposed = unicodedata.normalize("NFKD", spelled.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def fold(name: str) -> str:
    """Only letters and digits of `plain`: `TNF-α`, `tnf alpha` and `TNFalpha` are one."""
    return re.sub(r"[\W_]", "", plain(name))
