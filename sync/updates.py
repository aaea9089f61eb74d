"""A newer app for the tablet: how the server says which, and where it lies.

GET /sync/v1/app/ABI/VERSION   the offer, if it is newer than VERSION; else an empty answer
GET /sync/v1/app/SHA256        its bytes, or with `Range` those from there on
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sync.errors import RemoteSyncError

PATH = "/sync/v1/app"
ABIS = ("armeabi-v7a", "arm64-v8a")
"""Kinds of processor, as Android names them: 32 and 64 bits."""
FILE_BYTES_MAX = 150 * 2**20
VERSION_MAX = 2**31 - 1
"""Android's versionCode is a signed int."""


class Offer(msgspec.Struct, frozen=True):
    """An app to be had. `version`: Android's versionCode. `sha256`: of the file, hexadecimal."""

    version: Annotated[int, msgspec.Meta(ge=1, le=VERSION_MAX)]
    size_bytes: Annotated[int, msgspec.Meta(ge=1, le=FILE_BYTES_MAX)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]

    @property
    def path(self) -> str:
        """Return where its bytes are fetched."""
        return f"{PATH}/{self.sha256}"


def path_of(abi: str, version: int) -> str:
    """Return where one asks for what is newer than a version."""
    return f"{PATH}/{abi}/{version}"


def read(answer: bytes) -> Offer | None:
    """Return what is offered, None for nothing newer. Raises RemoteSyncError."""
    if not answer:
        return None
    try:
        return msgspec.json.decode(answer, type=Offer)
    except (msgspec.DecodeError, msgspec.ValidationError) as fault:
        raise RemoteSyncError(f"app: {fault}") from fault
