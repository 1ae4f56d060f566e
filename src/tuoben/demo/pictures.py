"""Pictures for the fictional publishers: abstract landscapes, drawn from their names with the standard library only.

The same name always gives the same bytes. A name says the kind of scene: "hills-1", "city-3", "sea-2", "night-1".
"""

from __future__ import annotations

import math
import random
import struct
import zlib
from functools import cache

WIDTH, HEIGHT = 600, 360
_SKY = 40
"""Palette entries of the sky; the ground layers follow."""
_LAYERS = 5

_PALETTES = {
    "hills": ((120, 170, 205), (250, 226, 190), (92, 128, 120), (24, 52, 56)),
    "city": ((70, 96, 150), (244, 190, 160), (120, 122, 150), (34, 38, 62)),
    "sea": ((150, 200, 220), (245, 240, 220), (84, 150, 172), (18, 70, 104)),
    "night": ((12, 18, 48), (58, 70, 120), (38, 46, 84), (8, 10, 24)),
    "field": ((160, 206, 230), (255, 246, 214), (190, 180, 96), (70, 104, 44)),
}
Colour = tuple[int, int, int]


def _mix(one: Colour, two: Colour, share: float) -> Colour:
    """The colour between two, `share` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, two, strict=True))
    return red, green, blue


def _scene(name: str) -> tuple[random.Random, list[Colour]]:
    """The dice of a name and its palette: the sky from above to the horizon, the layers from far to near, the sun."""
    kind = name.split("-", 1)[0]
    top, horizon, far, near = _PALETTES.get(kind, _PALETTES["hills"])
    dice = random.Random(f"tuoben/{name}")
    shift = dice.uniform(-0.12, 0.12)
    top = _mix(top, (255, 220, 160) if shift > 0 else (40, 60, 120), abs(shift))
    colours = [_mix(top, horizon, step / (_SKY - 1)) for step in range(_SKY)]
    colours += [_mix(far, near, layer / (_LAYERS - 1)) for layer in range(_LAYERS)]
    colours.append(_mix(horizon, (255, 255, 255), 0.65))
    return dice, colours


def _ridges(kind: str, dice: random.Random) -> list[list[int]]:
    """For each layer the height (y, in pixels from above) of its upper edge in every column."""
    layers = []
    for layer in range(_LAYERS):
        base = HEIGHT * (0.46 + 0.11 * layer)
        if kind == "city":
            layers.append(_roofs(base, dice))
            continue
        swing = {"sea": 2.5, "field": 9.0}.get(kind, 34.0 - 4 * layer)
        waves = [
            (dice.uniform(0.4, 3.5) * (step + 1), dice.uniform(0, math.tau), swing / (step + 1)) for step in range(4)
        ]
        layers.append(
            [
                round(base + sum(size * math.sin(math.tau * turns * x / WIDTH + phase) for turns, phase, size in waves))
                for x in range(WIDTH)
            ]
        )
    return layers


def _roofs(base: float, dice: random.Random) -> list[int]:
    """A skyline: houses of uneven width and height, their roofs as heights per column."""
    roofs: list[int] = []
    while len(roofs) < WIDTH:
        roofs += [round(base - dice.uniform(0, 90))] * dice.randint(14, 46)
    return roofs[:WIDTH]


def _columns(name: str) -> tuple[list[bytes], list[Colour]]:
    dice, colours = _scene(name)
    ridges = _ridges(name.split("-", 1)[0], dice)
    sun_x, sun_y, sun = dice.randint(90, WIDTH - 90), dice.randint(60, 120), dice.randint(18, 34)
    sky = bytes(min(_SKY - 1, y * _SKY * 2 // (HEIGHT + HEIGHT // 5)) for y in range(HEIGHT))
    columns = []
    for x in range(WIDTH):
        column = bytearray(sky)
        if abs(x - sun_x) < sun:
            half = math.isqrt(sun * sun - (x - sun_x) ** 2)
            column[sun_y - half : sun_y + half] = bytes([_SKY + _LAYERS]) * (2 * half)
        for layer, ridge in enumerate(ridges):
            column[ridge[x] :] = bytes([_SKY + layer]) * (HEIGHT - ridge[x])
        columns.append(bytes(column[:HEIGHT]))
    return columns, colours


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def png(name: str) -> bytes:
    """A landscape as a PNG of 600 × 360 pixels with a palette: a few KB."""
    columns, colours = _columns(name)
    rows = b"".join(b"\0" + bytes(row) for row in zip(*columns, strict=True))
    palette = b"".join(bytes(colour) for colour in colours)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


@cache
def svg(name: str) -> bytes:
    """The same kind of landscape as an SVG."""
    dice, colours = _scene(name)
    shapes = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="rgb{colours[_SKY // 2]}"/>']
    shapes.append(f'<circle cx="{dice.randint(90, WIDTH - 90)}" cy="90" r="28" fill="rgb{colours[-1]}"/>')
    for layer, ridge in enumerate(_ridges(name.split("-", 1)[0], dice)):
        points = " ".join(f"{x},{ridge[x]}" for x in range(0, WIDTH, 12))
        shapes.append(f'<polygon points="0,{HEIGHT} {points} {WIDTH},{HEIGHT}" fill="rgb{colours[_SKY + layer]}"/>')
    body = "".join(shapes).replace(", ", ",")
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{body}</svg>'.encode()
