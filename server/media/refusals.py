"""Why bytes are not taken or not given; the sentences are in the catalogue, by `code`."""

from __future__ import annotations

from sync.errors import Refusal


class UploadUnknown(Refusal):
    """No upload of this device has this address; it ended, or was begun too long ago."""

    code = "upload_unknown"


class OffsetWrong(Refusal):
    """The piece does not begin where the upload stands. `offset` says where it does."""

    code = "upload_offset_wrong"


class ChecksumWrong(Refusal):
    """The piece is not what its checksum says; nothing of it was stored."""

    code = "upload_checksum_wrong"


class UploadTooLong(Refusal):
    """More bytes than were announced; nothing of the piece was stored."""

    code = "upload_too_long"


class BlobTooLarge(Refusal):
    """More is announced than a photo or document may have."""

    code = "blob_too_large"


class BlobNotNamed(Refusal):
    """The record names another hash, or none."""

    code = "blob_not_named"


class BlobHashWrong(Refusal):
    """All bytes are here and are not those of the hash; they were discarded."""

    code = "blob_hash_wrong"


class BlobUnknown(Refusal):
    """No bytes of this hash, or none that this agent may see: the same answer."""

    code = "blob_unknown"


class RangeWrong(Refusal):
    """The range asked for lies beyond the bytes that there are."""

    code = "blob_range_wrong"


class QuotaFull(Refusal):
    """This device announced more than it may in a month."""

    code = "upload_quota_full"
