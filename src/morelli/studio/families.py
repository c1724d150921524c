"""The eight schools of the studio. Their names are made up; each stands for one way of putting paint on a ground."""

from __future__ import annotations

from dataclasses import replace

from morelli.studio.hand import Hand, StyleFamily

_PLAIN = Hand(
    underpainting=0.7, family="plain", chroma=1.0, darkest=0.16, lightest=0.95, contrast=1.0, anchors=(30.0,
    70.0, 110.0, 150.0, 245.0, 290.0), palette_pull=0.3, shadow_hue=270.0, shadow_tint=0.015, light_hue=85.0,
    light_tint=0.012, width=0.06, finest=0.012, layers=4, length=5.0, bend=0.5, taper=0.3, pressure=0.2,
    bristle=0.12, dryness=0.1, opacity=0.92, wetness=0.15, rim=0.0, impasto=0.5, coverage=1.8, patience=0.6,
    follow=1.0, slant=0.6, slant_weight=0.1, swirl=0.1, stray=0.12, hue_jitter=0.02, value_jitter=0.02,
    softness=0.004, outline=0.0, outline_width=0.009, outline_lightness=0.2, ground="weave",
    ground_lightness=0.75, ground_hue=75.0, ground_chroma=0.03, grain=0.3, grain_scale=0.014, varnish=0.0,
    craquelure=0.0, horizon=0.5, closeness=1.0, light_left=0.6, balance=0.05,
)  # fmt: skip


def _family(name: str, period: tuple[int, int], centre: Hand) -> StyleFamily:
    return StyleFamily(name=name, centre=replace(centre, family=name), period=period)


