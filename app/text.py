"""Folding of names, so that spelling variants meet."""

from __future__ import annotations

import re
import unicodedata

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
PUNCTUATION = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Lower case, without accents, Greek letters spelled out: what names sort by."""
    if text.isascii():
        return text.lower()  # the same, and most texts are
    lowered = unicodedata.normalize("NFKC", text).casefold()
    decomposed = unicodedata.normalize("NFKD", "".join(GREEK.get(letter, letter) for letter in lowered))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of `plain`, without punctuation: what `q` searches."""
    return re.findall(r"[^\W_]+", plain(text))


def fold(name: str) -> str:
    """Only letters and digits of `plain`: `TNF-α`, `tnf alpha` and `TNFalpha` are one."""
    return PUNCTUATION.sub("", plain(name))


def other_number(folded: str) -> list[str]:
    """A folded name in what may be its singular or plural: `ovary` for `ovaries`, `leydigcells` for `leydigcell`."""
    if len(folded) < 5:
        return []
    if folded.endswith("ies"):
        return [f"{folded[:-3]}y"]
    if folded.endswith("s"):
        return [folded[:-1]]
    return [f"{folded[:-1]}ies"] if folded.endswith("y") else [f"{folded}s"]
