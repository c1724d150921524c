"""One small table, made once: a CNN and frozen features that train in seconds, a system without weights."""

import pytest

pytest.importorskip("torch")

from tests.conftest import TINY

from morelli.catalogue.catalogue import Catalogue
from morelli.protocol.split import make_split
from morelli.study.table.make import make_table
from morelli.systems.read import read_system
from morelli.training.run import Run

FROZEN = ("view.size=32", "objective.branch=[16,8]", "sampling.draws=20", "sampling.batch=64", "schedule.epochs=3")
SHARES = (0.4, 0.2, 0.2, 0.2)


@pytest.fixture(scope="session")
def catalogue(studio_folder):
    return Catalogue.read(studio_folder)


@pytest.fixture(scope="session")
def part(catalogue):
    return make_split(catalogue, shares=SHARES).assign(catalogue)


@pytest.fixture(scope="session")
def systems():
    return [
        read_system("demo-cnn", changes=[*TINY, "published.triplet_accuracy_of_four=0.8928"]),
        read_system("lite0", changes=[*FROZEN, "published.accuracy_unseen=0.647"]),
        read_system("xception"),
    ]


@pytest.fixture(scope="session")
def make_run(tmp_path_factory, lite0_file):
    """Return the function that makes a run over one cache; what it remarks is in `run.remark.__self__`."""
    cache = tmp_path_factory.mktemp("table-cache")

    def make(**changes):
        given = {"folder": cache, "cache": cache, "weights": {"lite0": lite0_file}, "values": "own", "device": "cpu"}
        return Run(**given | {"remark": [].append} | changes)

    return make


@pytest.fixture(scope="session")
def made(tmp_path_factory, systems, catalogue, part, make_run):
    """The table and its folder, and what was remarked. Not to be changed."""
    out = tmp_path_factory.mktemp("table") / "out"
    run = make_run()
    table = make_table(systems, catalogue, part, out=out, run=run, resamples=60)
    return table, out, run.remark.__self__
