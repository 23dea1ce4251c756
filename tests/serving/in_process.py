"""The program answering in the process of its test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import make_server

from app import create_app
from tests.serving.running import SECRET, free_port


@dataclass
class Here:
    """The program in this process: for tests of pages, which need no worker and no supervisor.
    To start those costs more than most of what a browser then does."""

    url: str


@contextmanager
def serving(database_url: str, data_dir: Path) -> Iterator[Here]:
    """The program, answering on a free port as long as the block lasts."""
    port = free_port()
    app = create_app(
        DATABASE_URL=database_url, DATA_DIR=str(data_dir), PORT=str(port), SECRET_KEY=SECRET
    )
    made = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield Here(f"http://127.0.0.1:{port}")
    finally:
        made.shutdown()
        thread.join(10)
        made.server_close()
