"""The page on which a row is tried by hand: a form without scripts, made from the model's columns."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from deltarule._common import palette
from deltarule._common.formatting import format_number, format_percent
from deltarule.serving.endpoints import Predictor
from deltarule.serving.json_answers import RequestError
from deltarule.serving.openapi import example_row
from deltarule.serving.request_body import body_of
from deltarule.serving.served_model import ServedModel, find
from deltarule.table_model import Prediction
from deltarule.table_model.input_columns import InputColumn

if TYPE_CHECKING:
    from jinja2 import Template

POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
MAX_CLASSES = 12
"""Classes whose probabilities are shown, the most probable ones."""
COVERAGE = (0.05, 0.95)


class FormPage:
    """The handlers of the pages."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    async def first(self, request: Request) -> Response:
        """Answer GET /: the form of the only model, or a list of the models."""
        models = self._predictor.models
        if len(models) == 1:
            return self._page(next(iter(models.values())), _host(request), None)
        return _html({"models": list(models.values()), "served": None})

    async def form(self, request: Request) -> Response:
        """Answer GET /models/NAME."""
        served = find(self._predictor.models, request.path_params["name"])
        return self._page(served, _host(request), None)

    async def answer(self, request: Request) -> Response:
        """Answer the form: POST /models/NAME."""
        served = find(self._predictor.models, request.path_params["name"])
        body = await body_of(
            request.scope, request.receive, self._predictor.limits, self._predictor.progress
        )
        sent = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            row = {c.name: _cell(c, sent.get(f"column-{i}", "")) for i, c in _numbered(served)}
            quantiles = served.model.calibration.error_quantiles is not None
            levels = served.levels_of(list(COVERAGE) if quantiles else None)
            prediction = await self._predictor.predict(served, [row], levels)
        except RequestError as error:
            return self._page(served, _host(request), sent, error=str(error), status=error.status)
        return self._page(served, _host(request), sent, _result(prediction))

    def _page(
        self,
        served: ServedModel,
        host: str,
        sent: dict[str, str] | None,
        result: dict[str, Any] | None = None,
        error: str = "",
        status: int = 200,
    ) -> Response:
        fields = [
            {
                "id": f"column-{i}",
                "name": column.name,
                "kind": column.kind,
                "is_long": column.reads_words,
                "levels": column.shown_levels,
                "value": _shown(column) if sent is None else sent.get(f"column-{i}", ""),
            }
            for i, column in _numbered(served)
        ]
        content = {"served": served, "fields": fields, "result": result, "error": error}
        several = len(self._predictor.models) > 1
        return _html(content | {"several": several, "command": _command(served, host)}, status)


def _host(request: Request) -> str:
    return request.headers.get("host", "")


def _command(served: ServedModel, host: str) -> str:
    """Return the command that sends the example row."""
    row = json.dumps([example_row(served)], ensure_ascii=False)
    url = shlex.quote(f"http://{host}/models/{served.name}/predict")
    return f"curl {url} -d {shlex.quote(row)}"


def _numbered(served: ServedModel) -> list[tuple[int, InputColumn]]:
    return list(enumerate(served.columns))


def _cell(column: InputColumn, text: str) -> Any:
    """Return the JSON value of a field: null if it is empty."""
    if not text.strip():
        return None
    if column.kind in ("number", "duration"):
        try:
            return float(text) if abs(float(text)) < float("inf") else text
        except ValueError:
            return text
    return text


def _shown(column: InputColumn) -> str:
    """Return the example of a column as it is typed."""
    if column.example is None:
        return ""
    return str(column.example).lower() if column.kind == "boolean" else str(column.example)


def _result(prediction: Prediction) -> dict[str, Any]:
    """Return what the page shows of a prediction of one row."""
    value = prediction.file_values[0]
    if prediction.probabilities is None:
        interval = ""
        if prediction.quantiles is not None:
            low, high = (format_number(float(end)) for end in prediction.quantiles[0])
            interval = f"9 of 10 such rows are between {low} and {high}"
        shown = format_number(float(value), 6)
        return {"value": shown, "interval": interval, "notes": prediction.notes, "classes": []}
    ranked = sorted(
        zip(prediction.classes, prediction.probabilities[0].tolist(), strict=True),
        key=lambda pair: -pair[1],
    )
    classes = [
        {"name": name, "share": share, "percent": format_percent(share)}
        for name, share in ranked[:MAX_CLASSES]
    ]
    return {"value": value, "interval": "", "notes": prediction.notes, "classes": classes}


def _html(content: dict[str, Any], status: int = 200) -> Response:
    template, style = _template()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    html = template.render(**content, style=style)
    policy = {"content-security-policy": POLICY.format(style=digest)}
    return Response(html, status, headers=policy, media_type="text/html")


@cache
def _template() -> tuple[Template, str]:
    """Return the template of the page and its style sheet."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    folder = files("deltarule.serving").joinpath("templates")
    light, dark = (palette.css_variables(theme) for theme in (palette.LIGHT, palette.DARK))
    style = (
        f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        + folder.joinpath("form.css").read_text(encoding="utf-8")
    )
    page = folder.joinpath("form.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(page), style
