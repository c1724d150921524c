"""Requests are lent to one thread at a time, made once each, and come back whatever happens."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from morelli.model.requests import Requests


class Compiled:
    def __init__(self, places):
        self.places, self.made, self.broken = places, 0, False

    def get_property(self, name):
        assert name == "OPTIMAL_NUMBER_OF_INFER_REQUESTS"
        return self.places

    def create_infer_request(self):
        if self.broken:
            raise RuntimeError("no memory")
        self.made += 1
        return object()


@pytest.mark.parametrize("places", [1, 3])
def test_no_more_are_made_than_can_work_at_once(places):
    compiled = Compiled(places)
    requests, out, most, lock = Requests(compiled), set(), [], threading.Lock()

    def use(_):
        with requests.one() as request:
            with lock:
                assert id(request) not in out
                out.add(id(request))
                most.append(len(out))
            threading.Event().wait(0.001)
            with lock:
                out.remove(id(request))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(use, range(64)))
    assert compiled.made <= places
    assert max(most) <= places


def test_an_error_gives_the_request_back():
    compiled = Compiled(1)
    requests = Requests(compiled)
    compiled.broken = True
    with pytest.raises(RuntimeError), requests.one():
        pass
    compiled.broken = False
    with pytest.raises(KeyError), requests.one():
        raise KeyError
    with requests.one():
        pass
    assert compiled.made == 1
