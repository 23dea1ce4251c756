"""Files that people take away: a report as a spreadsheet, and who took it."""

from collections.abc import Sequence

from flask import Response

from blueprints.access import log_event
from school.exchange.report import ReportSheet, write_report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(body: bytes | str, name: str, mimetype: str) -> Response:
    """A file to keep, under an ASCII name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype=mimetype, headers=headers)


def send_report(
    sheets: Sequence[ReportSheet], name: str, *, school_id: int | None, detail: str
) -> Response:
    """A report as an XLSX file. That it was taken, and what it was («записи в срок, …»), is
    written into the log of who looked."""
    body = write_report(sheets)
    log_event("export", school_id=school_id, detail=detail)
    return download(body, name, XLSX)
