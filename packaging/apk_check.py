"""Look at APKs that were built: size, hash, one ABI each, signed, fit for pages of 16 KB.

usage: apk_check.py FILE…        `make apk` calls it last.
"""

from __future__ import annotations

import struct
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

PAGE_BYTES = 16_384
"""Of devices with Android 15 and later that have such; 32-bit ones have 4096."""
ABIS_OF_64_BITS = ("arm64-v8a", "x86_64")
_LOAD, _SIGNED = 1, b"APK Sig Block 42"
"""A segment to be loaded (ELF); what stands before the directory of a file with signature v2."""


def alignment(library: bytes) -> int:
    """Return the least alignment of an ELF file's segments that are loaded, in bytes.

    Raises ValueError for what is no ELF file.
    """
    if library[:4] != b"\x7fELF":
        raise ValueError("no ELF file")
    is_64_bits = library[4] == 2
    offset, size, count = (
        (*struct.unpack_from("<Q", library, 32), *struct.unpack_from("<HH", library, 54))
        if is_64_bits
        else (*struct.unpack_from("<I", library, 28), *struct.unpack_from("<HH", library, 42))
    )
    found = []
    for at in range(offset, offset + size * count, size):
        if struct.unpack_from("<I", library, at)[0] == _LOAD:
            where, form = (48, "<Q") if is_64_bits else (28, "<I")
            found.append(struct.unpack_from(form, library, at + where)[0])
    return min(found)


def faults(apk: Path) -> list[str]:
    """Print what an APK is. Returns a sentence for each thing that is wrong with it."""
    content = apk.read_bytes()
    with zipfile.ZipFile(apk) as packed:
        names = [one for one in packed.namelist() if one.startswith("lib/") and ".so" in one]
        abis = sorted({one.split("/")[1] for one in names})
        low = [
            f"{apk.name}: {one} is aligned to less than {PAGE_BYTES} bytes"
            for one in names
            if one.split("/")[1] in ABIS_OF_64_BITS
            # python-for-android hides an archive among the libraries.
            and (library := packed.read(one))[:4] == b"\x7fELF"
            and alignment(library) < PAGE_BYTES
        ]
    print(
        f"{apk.name}: {len(content)} bytes, {' '.join(abis)}, sha256 {sha256(content).hexdigest()}"
    )
    if len(abis) != 1:
        low.append(f"{apk.name}: for {abis}, not for one ABI")
    if _SIGNED not in content:
        low.append(f"{apk.name}: not signed (v2)")
    return low


if __name__ == "__main__":
    found = [fault for name in sys.argv[1:] for fault in faults(Path(name))]
    print("\n".join(found) if found else "Fit to be installed.")
    sys.exit(bool(found))
