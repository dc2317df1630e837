"""Seed files to records: parse, validate, and say where each problem stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.resource import Record, Resource

Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of the seed data: where it stands, which rule it breaks, and how to mend it."""

    file: Path
    line: int
    field: str
    rule: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field or 'file'}: {self.message} [{self.rule}]\n    mend: {self.mend}"


@dataclass(frozen=True)
class Place:
    """Where a record is written: its file, the lines of the file's fields, and the record's place among them."""

    file: Path
    lines: Mapping[FieldPath, int]
    at: FieldPath = ()

    def line(self, path: FieldPath) -> int:
        """The line of the field, or of the nearest thing that holds it."""
        path = (*self.at, *path)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass
class SeedFiles:
    """What a folder of seed files gave."""

    records: list[Record] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    problems: list[Fault] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """Keys of every record that is written, faulty ones too."""


class UnreadableError(Exception):
    """A file is no YAML that records could be read from; `line` says where."""

    def __init__(self, line: int, rule: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.line, self.rule, self.message, self.mend = line, rule, message, mend


def seed_files(folder: Path, resource: Resource) -> list[Path]:
    """The resource's seed files, in order."""
    return sorted((folder / resource.name).glob("*.yaml"))


def read_text(file: Path) -> str:
    """A seed file's text. Raises `UnreadableError` where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(1, "syntax", "is not UTF-8 text", "save the file as UTF-8") from error


def parse(text: str) -> tuple[Any, dict[FieldPath, int]]:
    """A YAML document as plain data, with the line of every field.

    Raises `UnreadableError` for a syntax error, a key given twice, or a comment.
    """
    try:
        _refuse_comments(text)
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            lines: dict[FieldPath, int] = {}
            return (None if node is None else _construct(loader, node, (), lines)), lines
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or error
        line = mark.line + 1 if mark else 1
        raise UnreadableError(line, "syntax", f"is not valid YAML: {what}", "correct the YAML there") from error


def _refuse_comments(text: str) -> None:
    end = 0
    for token in yaml.scan(text, Loader=Loader):
        if "#" in (between := text[end : token.start_mark.index]):
            raise UnreadableError(
                text.count("\n", 0, end + between.index("#")) + 1,
                "comment",
                "holds a comment, which the canonical form would lose",
                "say it in `notes` or `note`, or leave it out",
            )
        end = token.end_mark.index


def _construct(loader: yaml.SafeLoader, node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        data: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if key in data:
                raise UnreadableError(
                    key_node.start_mark.line + 1, "field_twice", f"gives {key!r} twice", "keep one of the two"
                )
            data[key] = _construct(loader, value_node, (*path, key), lines)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return data
    if isinstance(node, yaml.SequenceNode):
        return [_construct(loader, item, (*path, position), lines) for position, item in enumerate(node.value)]
    return loader.construct_object(node, deep=True)


def read(folder: Path, resources: Sequence[Resource]) -> SeedFiles:
    """Every record below a seed folder. Faults are collected, not raised; a faulty record is left out."""
    reading = SeedFiles()
    for resource in resources:
        for file in seed_files(folder, resource):
            try:
                data, lines = parse(read_text(file))
                for record, path in _entries(resource, file, data):
                    _take(reading, resource, record, Place(file, lines, path))
            except UnreadableError as fault:
                reading.problems.append(Fault(file, fault.line, "", fault.rule, fault.message, fault.mend))
    return reading


def _entries(resource: Resource, file: Path, data: Any) -> Iterator[tuple[dict[str, Any], FieldPath]]:
    if resource.grouped:
        if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
            raise UnreadableError(
                1, "schema", f"must hold a list of {resource.name}", "begin each record with `- id: …`"
            )
        yield from ((entry, (position,)) for position, entry in enumerate(data))
    elif not isinstance(data, dict):
        raise UnreadableError(1, "schema", f"must hold the fields of one {resource.singular}", "begin with `name: …`")
    elif "id" in data:
        raise UnreadableError(1, "schema", "gives an id, which follows from the file's path", "remove `id`")
    else:
        yield {"id": f"{resource.name}/{file.stem}", **data}, ()


def _take(reading: SeedFiles, resource: Resource, data: dict[str, Any], place: Place) -> None:
    file = place.file
    reading.keys.add(str(data.get("id")))
    try:
        record = resource.model.model_validate(data)
    except ValidationError as invalid:
        reading.problems += [_problem(error, place, resource) for error in invalid.errors()]
        return
    if not record.id.startswith(f"{resource.name}/"):
        message, mend = f"is no key of {resource.name}", f"begin it with {resource.name}/"
        reading.problems.append(Fault(file, place.line(("id",)), "id", "schema", message, mend))
    elif (other := reading.places.get(record.id)) is not None:
        message = f"{record.id} stands in {other.file}:{other.line(('id',))} too"
        reading.problems.append(
            Fault(file, place.line(("id",)), "id", "duplicate_key", message, "merge the two, or give one a qualifier")
        )
    else:
        reading.records.append(record)
        reading.places[record.id] = place


def dotted(path: Iterable[str | int]) -> str:
    """A field path as people write it: `evidence[0].source`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _problem(error: ErrorDetails, place: Place, resource: Resource) -> Fault:
    path = tuple(error["loc"])
    rule, mend = "schema", "see the resource's schema in seed_data/schemas"
    message = error["msg"][:1].lower() + error["msg"][1:]
    match error["type"]:
        case "extra_forbidden":
            fields = sorted(resource.model.model_fields.keys() - resource.model.derived_fields())
            near = difflib.get_close_matches(str(path[-1]), fields, 1) if len(path) == 1 else []
            message = "is no field here"
            mend = f"perhaps `{near[0]}` is meant" if near else "remove it, or see seed_data/schemas for the fields"
        case "derived_field":
            mend = "remove it"
        case "missing":
            message, mend = "is missing", "add it"
        case "string_too_long" if path == ("summary",):
            rule, mend = "summary_length", f"shorten it by {len(str(error['input'])) - 200} characters"
            message = f"has {len(str(error['input']))} characters; a tooltip holds 200"
        case "string_pattern_mismatch":
            message, mend = f"{error['input']!r} is not of the form expected", f"write it as {error['ctx']['pattern']}"
        case "enum" | "literal_error":
            near = difflib.get_close_matches(
                str(error["input"]), error["ctx"]["expected"].replace("'", "").split(", "), 1
            )
            message = f"{error['input']!r} is none of {error['ctx']['expected']}"
            mend = f"perhaps {near[0]} is meant" if near else "use one of those"
    return Fault(place.file, place.line(path), dotted(path), rule, message, mend)
