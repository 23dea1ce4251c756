"""Forms of browsers that send Windows-1251: an old one whose user chose the encoding by hand, or
one behind a proxy that recodes pages. Without this «Дроби» would be kept as «%C4%F0%EE%E1%E8»."""

from io import BytesIO
from typing import IO, Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

from flask import Flask
from werkzeug.formparser import FormDataParser

OTHER = "cp1251"


def in_utf8(body: bytes) -> bytes:
    """A form's body (urlencoded) as UTF-8. One that is no UTF-8 is taken for Windows-1251."""
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        # Raw letters, not percent-encoded, are of that encoding too.
        text = body.decode(OTHER, "replace")
        pairs = parse_qsl(text, keep_blank_values=True, encoding=OTHER, errors="replace")
        return urlencode(pairs).encode()
    return body


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
        return super().parse(stream, mimetype, content_length, options)

    def _has_room(self, content_length: int | None) -> bool:
        most = self.max_form_memory_size
        return most is None or content_length is None or content_length <= most


def accept_other_encodings(app: Flask) -> None:
    """Forms are read in the encoding that they come in."""
    app.request_class = type("Request", (app.request_class,), {"form_data_parser_class": _Parser})
