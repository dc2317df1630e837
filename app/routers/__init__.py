"""Routes that are not a plain resource's, and the list of all of them."""

from fastapi import APIRouter

from app.routers.annotate import router as annotate
from app.routers.diagrams import router as diagrams
from app.routers.effects import router as effects
from app.routers.exports import router as exports
from app.routers.finding import router as finding
from app.routers.glossary import router as glossary
from app.routers.graph import router as graph
from app.routers.meta import router as meta
from app.routers.names import router as names
from app.routers.records import router as records
from app.routers.releases import router as releases

ROUTERS: tuple[APIRouter, ...] = (
    finding, names, annotate, glossary, graph, effects, diagrams, meta, records, releases, exports,
)  # fmt: skip
"""In the order in which they are tried: what is asked most first, and all before the resources, whose routes take any
path for a slug."""
