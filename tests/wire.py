"""What answers weigh, and what a page needs beside itself."""

import re
from typing import Any


def on_the_wire(response: Any) -> int:
    """Bytes of an answer with its headers, as HTTP/1.1 sends them."""
    head = f"HTTP/1.1 {response.status}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in response.headers
    )
    return len(head.encode()) + 2 + len(response.get_data())


def fetch(client: Any, address: str, encoding: str = "br", **headers: str) -> Any:
    """GET as a browser that reads one encoding."""
    return client.get(address, headers={"Accept-Encoding": encoding, **headers})


def styles_of(html: str) -> list[str]:
    """The addresses of a page's style sheets: the site's, then that of the looks, if any."""
    return re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)


def style_of(html: str) -> str:
    """The address of the site's style sheet; IndexError where a page has none."""
    return styles_of(html)[0]


def scripts_of(html: str) -> list[str]:
    """The addresses of a page's scripts."""
    return re.findall(r'<script[^>]* src="([^"]+)"', html)
