"""Weights from the hub: a file of a repository, whole and with the checksum that the hub says, or an error that names the way out."""

from __future__ import annotations

import logging
import math
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path

from morelli.errors import BackboneError

FILE = "model.safetensors"
RELEASES = "timm's releases"
_WAIT = 60.0  # seconds: a hub that could not be reached is not tried again before
_unreached: dict[str | None, float] = {}  # its address -> when, by the monotonic clock


@dataclass(frozen=True)
class HubFile:
    """A file that came from the hub. file: in the hub's cache on this machine; revision: of the repository; sha256: of the file."""

    file: Path
    revision: str
    sha256: str


def fetch(repository: str, *, backbone: str) -> HubFile:
    """Return a repository's weights, from the hub's cache on this machine where they are there, else downloaded.

    The environment says where the hub is and where its cache (HF_ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE), as everywhere. Raises
    BackboneError where the hub cannot be reached, has no such file, breaks off, or sends other bytes than it says.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    cache, endpoint = os.environ.get("HF_HUB_CACHE"), os.environ.get("HF_ENDPOINT")
    found = try_to_load_from_cache(repository, FILE, cache_dir=cache)
    if not isinstance(found, str):
        since = time.monotonic() - _unreached.get(endpoint, -math.inf)
        if since < _WAIT:  # the client tries for half a minute, and a table asks for one backbone after another
            raise _cannot(repository, backbone, OSError(f"it could not be reached {since:.0f} s ago"))
        try:
            with _quiet("huggingface_hub"):  # what it says of every try is said once, by the error
                found = hf_hub_download(repository, FILE, cache_dir=cache, endpoint=endpoint)
        except LocalEntryNotFoundError as err:  # nothing was answered
            _unreached[endpoint] = time.monotonic()
            raise _cannot(repository, backbone, err) from err
        except (
            OSError,
            HfHubHTTPError,
            ValueError,
            RecursionError,
        ) as err:  # a transfer that breaks off at every try recurses
            raise _cannot(repository, backbone, err) from err
        except Exception as err:  # the client that the hub's library rides on has errors of its own
            if not type(err).__module__.startswith(("httpx", "httpcore", "requests")):
                raise
            raise _cannot(repository, backbone, err) from err
    file = Path(found)
    digest = sha256(file.read_bytes()).hexdigest()
    # The cache names a large file by the checksum that the hub says it has; where links cannot be made there is no such name.
    said = file.resolve().name
    if re.fullmatch(r"[0-9a-f]{64}", said) and said != digest:
        file.resolve().unlink()
        file.unlink(missing_ok=True)
        raise BackboneError(
            f"{repository}: what came from the hub is not what it says (SHA-256 {digest[:16]}..., not {said[:16]}...); it was thrown away. "
            f"Try again, or give a local file with --weights {backbone}=FILE"
        )
    return HubFile(file, file.parent.name, digest)


def fetch_release(url: str, *, backbone: str) -> HubFile:
    """Return a file of weights from its address, from torch's cache on this machine where it is there, else downloaded.

    url: its name ends in a dash and the first digits of its SHA-256, as torch's releases have them. The environment says where torch's
    cache is (TORCH_HOME); HF_HUB_OFFLINE holds here too. Raises BackboneError where it cannot be fetched, or is not what its name says.
    """
    import huggingface_hub.constants
    import torch

    name = url.rpartition("/")[2]
    said = re.search(r"-([0-9a-f]{8,64})\.", name)
    if said is None:
        raise ValueError(f"{name!r}: no digits of a checksum in the name")
    file = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not file.exists():
        if huggingface_hub.constants.HF_HUB_OFFLINE:
            raise _cannot(name, backbone, OSError("HF_HUB_OFFLINE is set"), place=RELEASES)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(file), hash_prefix=said[1], progress=False)
        except (OSError, RuntimeError, ValueError, HTTPException) as err:
            raise _cannot(name, backbone, err, place=RELEASES) from err
    digest = sha256(file.read_bytes()).hexdigest()
    if not digest.startswith(said[1]):
        raise BackboneError(
            f"{file}: is not what its name says (SHA-256 {digest[:16]}...): delete it and try again, or give a local file with "
            f"--weights {backbone}=FILE"
        )
    return HubFile(file, said[1], digest)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library from telling anything but errors."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _cannot(what: str, backbone: str, err: Exception, *, place: str = "the hub") -> BackboneError:
    reason = (str(err).strip().splitlines() or [type(err).__name__])[0]
    return BackboneError(
        f"no weights for {backbone!r}: they cannot be fetched from {place} ({what}: {reason}); without a network, or without {place}, give "
        f"a local file with --weights {backbone}=FILE"
    )
