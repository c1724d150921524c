"""Mutated picture files, the same in every run: case k follows from k alone. For `fuzz_pictures.py`."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyvips
from PIL import Image, ImageCms

EDGES = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0xFFFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)


# --- whole files ---


def scene(width: int, height: int, seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, size=(9, 12, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    noise = np.random.default_rng(seed + 1).integers(-12, 13, size=smooth.shape)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


@cache
def corpus() -> tuple[tuple[str, bytes], ...]:
    """Whole files of every format and kind, small and large enough to be shrunk while they are read."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"sRGB", b"xRGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    files: list[tuple[str, bytes]] = []

    def pillow(form: str, image: Image.Image, **options: object) -> None:
        out = io.BytesIO()
        image.save(out, form, **options)  # type: ignore[arg-type]
        files.append((form.lower(), out.getvalue()))

    def vips(form: str, image: pyvips.Image, **options: object) -> None:
        files.append((form, getattr(image, f"{form}save_buffer")(**options)))

    for width, height in ((61, 47), (330, 250)):
        pixels = scene(width, height, width)
        image = Image.fromarray(pixels)
        alpha = image.convert("RGBA")
        alpha.putalpha(image.convert("L"))
        deep = pyvips.Image.new_from_array(pixels.astype(np.uint16) * 257, interpretation="rgb16")
        frames = {"save_all": True, "append_images": [image.rotate(90 * k) for k in (1, 2)]}
        for options in (
            {},
            {"progressive": True},
            {"quality": 20, "subsampling": 0},
            {"exif": exif, "icc_profile": profile},
        ):
            pillow("JPEG", image, **options)
        pillow("JPEG", image.convert("CMYK"))
        pillow("JPEG", image.convert("L"), progressive=True)
        for mode in ("RGB", "L", "LA", "P", "1", "I;16"):
            grey16 = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
            pillow("PNG", grey16 if mode == "I;16" else image.convert(mode))
        pillow("PNG", alpha, icc_profile=profile, exif=exif)
        vips("png", deep)
        vips("png", pyvips.Image.new_from_array(np.asarray(alpha)), interlace=True)
        pillow("GIF", image)
        pillow("GIF", image, interlace=True)
        pillow("GIF", image, **frames)
        pillow("WEBP", image)
        pillow("WEBP", alpha, lossless=True, exif=exif, icc_profile=profile)
        pillow("WEBP", image, **frames)
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
            pillow("TIFF", image, compression=compression)
        pillow("TIFF", image.convert("1"), compression="group4")
        pillow("TIFF", image.convert("CMYK"))
        pillow("TIFF", alpha, **frames)
        vips(
            "tiff", pyvips.Image.new_from_array(pixels), tile=True, tile_width=64, tile_height=64, compression="deflate"
        )
        vips("tiff", deep, bigtiff=True, compression="lzw", predictor="horizontal")
        vips("tiff", pyvips.Image.new_from_array(pixels), pyramid=True, tile=True, compression="jpeg")
        vips("tiff", pyvips.Image.new_from_array(pixels).cast("float"), compression="lzw")
    return tuple(files)


# --- changes: (data, draw) -> changed; the name of the function is the name of the change ---


