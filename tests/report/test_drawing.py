import matplotlib
from matplotlib import font_manager

from morelli.report.drawing import drawing_style


def test_fonts_for_other_scripts_stand_behind_ours_where_the_machine_has_them(monkeypatch):
    monkeypatch.setattr(font_manager, "get_font_names", lambda: ["Comic Sans", "Noto Sans CJK JP", "DejaVu Sans"])
    before = list(matplotlib.rcParams["font.family"])
    with drawing_style():
        assert list(matplotlib.rcParams["font.family"]) == ["DejaVu Sans", "Noto Sans CJK JP"]
    assert list(matplotlib.rcParams["font.family"]) == before
