"""Files that people take away: a report as a spreadsheet, and who took it.

A line that drops in the middle is seen by the browser, since each says how long it is; the rest is
given to whoever asks for it (Range), as long as the file is the same (If-Range). The log of who
looked has a line for every time that a file was sent for, a second try too: that it arrived whole
nobody here can know.
"""

from collections.abc import Sequence
from pathlib import Path

from flask import Response, request, send_file

from blueprints.access import log_event
from school.exchange.report import ReportSheet, write_report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(body: bytes | str, name: str, mimetype: str) -> Response:
    """A file to keep, made for this answer, under an ASCII name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    answer = Response(body, mimetype=mimetype, headers=headers)
    answer.add_etag()
    length = len(answer.get_data())
    answer.make_conditional(request, accept_ranges=True, complete_length=length)
    return answer


def send_kept_file(path: Path, name: str, mimetype: str) -> Response:
    """A file of DATA_DIR to keep, under any name."""
    answer = send_file(path, mimetype=mimetype, as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def send_report(
    sheets: Sequence[ReportSheet], name: str, *, school_id: int | None, detail: str
) -> Response:
    """A report as an XLSX file. That it was taken, and what it was («записи в срок, …»), is
    written into the log of who looked."""
    body = write_report(sheets)
    log_event("export", school_id=school_id, detail=detail)
    return download(body, name, XLSX)
