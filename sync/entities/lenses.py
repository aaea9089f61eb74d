"""LENSES: the steps between schema versions; `sync/lenses.py` says how they are used.

None yet: schema 1 is the first. `tests/test_versions.py` has one of each kind.
"""

from __future__ import annotations

from sync.lenses import Lens

LENSES: tuple[Lens, ...] = ()
