import pytest

from morelli.looking.boxes import Box, Diagram, DiagramError, Join


def test_what_does_not_fit_together_is_refused():
    box = Box(title="x")
    with pytest.raises(DiagramError, match="'x' joins branches that are not there"):
        Diagram(title="t", branches=("a",), trunk=(box,), joins=(Join(box=box, branches=(0, 1)),))
    with pytest.raises(DiagramError, match="needs a branch and a box"):
        Diagram(title="t", branches=("a",), trunk=())


def test_the_trunk_counts_once_whatever_the_branches_and_every_network_counts():
    box = Box(title="x", parameters=10)
    diagram = Diagram(
        title="t",
        branches=("a", "b", "c"),
        trunk=(box, Box(title="y")),
        joins=(Join(box=box, branches=(0, 2)),),
        tail=(box,),
    )
    assert diagram.parameters == 30
    assert Diagram(title="t", branches=("a",), trunk=(box,), networks=3).parameters == 30
