"""The errors of the engine: a rule said no, or one side broke the protocol.

A conflict between two people is no error and is not here: it is data (`sync.merge`).
"""

from __future__ import annotations


class Refusal(Exception):
    """A rule said no. `code` names the rule for ever; `values` fill its sentence."""

    code = "refused"

    def __init__(self, message: str, **values: object) -> None:
        """Say why.

        Args:
            message: for the log: ids and numbers, never a person's data.
            values: what the sentence for people names, by placeholder.
        """
        super().__init__(message)
        self.values = values


class SpecError(Exception):
    """A declaration contradicts itself. Raised while the program starts, never later."""


class SyncError(Exception):
    """The exchange cannot go on; nothing captured is touched."""

    code = "sync_failed"


class LocalSyncError(SyncError):
    """We would break the protocol: a bug on this side."""

    code = "sync_local_fault"


class RemoteSyncError(SyncError):
    """The other side broke the protocol: what it sent cannot be read or cannot be true."""

    code = "sync_remote_fault"


class Malformed(RemoteSyncError):
    """Bytes that are not what they claim to be: truncated, oversized, nonsense."""

    code = "malformed"
