"""Processes: what the body does, the pathways it uses, behaviours, exposures, rhythms and measurable traits."""

from __future__ import annotations

from app.resource import Filter, Record, Resource
from app.vocabulary import ProcessClass


class Process(Record):
    """Something that happens in, or acts on, the body."""

    process_class: ProcessClass
    """What kind of process it is."""


PROCESSES = Resource(
    name="processes",
    singular="process",
    meaning="Physiological processes, pathways, behaviours, exposures, rhythms and traits of the body.",
    model=Process,
    filters=(Filter("process_class", "process_class", ProcessClass, "What kind of process it is.", single=True),),
)
