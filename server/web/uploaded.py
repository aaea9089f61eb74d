"""A form that carries a file, read by one reader: `multipart/form-data` of RFC 7578, bounded.

Only forms of ours come so: some short answers and one file. Whatever else it is, nothing of it is
read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.web.asked import Asked, RequestWrong

FILE_BYTES_MAX = 2 * 1024 * 1024
"""Some minutes of speech; a tablet fetches it over EDGE."""
_AROUND_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = FILE_BYTES_MAX + _AROUND_BYTES_MAX
_PARTS_MAX = 40
_ANSWER_BYTES_MAX = 16 * 1024
_BOUNDARY = re.compile(r'multipart/form-data;.*?boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?$')
_NAME = re.compile(rb'(?:^|;)\s*name="([^"\r\n]{1,64})"', re.IGNORECASE)
_FILE = re.compile(rb"(?:^|;)\s*filename\*?=", re.IGNORECASE)


def read_upload(
    content_type: str, body: bytes, file_name: str, most: int = FILE_BYTES_MAX
) -> tuple[Asked, bytes]:
    """Return the answers of a form, and the bytes of its file; empty if none was chosen.

    Args:
        file_name: the name of the form's one input of a file.
        most: bytes of the file.

    Raises:
        RequestWrong: it is no such form.
    """
    answers, content = [], b""
    for name, is_file, value in _parts(content_type, body, most + _AROUND_BYTES_MAX):
        if is_file:
            if name != file_name or content:
                raise RequestWrong("request: a file too many")
            content = value
            continue
        answers.append((name, _text(value)))
    if len(content) > most:
        raise RequestWrong("request: the file is too long")
    return Asked(answers), content


def read_answers(content_type: str, body: bytes) -> tuple[Asked, str]:
    """Return the answers of a form that carries a file, and the name of the file's input.

    Raises:
        RequestWrong: it is no such form.
    """
    answers, file_name = [], ""
    for name, is_file, value in _parts(content_type, body, len(body)):
        if is_file:
            file_name = name
        else:
            answers.append((name, _text(value)))
    return Asked(answers), file_name


def _text(value: bytes) -> str:
    if len(value) > _ANSWER_BYTES_MAX:
        raise RequestWrong("request: an answer is too long")
    try:
        return value.decode()
    except UnicodeDecodeError as fault:
        raise RequestWrong("request: unreadable") from fault


def _parts(content_type: str, body: bytes, most: int) -> Iterator[tuple[str, bool, bytes]]:
    """Yield of each part its name, whether it is a file, and its content. Raises RequestWrong."""
    found = _BOUNDARY.match(content_type.strip())
    if found is None or len(body) > most:
        raise RequestWrong("request: not a form with a file")
    mark = b"--" + found[1].encode()
    # The first part has no line end before its mark; given one, all are alike.
    head, *pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if head or not pieces or len(pieces) > _PARTS_MAX or pieces[-1].rstrip(b"\r\n") != b"--":
        raise RequestWrong("request: a form that is cut off")
    for piece in pieces[:-1]:
        headers, is_whole, content = piece.partition(b"\r\n\r\n")
        lines = headers.split(b"\r\n")
        said = [line for line in lines if line.lower().startswith(b"content-disposition:")]
        name = _NAME.search(said[0].partition(b":")[2]) if len(said) == 1 else None
        if not is_whole or name is None or not name[1].isascii():
            raise RequestWrong("request: a part without a name")
        yield name[1].decode(), _FILE.search(said[0]) is not None, content