def bits(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.randint(1, draw.choice((1, 4, 30)))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def run(data: bytes, draw: random.Random) -> bytes:
    start, length = draw.randrange(len(data)), draw.choice((1, 4, 32, 400))
    filling = draw.choice((b"\0" * length, b"\xff" * length, draw.randbytes(length)))
    return data[:start] + filling + data[start + length :]


def numbers(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    near = draw.choice((len(data), 64, 512))
    for _ in range(draw.randint(1, 3)):
        size, order = draw.choice((1, 2, 4)), draw.choice(("big", "little"))
        place = draw.randrange(min(near, len(data)))
        changed[place : place + size] = (draw.choice(EDGES) & (256**size - 1)).to_bytes(size, order)
    return bytes(changed)


def cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.choice((draw.randrange(len(data)), len(data) - draw.randint(1, min(40, len(data) - 1))))]


def ended(data: bytes, draw: random.Random) -> bytes:
    """Cut off, and closed as a whole file is (a GIF whose blocks are closed too cannot be told; `docs/security.md`)."""
    end = {b"\xff\xd8": b"\xff\xd9", b"\x89P": png_chunk(b"IEND", b""), b"GI": b";"}.get(data[:2], b"")
    return data[: draw.randrange(len(data))] + end


def moved(data: bytes, draw: random.Random) -> bytes:
    start, stop, to = [*sorted((draw.randrange(len(data)), draw.randrange(len(data)))), draw.randrange(len(data))]
    piece = data[start:stop]
    kept = data[:start] + data[stop:]
    return draw.choice((kept, data[:to] + piece + data[to:], kept[:to] + piece + kept[to:])) or b"\0"


def splice(data: bytes, draw: random.Random) -> bytes:
    _, other = draw.choice(corpus())
    return data[: draw.randrange(len(data))] + other[draw.randrange(len(other)) :]


def two_in_one(data: bytes, draw: random.Random) -> bytes:
    _, other = draw.choice(corpus())
    magic = draw.choice((4, 8, 12, 16))
    return draw.choice((data + other, other[:magic] + data, other[:magic] + data[magic:], data[:magic] + other[magic:]))


def parts(data: bytes, draw: random.Random) -> bytes:
    """Edit the format's own parts (chunks, segments, blocks, tags) with lengths and checksums kept right."""
    known = {b"\x89P": png_parts, b"\xff\xd8": jpeg_parts, b"RI": webp_parts, b"GI": gif_parts}
    try:
        return known.get(data[:2], tiff_parts)(data, draw)
    except (struct.error, IndexError, StopIteration, ValueError):  # it was changed before and has no such parts
        return bits(data, draw)


def shuffled(pieces: list[bytes], draw: random.Random) -> list[bytes]:
    """Leave out, repeat or exchange pieces."""
    pieces = list(pieces)
    for _ in range(draw.randint(1, 3)):
        if len(pieces) < 2:
            break
        one, other = draw.randrange(len(pieces)), draw.randrange(len(pieces))
        what = draw.randrange(4)
        if what == 0:
            del pieces[one]
        elif what == 1:
            pieces[one:one] = [pieces[other]] * draw.choice((1, 2, 200))
        elif what == 2:
            pieces[one], pieces[other] = pieces[other], pieces[one]
        else:
            pieces[one] = pieces[other]
    return pieces


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_parts(data: bytes, draw: random.Random) -> bytes:
    place, chunks = 8, []
    while place + 8 <= len(data):
        length = struct.unpack(">I", data[place : place + 4])[0]
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    what = draw.randrange(6)
    if what == 0:  # the header: sizes, depth, colour type, interlace
        header = bytearray(chunks[0][1])
        if draw.random() < 0.5:
            at = draw.choice((0, 4))
            header[at : at + 4] = struct.pack(
                ">I", draw.choice((0, 1, 15, 16, 40, 700, 14000, 200_000, 2**31 - 1, 2**32 - 1))
            )
        else:
            header[draw.randrange(8, 13)] = draw.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        chunks[0] = (b"IHDR", bytes(header))
    elif what == 1:  # picture data: other bytes under a right checksum, or far more or less of them
        raw = draw.choice((draw.randbytes(200), b"\0" * draw.choice((10, 10_000, 3_000_000))))
        idat = draw.choice((zlib.compress(raw), raw[:5000]))
        chunks = [(k, idat if k == b"IDAT" else b) for k, b in chunks]
    elif what == 2:  # a chunk more
        kind = draw.choice(
            (b"iCCP", b"eXIf", b"tRNS", b"PLTE", b"gAMA", b"zTXt", b"iTXt", b"sBIT", b"acTL", b"ABCD", b"cICP", b"pHYs")
        )
        bomb = b"x\0\0" + zlib.compress(b"\0" * draw.choice((100, 3_000_000)))
        chunks.insert(
            draw.randint(1, len(chunks) - 1), (kind, draw.choice((draw.randbytes(draw.randrange(300)), bomb, b"")))
        )
    elif what == 3:
        at = draw.randrange(len(chunks))
        kind, body = chunks[at]
        chunks[at] = (kind, bits(body, draw) if body else body)
    elif what == 4:
        at = draw.randrange(len(chunks))
        chunks[at] = (bits(chunks[at][0], draw), chunks[at][1])
    built = [png_chunk(kind, body) for kind, body in chunks]
    return data[:8] + b"".join(shuffled(built, draw) if what == 5 else built)


def jpeg_parts(data: bytes, draw: random.Random) -> bytes:
    place, pieces = 2, []
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xD9:
        end = place + 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
        if data[place + 1] == 0xDA:  # the entropy-coded bytes belong to the scan
            while end + 1 < len(data) and not (data[end] == 0xFF and data[end + 1] not in (0, *range(0xD0, 0xD8))):
                end += 1
        pieces.append(data[place:end])
        place = end
    what = draw.randrange(6)
    at = draw.randrange(len(pieces))
    if what == 0:
        pieces = shuffled(pieces, draw)
    elif what == 1:  # the frame: sizes, precision, components, sampling
        at = next(
            k for k, piece in enumerate(pieces) if 0xC0 <= piece[1] <= 0xCF and piece[1] not in (0xC4, 0xC8, 0xCC)
        )
        frame = bytearray(pieces[at])
        if draw.random() < 0.6:
            offset = draw.choice((5, 7))
            frame[offset : offset + 2] = struct.pack(
                ">H", draw.choice((0, 1, 15, 16, 100, 900, 14_000, 65_500, 65_535))
            )
        else:
            frame[draw.choice((1, 4, *range(9, len(frame))))] = draw.randrange(256)
        pieces[at] = bytes(frame)
    elif what == 2:  # a segment more
        kind = draw.choice((0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xDD, 0xDB, 0xC4, 0xFE, 0xDC, 0xCC))
        start = draw.choice((b"Exif\0\0II*\0", b"ICC_PROFILE\0\1\1", b"Adobe\0d\0\0\0\0", b"Photoshop 3.0\0", b""))
        body = start + draw.randbytes(draw.choice((0, 3, 60, 3000)))
        new = b"\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body
        pieces[at:at] = [new] * draw.choice((1, 1, 1, 300))
    elif what == 3:
        pieces[at] = pieces[at][:4] + (bits(pieces[at][4:], draw) if len(pieces[at]) > 4 else b"")
    elif what == 4:  # a length that is wrong
        pieces[at] = pieces[at][:2] + struct.pack(">H", draw.choice((0, 1, 2, 3, 7, 255, 65_535))) + pieces[at][4:]
    else:  # filling between the segments
        pieces[at] = draw.choice((b"\xff" * 5000, b"\0" * 500, b"\xff\0" * 3000, b"\xff\xd0" * 3000)) + pieces[at]
    return data[:2] + b"".join(pieces) + b"\xff\xd9"


def webp_parts(data: bytes, draw: random.Random) -> bytes:
    place, chunks = 12, []
    while place + 8 <= len(data):
        length = struct.unpack("<I", data[place + 4 : place + 8])[0]
        chunks.append(data[place : place + 8 + length + length % 2])
        place += 8 + length + length % 2
    at = draw.randrange(len(chunks))
    what = draw.randrange(4)
    if what == 0:
        chunks = shuffled(chunks, draw)
    elif what == 1:
        chunks[at] = chunks[at][:4] + struct.pack("<I", draw.choice(EDGES)) + chunks[at][8:]
    elif what == 2 and len(chunks[at]) > 8:
        chunks[at] = chunks[at][:8] + numbers(chunks[at][8:], draw)
    else:
        chunks[at] = draw.choice((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANMF", b"ICCP", b"EXIF")) + chunks[at][4:]
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_parts(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    frames = [k for k in range(13, len(data) - 10) if data[k] == 0x2C][:3] or [13]
    what = draw.randrange(4)
    if what == 0:  # the screen
        at = draw.choice((6, 8))
        changed[at : at + 2] = struct.pack("<H", draw.choice((0, 1, 15, 16, 300, 9000, 65_535)))
    elif what == 1:  # a frame
        at = draw.choice(frames) + draw.choice((1, 3, 5, 7))
        changed[at : at + 2] = struct.pack("<H", draw.choice((0, 1, 40, 9000, 65_535)))
    elif what == 2:
        changed[10] = draw.randrange(256)
    else:
        changed[min(len(data) - 1, draw.choice(frames) + draw.randint(9, 12))] = draw.randrange(256)
    return bytes(changed)


def tiff_parts(data: bytes, draw: random.Random) -> bytes:
    """Edit tags of the first directory: another type, count, value or tag; or lead directories in a circle."""
    order = "<" if data.startswith(b"II") else ">"
    big = struct.unpack(order + "H", data[2:4])[0] == 43
    start = struct.unpack(order + ("Q" if big else "I"), data[8:16] if big else data[4:8])[0]
    head, size, value = (8, 20, 12) if big else (2, 12, 8)
    changed = bytearray(data)
    count = struct.unpack(order + ("Q" if big else "H"), data[start : start + head])[0]
    for _ in range(draw.randint(1, 2)):
        entry = start + head + size * draw.randrange(count)
        what = draw.randrange(5)
        if what == 0:
            changed[entry + value : entry + value + 4] = struct.pack(
                order + "I", draw.choice((*EDGES, 15, 16, 64, 14_000))
            )
        elif what == 1:
            changed[entry + 4 : entry + 8] = struct.pack(order + "I", draw.choice(EDGES))
        elif what == 2:
            changed[entry + 2 : entry + 4] = struct.pack(order + "H", draw.randrange(20))
        elif what == 3:
            tag = draw.choice(
                (
                    256,
                    257,
                    258,
                    259,
                    262,
                    273,
                    274,
                    277,
                    278,
                    279,
                    282,
                    284,
                    317,
                    320,
                    322,
                    323,
                    324,
                    330,
                    338,
                    339,
                    347,
                    34675,
                )
            )
            changed[entry : entry + 2] = struct.pack(order + "H", tag)
        else:
            after = start + head + size * count
            changed[after : after + 4] = struct.pack(order + "I", draw.choice((start, 0, 8, after, len(data))))
    return bytes(changed)


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    bits, run, numbers, cut, ended, moved, splice, two_in_one, parts, parts, parts,
)  # fmt: skip
SUFFIXES = (".jpg", ".png", ".gif", ".webp", ".tif", ".bmp", "")


@dataclass(frozen=True)
class Case:
    """One changed file. strict: where it is opened, its pixels must be those of the whole file."""

    whole: bytes
    data: bytes
    name: str
    change: str
    form: str
    strict: bool
    at_least: int | None


FORMS = ("jpeg", "png", "gif", "webp", "tiff")


def form_of(number: int) -> str:
    """Return the format of a case: they take turns, so that each is tried as often."""
    return FORMS[number % len(FORMS)]


def case(number: int) -> Case:
    draw = random.Random(f"morelli {number}")
    form = form_of(number)
    whole = draw.choice([data for name, data in corpus() if name == form])
    change = draw.choice(CHANGES)
    data = change(whole, draw)
    if change not in (cut, ended) and draw.random() < 0.15:
        data = draw.choice(CHANGES)(data, draw) if data else data
        strict = False
    else:
        strict = change in (cut, ended) or (form == "png" and change in (bits, run))
    suffix = draw.choice(SUFFIXES) if draw.random() < 0.2 else f".{form}"
    return Case(whole, data, f"case-{number}{suffix}", change.__name__, form, strict, draw.choice((None, 16, 40, 100)))