FAMILIES: tuple[StyleFamily, ...] = (
    _family("Lamplight School", (1620, 1690), replace(
        _PLAIN, chroma=0.8, darkest=0.1, lightest=0.92, contrast=1.45, anchors=(28.0, 55.0, 75.0, 95.0, 130.0,
        250.0), palette_pull=0.55, shadow_hue=60.0, shadow_tint=0.02, light_hue=80.0, light_tint=0.02,
        width=0.06, finest=0.009, layers=4, length=4.5, bristle=0.06, opacity=0.85, wetness=0.3, impasto=0.22,
        patience=0.95, softness=0.006, ground="panel", ground_lightness=0.34, ground_hue=60.0,
        ground_chroma=0.04, grain=0.12, varnish=0.16, craquelure=0.55, closeness=1.05, coverage=2.0, stray=0.08,
        underpainting=0.95,
    )),
    _family("Harbour Mist", (1850, 1890), replace(
        _PLAIN, chroma=0.62, darkest=0.26, lightest=0.93, contrast=0.8, anchors=(60.0, 90.0, 140.0, 200.0,
        240.0, 280.0), palette_pull=0.4, shadow_hue=230.0, shadow_tint=0.02, width=0.08, finest=0.011, layers=4,
        length=6.0, bristle=0.07, opacity=0.78, wetness=0.45, impasto=0.12, patience=0.7, softness=0.012,
        slant=0.0, slant_weight=0.35, value_jitter=0.012, hue_jitter=0.012, ground_lightness=0.6, grain=0.45,
        horizon=0.55, closeness=0.93, coverage=2.0, stray=0.1, underpainting=0.9,
    )),
    _family("Open Air", (1868, 1900), replace(
        _PLAIN, chroma=1.35, darkest=0.3, lightest=0.97, contrast=0.95, anchors=(25.0, 65.0, 100.0, 145.0,
        235.0, 290.0), palette_pull=0.35, shadow_hue=285.0, shadow_tint=0.04, light_tint=0.02, width=0.04,
        finest=0.012, layers=3, length=3.2, bend=0.4, taper=0.4, bristle=0.2, dryness=0.2, opacity=0.95,
        impasto=0.9, coverage=2.1, patience=0.6, slant_weight=0.3, stray=0.35, hue_jitter=0.05,
        value_jitter=0.04, softness=0.003, ground_lightness=0.88, grain=0.35, underpainting=0.55,
    )),
    _family("Dot and Dash", (1884, 1908), replace(
        _PLAIN, chroma=1.5, darkest=0.32, lightest=0.96, contrast=0.95, anchors=(20.0, 60.0, 105.0, 150.0,
        240.0, 300.0), palette_pull=0.55, shadow_hue=290.0, shadow_tint=0.05, light_tint=0.03, width=0.026,
        finest=0.013, layers=3, length=1.5, bend=0.2, taper=0.5, bristle=0.05, opacity=0.96, wetness=0.03,
        impasto=0.6, coverage=2.6, patience=0.5, stray=0.3, hue_jitter=0.12, value_jitter=0.05, softness=0.002,
        ground_lightness=0.92, ground_chroma=0.02, grain=0.2, underpainting=0.4,
    )),
    _family("Turning Wind", (1885, 1915), replace(
        _PLAIN, chroma=1.35, darkest=0.22, lightest=0.95, contrast=1.15, anchors=(35.0, 80.0, 105.0, 150.0,
        250.0, 265.0), palette_pull=0.5, shadow_hue=265.0, shadow_tint=0.04, width=0.034, finest=0.012,
        layers=3, length=8.5, bend=0.8, taper=0.25, bristle=0.28, opacity=0.97, wetness=0.08, impasto=1.3,
        coverage=2.1, patience=0.65, follow=0.8, swirl=0.75, stray=0.08, hue_jitter=0.045, value_jitter=0.05,
        softness=0.003, outline=0.35, outline_width=0.01, ground_lightness=0.7, grain=0.25, underpainting=0.6,
    )),
    _family("Dark Contour", (1895, 1930), replace(
        _PLAIN, chroma=1.7, darkest=0.2, lightest=0.95, contrast=1.3, anchors=(15.0, 55.0, 100.0, 160.0, 255.0,
        325.0), palette_pull=0.65, shadow_hue=250.0, shadow_tint=0.06, width=0.08, finest=0.014, layers=4,
        length=5.0, bend=0.45, taper=0.1, bristle=0.22, dryness=0.18, opacity=0.96, wetness=0.08, impasto=0.7,
        coverage=1.9, patience=0.55, slant_weight=0.25, stray=0.2, hue_jitter=0.03, value_jitter=0.03,
        outline=0.9, outline_width=0.016, outline_lightness=0.18, ground_lightness=0.8, closeness=1.12,
        underpainting=0.5,
    )),
    _family("Parallel Patch", (1875, 1910), replace(
        _PLAIN, chroma=1.05, darkest=0.25, lightest=0.93, contrast=1.05, anchors=(35.0, 70.0, 105.0, 145.0,
        220.0, 255.0), palette_pull=0.5, shadow_hue=250.0, shadow_tint=0.04, width=0.05, finest=0.013, layers=4,
        length=3.6, bend=0.05, taper=0.05, pressure=0.12, bristle=0.2, dryness=0.18, opacity=0.9, wetness=0.1,
        impasto=0.45, coverage=2.0, patience=0.65, follow=0.35, slant=-0.95, slant_weight=1.2, swirl=0.05,
        stray=0.1, hue_jitter=0.04, value_jitter=0.035, outline=0.3, outline_width=0.007, outline_lightness=0.3,
        ground_lightness=0.85, grain=0.4, underpainting=0.45,
    )),
    _family("Wet Paper", (1820, 1880), replace(
        _PLAIN, chroma=1.05, darkest=0.38, lightest=1.0, contrast=0.95, anchors=(40.0, 75.0, 100.0, 140.0,
        235.0, 280.0), palette_pull=0.35, shadow_hue=250.0, shadow_tint=0.025, width=0.1, finest=0.011,
        layers=4, length=5.0, bend=0.5, taper=0.35, pressure=0.25, bristle=0.02, dryness=0.05, opacity=0.52,
        wetness=0.2, rim=0.22, impasto=0.0, coverage=1.7, patience=0.8, stray=0.12, hue_jitter=0.015,
        value_jitter=0.012, softness=0.003, outline=0.22, outline_width=0.005, outline_lightness=0.3,
        ground="paper", ground_lightness=0.95, ground_hue=90.0, ground_chroma=0.02, grain=0.3,
        grain_scale=0.016, underpainting=0.62,
    )),
)  # fmt: skip
"""All schools, in the order in which painters are shared out among them."""
