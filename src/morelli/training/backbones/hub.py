"""Weights from the hub: a file of a repository, whole and with the checksum that the hub says, or an error that names the way out."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from morelli.errors import BackboneError

FILE = "model.safetensors"


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
    from huggingface_hub.errors import HfHubHTTPError

    cache = os.environ.get("HF_HUB_CACHE")
    found = try_to_load_from_cache(repository, FILE, cache_dir=cache)
    if not isinstance(found, str):
        try:
            found = hf_hub_download(repository, FILE, cache_dir=cache, endpoint=os.environ.get("HF_ENDPOINT"))
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


def _cannot(repository: str, backbone: str, err: Exception) -> BackboneError:
    reason = (str(err).strip().splitlines() or [type(err).__name__])[0]
    return BackboneError(
        f"no weights for {backbone!r}: they cannot be fetched from the hub ({repository}: {reason}); without a network, or without the "
        f"hub, give a local file with --weights {backbone}=FILE"
    )
