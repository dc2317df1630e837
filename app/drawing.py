"""Diagrams as files: SVG, Mermaid, GraphML and Cytoscape elements."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from html import escape
from typing import NamedTuple
from xml.etree import ElementTree as ET

from app.diagrams import LINE, Arrow, Box, Diagram, Layout, Line, layout

UNDER = 15
"""Pixels beneath a box where no line runs along, so that there is room for a word."""
SPELLED = 3
"""Circumstances of an arrow that are written beside it; what it says when pointed at holds all."""
EFFECTS = {1: "increase", -1: "decrease", 0: "depends"}
VERBS = {1: "raises", -1: "lowers", 0: "changes"}
STYLE = """
svg{--ink:#1d2733;--faint:#5b6876;--paper:#ffffff;--band:#f1f4f7;--box:#ffffff;--up:#12683a;--down:#b3261e;--open:#5b6876}
@media(prefers-color-scheme:dark){svg{--ink:#e8edf2;--faint:#a3b0bd;--paper:#12181f;--band:#1b242d;--box:#26323d;--up:#6fd39b;--down:#ff9d94;--open:#a3b0bd}}
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
.place{font-size:12px;fill:var(--faint)}.where{font-size:10.5px;fill:var(--faint);paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.paper{fill:var(--paper)}.band{fill:var(--band)}a:focus rect,a:hover rect{stroke-width:2.5}
.box{fill:var(--box);stroke:var(--faint);stroke-width:1.2}.line{fill:none;stroke-width:1.7;stroke-linejoin:round}
.raises{stroke:var(--up)}.lowers{stroke:var(--down)}.changes{stroke:var(--open);stroke-dasharray:5 4}
.tip-raises{fill:var(--up)}.tip-lowers{stroke:var(--down);stroke-width:3}.tip-changes{fill:var(--open)}
"""
STYLED = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLED}'; frame-ancestors 'none'"
"""Content security policy under which a browser that opens the drawing itself applies its style, and no other."""


class Format(NamedTuple):
    """A way to write a diagram down."""

    media_type: str
    write: Callable[[Diagram], str]


def svg(diagram: Diagram) -> str:
    """A drawing: an arrowhead where a step raises its target, a bar where it lowers it; light and dark."""
    made = layout(diagram)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {made.width:.0f} {made.height:.0f}" '
            f'width="{made.width:.0f}" height="{made.height:.0f}" role="img" aria-labelledby="title description">'
        ),
        f'<title id="title">{escape(diagram.title)}</title>',
        f'<desc id="description">{escape(" ".join([diagram.description, *_told(diagram)]))}</desc>',
        f"<style>{STYLE}</style>",
        "<defs>",
        *(_marker(name, shape) for name, shape in MARKERS.items()),
        "</defs>",
        f'<rect class="paper" width="{made.width:.0f}" height="{made.height:.0f}"/>',
    ]
    for label, top, height in made.bands:
        width = made.right - made.left
        parts.append(
            f'<rect class="band" x="{made.left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="8"/>'
        )
        parts.append(
            f'<text class="place" x="{made.left + 12:.0f}" y="{top + height / 2 + 4:.0f}">{escape(label)}</text>'
        )
    parts += [_line(line) for line in made.lines]
    parts += [_box(key, diagram.names[key], box) for key, box in made.boxes.items()]
    parts += [_where(line) for line in made.lines if line.arrow.where]
    parts.append(_legend(made))
    return "\n".join([*parts, "</svg>", ""])


MARKERS = {
    "raises": '<path class="tip-raises" d="M0 0 8 4 0 8Z"/>',
    "lowers": '<path class="tip-lowers" d="M6 -1V9"/>',
    "changes": '<circle class="tip-changes" cx="5" cy="4" r="3"/>',
}


def _marker(name: str, shape: str) -> str:
    return (
        f'<marker id="{name}" viewBox="-1 -1 10 10" refX="7" refY="4" markerWidth="10" markerHeight="10" '
        f'markerUnits="userSpaceOnUse" orient="auto">{shape}</marker>'
    )


def _told(diagram: Diagram) -> list[str]:
    """What the drawing shows, for those who do not see it."""
    return [f"{each.says}." for each in diagram.arrows]


def _line(line: Line) -> str:
    kind = VERBS[line.arrow.sign]
    *corners, (end, top) = line.corners
    way = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in (*corners, (end, top - 2)))
    tip = f" ({line.arrow.where})" if line.arrow.where else ""
    return (
        f'<a href="/v1/{escape(line.arrow.via)}"><path class="line {kind}" d="{way}" marker-end="url(#{kind})">'
        f"<title>{escape(line.arrow.says + tip)}</title></path></a>"
    )


def _where(line: Line) -> str:
    """The circumstances: on the track along which a line comes in, or beside where a straight one leaves."""
    if len(line.corners) > 2:
        (lane, y), (x, _) = line.corners[-3:-1]
        anchor, x, y = ("end", x - 6, y + 4) if lane < x else ("start", x + 6, y + 4)
    else:
        (x, y), (other, below) = line.corners
        anchor, x, y = "start", x + (other - x) * UNDER / (below - y) + 5, y + UNDER + 4
    told = line.arrow.where.split(", ")
    shown = ", ".join([*told[:SPELLED], *(["…"] if len(told) > SPELLED else [])])
    return f'<text class="where" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(shown)}</text>'


def _box(key: str, name: str, box: Box) -> str:
    top = box.y + (box.height - len(box.lines) * LINE) / 2 + 12
    lines = "".join(
        f'<text x="{box.x:.1f}" y="{top + position * LINE:.1f}" text-anchor="middle">{escape(line)}</text>'
        for position, line in enumerate(box.lines)
    )
    return (
        f'<a href="/v1/{escape(key)}"><title>{escape(name)}</title><rect class="box" x="{box.x - box.width / 2:.1f}" '
        f'y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="7"/>{lines}</a>'
    )


def _legend(made: Layout) -> str:
    y, x, parts = made.height - 18, made.left + 12, []
    for kind in VERBS.values():
        parts.append(f'<path class="line {kind}" d="M{x:.0f} {y:.0f}h34" marker-end="url(#{kind})"/>')
        parts.append(f'<text class="place" x="{x + 44:.0f}" y="{y + 4:.0f}">{kind}</text>')
        x += 110
    return "".join(parts)


def mermaid(diagram: Diagram) -> str:
    """A Mermaid flowchart; a step that lowers its target ends in a cross, one that is not fixed in a circle."""
    ids = {key: f"n{position}" for position, key in enumerate(diagram.names)}
    lines = ["flowchart TB", f"  accTitle: {_plain(diagram.title)}", f"  accDescr: {_plain(diagram.description)}"]
    for position, row in enumerate(diagram.rows):
        lines.append(f'  subgraph r{position}["{_plain(row.label) or " "}"]')
        lines += [f'    {ids[key]}["{_plain(diagram.names[key])}"]' for key in row.keys]
        lines.append("  end")
    ends = {1: "-->", -1: "--x", 0: "--o"}
    for each in diagram.arrows:
        label = f'|"{_plain(each.where)}"|' if each.where else ""
        lines.append(f"  {ids[each.source]} {ends[each.sign]}{label} {ids[each.target]}")
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    return text.replace('"', "'").replace("\n", " ").replace("[", "(").replace("]", ")")


def graphml(diagram: Diagram) -> str:
    """GraphML, with key, name and row of each node, and effect and interaction of each edge, as data."""
    root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    data = [
        ("graph", "title"),
        ("node", "key"),
        ("node", "name"),
        ("node", "row"),
        ("edge", "effect"),
        ("edge", "interaction"),
    ]
    for owner, name in data:
        ET.SubElement(root, "key", {"id": name, "for": owner, "attr.name": name, "attr.type": "string"})
    graph = ET.SubElement(root, "graph", id="diagram", edgedefault="directed")
    _with_data(graph, title=diagram.title)
    ids = {key: f"n{position}" for position, key in enumerate(diagram.names)}
    for row in diagram.rows:
        for key in row.keys:
            _with_data(ET.SubElement(graph, "node", id=ids[key]), key=key, name=diagram.names[key], row=row.label)
    for each in diagram.arrows:
        edge = ET.SubElement(graph, "edge", source=ids[each.source], target=ids[each.target])
        _with_data(edge, effect=EFFECTS[each.sign], interaction=each.via)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _with_data(element: ET.Element, /, **data: str) -> None:
    for name, value in data.items():
        ET.SubElement(element, "data", key=name).text = value


def cytoscape(diagram: Diagram) -> str:
    """Cytoscape elements, with the places of the drawing."""
    boxes = layout(diagram).boxes
    nodes = [
        {
            "data": {"id": key, "name": diagram.names[key], "row": row.label},
            "position": {"x": round(boxes[key].x, 1), "y": round(boxes[key].y, 1)},
        }
        for row in diagram.rows
        for key in row.keys
    ]
    edges = [{"data": _edge_data(position, each)} for position, each in enumerate(diagram.arrows)]
    return json.dumps({"elements": {"nodes": nodes, "edges": edges}}, ensure_ascii=False)


def _edge_data(position: int, each: Arrow) -> Mapping[str, str]:
    return {
        "id": f"e{position}",
        "source": each.source,
        "target": each.target,
        "effect": EFFECTS[each.sign],
        "interaction": each.via,
        "label": each.says,
    }


FORMATS = {
    "svg": Format("image/svg+xml", svg),
    "mmd": Format("text/vnd.mermaid", mermaid),
    "graphml": Format("application/graphml+xml", graphml),
    "json": Format("application/json", cytoscape),
}
