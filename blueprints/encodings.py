"""Forms of browsers that send Windows-1251: an old one whose user chose the encoding by hand, or
one behind a proxy that recodes pages. Without this «Дроби» would be kept as «%C4%F0%EE%E1%E8», a
search would find nobody, and a form with a file «классы.csv» would count as empty."""

from io import BytesIO
from typing import IO, Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from flask import Flask
from werkzeug.formparser import FormDataParser

OTHER = "cp1251"


def in_utf8(pairs: bytes) -> bytes:
    """A form's body (urlencoded) or an address's query as UTF-8. What is no UTF-8 is taken for
    Windows-1251."""
    if pairs.isascii() and b"%" not in pairs:
        return pairs  # a cell of the register, an address without a query
    try:
        unquote_to_bytes(pairs).decode()
    except UnicodeDecodeError:
        # Raw letters, not percent-encoded, are of that encoding too.
        text = pairs.decode(OTHER, "replace")
        found = parse_qsl(text, keep_blank_values=True, encoding=OTHER, errors="replace")
        return urlencode(found).encode()
    return pairs


def multipart_in_utf8(body: bytes, boundary: bytes) -> bytes:
    """A form with files as UTF-8, part by part; what the files hold stays as it is."""
    return boundary.join(map(_part_in_utf8, body.split(boundary)))


def _part_in_utf8(part: bytes) -> bytes:
    head, gap, content = part.partition(b"\r\n\r\n")
    is_file = b"filename" in head.lower()
    return _text_in_utf8(head) + gap + (content if is_file else _text_in_utf8(content))


def _text_in_utf8(text: bytes) -> bytes:
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode(OTHER, "replace").encode()
    return text


class _Parser(FormDataParser):
    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        if mimetype == "application/x-www-form-urlencoded" and self._has_room(content_length):
            stream = BytesIO(in_utf8(stream.read()))
        elif mimetype == "multipart/form-data" and (options or {}).get("boundary"):
            # The stream ends where a body is larger than the page takes.
            boundary = (options or {})["boundary"].encode("ascii", "replace")
            stream = BytesIO(multipart_in_utf8(stream.read(), b"--" + boundary))
        return super().parse(stream, mimetype, content_length, options)

    def _has_room(self, content_length: int | None) -> bool:
        most = self.max_form_memory_size
        return most is None or content_length is None or content_length <= most


class _Reading:
    """What a request is read by; beside what else the application's requests can."""

    form_data_parser_class = _Parser
    query_string: bytes

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.query_string = in_utf8(self.query_string)


def accept_other_encodings(app: Flask) -> None:
    """Forms and searches are read in the encoding that they come in."""
    app.request_class = type("Request", (_Reading, app.request_class), {})
