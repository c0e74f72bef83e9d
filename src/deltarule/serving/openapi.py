"""The OpenAPI document: the addresses, and for each model the schema of its rows with an example."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule._common.version import __version__
from deltarule.preprocessing import ClassTarget
from deltarule.serving.limits import ServingLimits
from deltarule.serving.served_model import ServedModel
from deltarule.table_model.input_columns import InputColumn

Json = dict[str, Any]
# Texts that the schema of the model can read are answered in every column, but which cannot be said here.
_TYPES: dict[str, list[str]] = {
    "number": ["number"],
    "duration": ["number"],
    "boolean": ["boolean"],
    "datetime": ["string"],
    "category": ["string", "number"],
    "text": ["string", "number"],
}
_ERRORS = {
    "400": "The body is no JSON.",
    "404": "There is no such model.",
    "408": "The body arrived too slowly.",
    "413": "The body or the number of rows is too large.",
    "422": "The rows do not fit the model.",
    "429": "The server is busy.",
    "503": "The prediction took too long.",
}


def openapi_document(models: dict[str, ServedModel], limits: ServingLimits) -> Json:
    """Return the OpenAPI 3.1 document of a server."""
    paths: Json = {}
    schemas: Json = {"Error": _object({"error": {"type": "string"}})}
    for served in models.values():
        rows, answer = f"{served.name}.Rows", f"{served.name}.Predictions"
        schemas[f"{served.name}.Row"] = row_schema(served)
        schemas[rows] = _rows_schema(served, limits)
        schemas[answer] = _answer_schema(served)
        operation = _predict_operation(served, rows, answer)
        if len(models) == 1:
            paths["/predict"] = {"post": operation | {"operationId": "predict"}}
        paths[f"/models/{served.name}/predict"] = {
            "post": operation | {"operationId": f"predict_{served.name}"}
        }
        paths |= _inference_paths(served)
    paths |= {
        "/v2": _get("Name and version of the server"),
        "/v2/health/live": _get("Whether the server runs"),
        "/v2/health/ready": _get("Whether the server can predict"),
        "/metrics": _get("Counts for Prometheus", "text/plain"),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "deltarule", "version": __version__, "description": _about(models)},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def row_schema(served: ServedModel) -> Json:
    """Return the JSON schema of a row."""
    columns = {column.name: _column_schema(column) for column in served.columns}
    schema = _object(columns)
    return schema | {"examples": [example_row(served)]}


def example_row(served: ServedModel) -> Json:
    """Return a typical row."""
    return {column.name: column.example for column in served.columns}


def _column_schema(column: InputColumn) -> Json:
    summary = column.schema.summary
    schema: Json = {
        "type": [*_TYPES[column.kind], "null"],
        "description": f"{column.encoder.summary}; read as {summary}; null is a missing value",
    }
    examples = list(column.shown_levels) or [column.example]
    return schema | {"examples": [value for value in examples if value is not None]}


def _rows_schema(served: ServedModel, limits: ServingLimits) -> Json:
    rows = {
        "type": "array",
        "items": {"$ref": f"#/components/schemas/{served.name}.Row"},
        "minItems": 1,
        "maxItems": limits.max_rows,
    }
    properties: Json = {"rows": rows}
    if served.model.calibration.error_quantiles is not None:
        level = {"type": "number", "minimum": 0.005, "maximum": 0.995}
        properties["quantiles"] = {"type": "array", "items": level, "examples": [[0.05, 0.95]]}
    schema = _object(properties) | {"required": ["rows"]}
    return {"oneOf": [rows, schema], "examples": [{"rows": [example_row(served)]}]}


def _answer_schema(served: ServedModel) -> Json:
    target = served.model.target
    number = {"type": "number"}
    if isinstance(target, ClassTarget):
        prediction = _object(
            {
                "prediction": {"enum": target.decode(np.arange(len(target.classes))).tolist()},
                "probabilities": _object(dict.fromkeys(target.classes, number)),
            }
        )
    else:
        levels = {"type": "object", "additionalProperties": number}
        prediction = _object({"prediction": number, "quantiles": levels})
        prediction["required"] = ["prediction"]
    text = {"type": "string"}
    return _object(
        {
            "model": text,
            "version": text,
            "predictions": {"type": "array", "items": prediction},
            "notes": {"type": "array", "items": text},
        }
    )


def _predict_operation(served: ServedModel, rows: str, answer: str) -> Json:
    return {
        "summary": f"Predict {served.model.target.name}",
        "requestBody": {"required": True, "content": _json(f"#/components/schemas/{rows}")},
        "responses": {
            "200": {
                "description": "A prediction for each row.",
                "content": _json(f"#/components/schemas/{answer}"),
            },
            **_error_answers(),
        },
    }


def _inference_paths(served: ServedModel) -> Json:
    name = f"/v2/models/{served.name}"
    infer = {
        "summary": "Predict (Open Inference Protocol)",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _inference_schema(served)}},
        },
        "responses": {"200": {"description": "Tensors of predictions."}, **_error_answers()},
    }
    return {
        name: _get("Inputs and outputs of the model"),
        f"{name}/ready": _get("Whether the model can predict"),
        f"{name}/infer": {"post": infer},
    }


def _inference_schema(served: ServedModel) -> Json:
    names = [column.name for column in served.columns]
    tensor = {
        "type": "object",
        "properties": {
            "name": {"enum": names},
            "datatype": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 1}},
            "data": {"type": "array", "items": {}},
        },
        "required": ["name", "shape", "data"],
    }
    inputs = {"type": "array", "items": tensor, "minItems": len(names), "maxItems": len(names)}
    example = [
        {
            "name": column.name,
            "datatype": column.datatype,
            "shape": [1],
            "data": [column.example],
        }
        for column in served.columns
    ]
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "parameters": {"type": "object"},
            "inputs": inputs,
            "outputs": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["inputs"],
        "examples": [{"inputs": example}],
    }


def _get(summary: str, media_type: str = "application/json") -> Json:
    content: Json = {media_type: {}}
    return {
        "get": {"summary": summary, "responses": {"200": {"description": "OK", "content": content}}}
    }


def _error_answers() -> Json:
    content = _json("#/components/schemas/Error")
    return {status: {"description": words, "content": content} for status, words in _ERRORS.items()}


def _json(reference: str) -> Json:
    return {"application/json": {"schema": {"$ref": reference}}}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _about(models: dict[str, ServedModel]) -> str:
    return "\n".join(f"{served.name}: {served.model.summary}." for served in models.values())
