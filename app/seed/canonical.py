"""The one form in which seed files are written: fields in the model's order, nothing empty, lines of 110 characters."""

from __future__ import annotations

import json
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from app.resource import Resource
from app.seed.read import parse

WIDTH = 110


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml is optional in PyYAML
    def ignore_aliases(self, _: Any) -> bool:
        return True


def canonical(text: str, resource: Resource) -> str:
    """A seed file's text in canonical form. Raises `UnreadableError` where it is no YAML or holds comments."""
    data, _ = parse(text)
    model = resource.model
    if isinstance(data, list):
        ordered: Any = [_ordered(entry, model) for entry in sorted(data, key=_id)]
    else:
        ordered = _ordered(data, model)
    return yaml.dump(
        ordered, Dumper=_Dumper, width=WIDTH, allow_unicode=True, sort_keys=False, default_flow_style=False
    )


def _id(entry: Any) -> str:
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""


def _ordered(data: Any, model: type[BaseModel] | None) -> Any:
    if isinstance(data, list):
        return [_ordered(entry, model) for entry in data]
    if not isinstance(data, dict) or model is None:
        return data
    order = {name: position for position, name in enumerate(model.model_fields)}
    known = sorted(data, key=lambda name: order.get(name, len(order)))
    return {
        name: _ordered(data[name], _model_within(model.model_fields[name].annotation) if name in order else None)
        for name in known
        if data[name] is not None and data[name] != []
    }


def _model_within(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation such as `list[Evidence] | None` holds, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for argument in get_args(annotation) if (model := _model_within(argument))), None)


def schema(resource: Resource) -> str:
    """The JSON Schema of the resource's seed files, for editors."""
    record = resource.model.model_json_schema()
    definitions = record.pop("$defs", {})
    if resource.grouped:
        record = {"type": "array", "items": record}
    else:
        del record["properties"]["id"]
        record["required"].remove("id")
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **record, "$defs": definitions}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
