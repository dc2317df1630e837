"""The resources the service serves: one module each, listed here and nowhere else."""

from app.resource import Resource
from app.resources.axes import AXES
from app.resources.biomarkers import BIOMARKERS
from app.resources.compounds import COMPOUNDS
from app.resources.conditions import CONDITIONS
from app.resources.glossary import GLOSSARY
from app.resources.hormones import HORMONES
from app.resources.interactions import INTERACTIONS
from app.resources.peptides import PEPTIDES
from app.resources.processes import PROCESSES
from app.resources.proteins import PROTEINS
from app.resources.protocols import PROTOCOLS
from app.resources.sources import SOURCES
from app.resources.tissues import TISSUES

RESOURCES: tuple[Resource, ...] = (
    HORMONES,
    PEPTIDES,
    AXES,
    INTERACTIONS,
    GLOSSARY,
    COMPOUNDS,
    PROTEINS,
    TISSUES,
    BIOMARKERS,
    CONDITIONS,
    PROCESSES,
    PROTOCOLS,
    SOURCES,
)
