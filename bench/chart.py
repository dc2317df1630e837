"""Plots as SVG: horizontal bars against a goal, and lines over a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

STYLE = (
    "<style>text{font:13px sans-serif;fill:#222}.g{stroke:#b00;stroke-dasharray:4 3}.b{fill:#3572a5}"
    "svg{background:#fff}.a{stroke:#999}</style>"
)


def bars(title: str, rows: Sequence[tuple[str, float, float | None]]) -> str:
    """One bar a row: label, ratio, and the goal as a dashed mark. The scale is logarithmic: 1 is level."""
    low = min(0.1, *(value for _, value, _ in rows))
    high = max(10.0, *(value for _, value, _ in rows)) * 1.3

    def x(value: float) -> float:
        return 330 + 420 * math.log(value / low) / math.log(high / low)

    parts = [f'<text x="10" y="20" font-weight="bold">{escape(title)}</text>']
    for number, (label, value, goal) in enumerate(rows):
        y = 40 + 28 * number
        parts.append(f'<text x="10" y="{y + 14}">{escape(label)}</text>')
        left, right = sorted((x(1), x(value)))
        parts.append(f'<rect class="b" x="{left:.0f}" y="{y}" width="{max(right - left, 2):.0f}" height="18"/>')
        parts.append(f'<text x="{right + 6:.0f}" y="{y + 14}">{value:.2f} ×</text>')
        if goal:
            parts.append(f'<line class="g" x1="{x(goal):.0f}" x2="{x(goal):.0f}" y1="{y - 4}" y2="{y + 22}"/>')
    height = 60 + 28 * len(rows)
    parts.append(f'<line class="a" x1="{x(1):.0f}" x2="{x(1):.0f}" y1="30" y2="{height - 20}"/>')
    parts.append(f'<text x="330" y="{height - 4}">dashed: the goal</text>')
    return _svg(860, height, parts)


def lines(title: str, sizes: Sequence[int], curves: Mapping[str, Sequence[float]], unit: str) -> str:
    """A line a curve over the sizes, both axes logarithmic."""
    values = [value for curve in curves.values() for value in curve]
    low, high = min(values) / 1.5, max(values) * 1.5

    def x(size: float) -> float:
        return 70 + 480 * math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])

    def y(value: float) -> float:
        return 300 - 250 * math.log(value / low) / math.log(high / low)

    colours = ("#3572a5", "#b05020", "#2a8a4a", "#7a4aa0", "#555", "#a0307a")
    parts = [f'<text x="10" y="20" font-weight="bold">{escape(title)}, {escape(unit)}</text>']
    parts += [f'<text x="{x(size) - 20:.0f}" y="330">{size:,}</text>' for size in sizes]
    for (label, curve), colour in zip(curves.items(), colours, strict=False):
        points = " ".join(f"{x(size):.0f},{y(value):.0f}" for size, value in zip(sizes, curve, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for size, value in zip(sizes, curve, strict=True):
            parts.append(f'<text x="{x(size) - 14:.0f}" y="{y(value) - 6:.0f}" fill="{colour}">{value:.2g}</text>')
        parts.append(f'<text x="{x(sizes[-1]) + 24:.0f}" y="{y(curve[-1]) + 5:.0f}">{escape(label)}</text>')
    return _svg(860, 345, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    inside = STYLE + "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">{inside}</svg>\n'
