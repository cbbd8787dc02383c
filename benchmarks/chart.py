"""Charts as SVG, drawn without a library: points on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#e377c2")
ROW = 16
LEFT = 130
WIDTH = 460
TOP = 44


def dots(rows: Sequence[tuple[str, Mapping[str, float]]], series: Sequence[str], title: str) -> str:
    """A line for each row, on it a dot for each series at its positive number; a logarithmic axis, 1 marked."""
    numbers = [n for _, figures in rows for name, n in figures.items() if name in series and n > 0.0]
    low = math.floor(math.log10(min([*numbers, 1.0])))
    high = max(math.ceil(math.log10(max([*numbers, 1.0]))), low + 1)
    bottom = TOP + ROW * len(rows)

    def across(number: float) -> float:
        return LEFT + WIDTH * (math.log10(number) - low) / (high - low)

    parts = [_text(4, 14, title, weight="bold")]
    for k, name in enumerate(series):
        x = LEFT + k * WIDTH / max(len(series), 1)
        parts += [_dot(x, 28, COLOURS[k % len(COLOURS)]), _text(x + 6, 32, name)]
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.append(_line(x, TOP - 4, x, bottom, "#888" if power == 0 else "#ddd"))
        parts.append(_text(x, bottom + 12, f"{10.0**power:g}", "middle"))
    for k, (label, figures) in enumerate(rows):
        y = TOP + ROW * k + ROW / 2
        parts.append(_text(LEFT - 8, y + 4, label, "end"))
        parts += [
            _dot(across(figures[name]), y, COLOURS[j % len(COLOURS)])
            for j, name in enumerate(series)
            if figures.get(name, 0.0) > 0.0
        ]
    return _picture(parts, LEFT + WIDTH + 20, bottom + 20)


def curves(lines: Mapping[str, Sequence[tuple[float, float]]], title: str, across: str, up: str) -> str:
    """Polylines through points with positive coordinates, on two logarithmic axes."""
    points = [point for line in lines.values() for point in line]
    xs, ys = [math.log10(x) for x, _ in points], [math.log10(y) for _, y in points]
    left, right, low, high = math.floor(min(xs)), math.ceil(max(xs)), math.floor(min(ys)), math.ceil(max(ys))
    height = 240

    def place(x: float, y: float) -> tuple[float, float]:
        h = LEFT + WIDTH * (math.log10(x) - left) / max(right - left, 1)
        return h, TOP + height * (high - math.log10(y)) / max(high - low, 1)

    parts = [_text(4, 14, title, weight="bold")]
    for power in range(left, right + 1):
        x, _ = place(10.0**power, 10.0**low)
        parts += [_line(x, TOP, x, TOP + height, "#ddd"), _text(x, TOP + height + 14, f"{10.0**power:g}", "middle")]
    for power in range(low, high + 1):
        _, y = place(10.0**left, 10.0**power)
        parts += [_line(LEFT, y, LEFT + WIDTH, y, "#ddd"), _text(LEFT - 6, y + 4, f"{10.0**power:g}", "end")]
    parts += [_text(LEFT + WIDTH / 2, TOP + height + 30, across, "middle"), _text(4, TOP + height / 2, up)]
    for k, (name, line) in enumerate(lines.items()):
        colour = COLOURS[k % len(COLOURS)]
        x = LEFT + k * WIDTH / len(lines)
        parts += [_dot(x, 28, colour), _text(x + 6, 32, name)]
        path = " ".join(f"{h:.0f},{v:.0f}" for h, v in (place(*point) for point in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"/>')
    return _picture(parts, LEFT + WIDTH + 20, TOP + height + 40)


def _picture(parts: Sequence[str], width: float, height: float) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([f'{head} font-family="sans-serif" font-size="11">', ground, *parts, "</svg>\n"])


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>'


def _line(x0: float, y0: float, x1: float, y1: float, colour: str) -> str:
    return f'<line x1="{x0:.0f}" y1="{y0:.0f}" x2="{x1:.0f}" y2="{y1:.0f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
