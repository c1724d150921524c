from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.pictures.border import Border, find_border, inside_border

Pixels = npt.NDArray[np.uint8]
Paintings = list[Pixels]


def in_margins(
    pixels: Pixels, widths: tuple[int, int, int, int], colour: tuple[int, int, int], *, noise: float = 2
) -> Pixels:
    """Put plain margins of so many px around: top, right, bottom, left."""
    top, right, bottom, left = widths
    height, width = pixels.shape[:2]
    out = np.empty((height + top + bottom, width + left + right, 3))
    out[:] = colour
    out += np.random.default_rng(1).normal(0, noise, out.shape)
    out[top : top + height, left : left + width] = pixels
    return np.clip(out, 0, 255).astype(np.uint8)


def in_frame(pixels: Pixels, depth: int) -> Pixels:
    """Put a moulded frame around, its sides lit differently, with grain."""
    height, width = (side + 2 * depth for side in pixels.shape[:2])
    rows, columns = np.mgrid[:height, :width]
    to_side = np.stack([rows, columns, rows[::-1], columns[:, ::-1]])
    profile = np.interp(np.arange(depth), [0, depth * 0.3, depth * 0.5, depth - 1], [0.6, 1.3, 0.7, 1.1])
    light = profile[np.minimum(to_side.min(axis=0), depth - 1)] * np.array([1.1, 1, 0.8, 0.9])[to_side.argmin(axis=0)]
    grain = 1 + np.random.default_rng(2).normal(0, 0.1, (height, width))
    out = np.clip(np.array([176, 138, 70]) * (light * grain)[..., np.newaxis], 0, 255).astype(np.uint8)
    out[depth:-depth, depth:-depth] = pixels
    return out


def on_a_wall(pixels: Pixels, corners: list[tuple[float, float]], *, size: tuple[int, int] = (400, 500)) -> Pixels:
    """Hang it on an unevenly lit wall, its corners (upper left, then clockwise) at these places (x, y)."""
    height, width = pixels.shape[:2]
    # Pillow asks for the map back: from the wall to the painting.
    rows = []
    for (x, y), (u, v) in zip(corners, ((0, 0), (width, 0), (width, height), (0, height)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]]
    system = np.array(rows)
    move = tuple(np.linalg.solve(system[:, :8], system[:, 8]))
    form = (size[1], size[0])
    image = Image.fromarray(pixels).transform(form, Image.Transform.PERSPECTIVE, move, Image.Resampling.BICUBIC)
    mask = Image.new("L", (width, height), 255).transform(form, Image.Transform.PERSPECTIVE, move)
    light = np.linspace(0.85, 1.1, size[1])[np.newaxis, :, np.newaxis]
    wall = np.array([205, 200, 190]) * light + np.random.default_rng(3).normal(0, 2, (*size, 3))
    return np.clip(np.where(np.asarray(mask)[..., np.newaxis] > 127, np.asarray(image), wall), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [(255, 255, 255), (8, 8, 8), (128, 128, 128), (232, 225, 210)])
@pytest.mark.parametrize("widths", [(20, 20, 20, 20), (10, 40, 25, 15), (0, 30, 0, 30), (30, 0, 30, 0), (0, 0, 26, 26)])
def test_plain_margins_are_measured(
    made_up: Paintings, widths: tuple[int, int, int, int], colour: tuple[int, int, int]
) -> None:
    found = 0
    for pixels in made_up:
        border = find_border(in_margins(pixels, widths, colour))
        if border is None:
            continue
        height, width = 256 + widths[0] + widths[2], 256 + widths[1] + widths[3]
        shares = np.array(widths) / (height, width, height, width)
        found += border.kind == "plain" and bool(np.abs(np.array(border.widths) - shares).max() < 0.02)
    assert found >= 10


def test_frames_are_found_and_measured(made_up: Paintings) -> None:
    found = [find_border(in_frame(pixels, 30)) for pixels in made_up]
    framed = [border for border in found if border is not None]
    assert len(framed) >= 11
    close = [abs(border.filled - (256 / 316) ** 2) < 0.1 for border in framed]
    assert sum(close) >= 10


def test_bare_paintings_have_no_border(made_up: Paintings) -> None:
    assert [find_border(pixels) for pixels in made_up] == [None] * len(made_up)
    assert find_border(np.full((200, 300, 3), 70, dtype=np.uint8)) is None
    assert find_border(np.zeros((20, 400, 3), dtype=np.uint8)) is None


def test_real_paintings_without_a_frame_have_none(paintings_full_size) -> None:  # type: ignore[no-untyped-def]
    from morelli.pictures.open import open_image

    files = sorted(paintings_full_size.glob("*/*.jpg"))
    assert [file.name for file in files if find_border(open_image(file, at_least=448)) is not None] == []


def test_a_wall_is_told_from_a_mount(made_up: Paintings) -> None:
    aslant = [(110, 90), (380, 60), (390, 330), (120, 300)]
    head_on = [(120, 70), (380, 70), (380, 330), (120, 330)]
    for corners in (aslant, head_on):
        borders = [find_border(on_a_wall(pixels, corners)) for pixels in made_up]
        assert sum(border is not None and border.is_wall for border in borders) >= 11
    mounts = [find_border(in_margins(pixels, (25, 25, 25, 25), (245, 243, 238))) for pixels in made_up]
    assert not any(border is not None and border.is_wall for border in mounts)


def test_what_is_filled() -> None:
    assert Border(kind="plain", widths=(0.1, 0, 0.1, 0.5)).filled == pytest.approx(0.4)
    assert not Border(kind="plain", widths=(0.4, 0.4, 0.4, 0)).is_wall
    assert Border(kind="plain", widths=(0.2, 0.2, 0.2, 0.2)).is_wall


def test_what_surrounds_a_painting_is_peeled_off_layer_by_layer(made_up: Paintings) -> None:
    """A mount inside a moulded frame: what is left is the painting, to 3 px on each side."""
    near = 0
    for pixels in made_up:
        mounted = in_margins(pixels, (20, 20, 20, 20), (240, 236, 228))
        left, top, right, bottom = inside_border(in_frame(mounted, 30))
        near += bool(np.abs(np.array([left, top, right, bottom]) - [50, 50, 306, 306]).max() <= 3)
    assert near >= 10


def test_a_bare_painting_is_left_whole_and_little_is_never_all_that_is_left(made_up: Paintings) -> None:
    assert [inside_border(pixels) for pixels in made_up] == [(0, 0, 256, 256)] * len(made_up)
    small = in_margins(made_up[0][:80, :80], (110, 110, 110, 110), (245, 243, 238))
    assert inside_border(small) == (0, 0, 300, 300)
