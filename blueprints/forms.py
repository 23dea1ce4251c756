"""What all forms share."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm


class Form(FlaskForm):
    """Reads what an HTML form sends and nothing else: Flask-WTF would also take JSON of any
    shape, a list or a number, and fail on it."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            return request.form if request.method == "POST" else None
