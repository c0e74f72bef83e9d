"""The peers of `serving.py`: what users of FastAPI and of MLServer write for a scikit-learn pipeline.

The interpreter that has them runs this file as a script, because their requirements may not fit those of
other packages: `serving_peers.py train FOLDER`, then `serving_peers.py fastapi FOLDER`.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NUMBERS = ("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
TEXTS = {
    "workclass": 8, "education": 16, "marital_status": 7, "occupation": 14, "relationship": 6,
    "race": 5, "sex": 2, "native_country": 41,
}  # fmt: skip
"""The columns of texts with their number of levels."""
PIPELINE = "pipeline.joblib"
MLSERVER = "from mlserver.cli import main; main()"


@dataclass(frozen=True)
class Peer:
    """A server to compare with: its command, and what it is asked."""

    name: str
    command: list[str]
    path: str
    body: bytes


def peers(python: str, folder: Path, cells: dict[str, list[Any]], rows: int) -> list[Peer]:
    """Return the peers that an interpreter has, with a pipeline that it trained on a table."""
    (folder / "table.json").write_text(json.dumps(cells))
    columns = {name: cells[name][:rows] for name in (*NUMBERS, *TEXTS)}
    found = []
    if _has(python, "fastapi", "sklearn", "pandas"):
        sent = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        command = [python, __file__, "fastapi", str(folder)]
        found.append(Peer("FastAPI + scikit-learn", command, "/predict", json.dumps(sent).encode()))
    if _has(python, "mlserver", "mlserver_sklearn", "pandas"):
        command = [python, "-c", MLSERVER, "start", str(folder / "mlserver")]
        tensors = [_tensor(name, values) for name, values in columns.items()]
        request = {
            "parameters": {"content_type": "pd"},
            "inputs": tensors,
            "outputs": [{"name": "predict_proba"}],
        }
        _set_up_mlserver(folder)
        path = "/v2/models/adult/infer"
        found.append(Peer("MLServer + scikit-learn", command, path, json.dumps(request).encode()))
    if found:
        subprocess.run([python, "-W", "ignore", __file__, "train", str(folder)], check=True)
    return found


def _has(python: str, *modules: str) -> bool:
    script = f"import {', '.join(modules)}"
    return subprocess.run([python, "-c", script], capture_output=True, check=False).returncode == 0


def _tensor(name: str, values: list[Any]) -> dict[str, Any]:
    datatype = "FP64" if name in NUMBERS else "BYTES"
    content = {} if name in NUMBERS else {"parameters": {"content_type": "str"}}
    return {"name": name, "datatype": datatype, "shape": [len(values)], "data": values, **content}


def _set_up_mlserver(folder: Path) -> None:
    """Write the settings of a server in one process."""
    here = folder / "mlserver"
    here.mkdir(exist_ok=True)
    ports = []
    for _ in range(3):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    server = {
        "host": "127.0.0.1", "http_port": ports[0], "grpc_port": ports[1], "metrics_port": ports[2],
        "parallel_workers": 0, "debug": False, "use_structured_logging": False,
    }  # fmt: skip
    (here / "settings.json").write_text(json.dumps(server))
    model = {
        "name": "adult",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(folder / PIPELINE)},
    }
    (here / "model-settings.json").write_text(json.dumps(model))


def train(folder: Path) -> None:
    """Train a network of the usual size on the table of a folder."""
    import joblib
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    cells = json.loads((folder / "table.json").read_text())
    frame = pd.DataFrame({name: cells[name] for name in (*NUMBERS, *TEXTS)})
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), list(NUMBERS)),
        (OneHotEncoder(handle_unknown="ignore"), list(TEXTS)),
    )
    pipeline = make_pipeline(encoder, MLPClassifier((160, 160, 160), max_iter=2))
    pipeline.fit(frame, cells["income"])
    joblib.dump(pipeline, folder / PIPELINE)


def serve_with_fastapi(folder: Path) -> None:
    """Answer with a pydantic model of a row, a pandas frame and the pipeline."""
    import joblib
    import pandas as pd
    import uvicorn
    from fastapi import FastAPI
    from pydantic import create_model

    pipeline = joblib.load(folder / PIPELINE)
    cells: dict[str, Any] = dict.fromkeys(NUMBERS, (float | None, None))
    cells |= dict.fromkeys(TEXTS, (str | None, None))
    row_type: Any = create_model("Row", **cells)
    app = FastAPI()

    async def predict(rows: list[Any]) -> list[dict[str, float]]:
        frame = pd.DataFrame([row.model_dump() for row in rows])
        for name in NUMBERS:
            frame[name] = frame[name].astype(float)
        probabilities = pipeline.predict_proba(frame)
        return [
            dict(zip(map(str, pipeline.classes_), row, strict=True))
            for row in probabilities.tolist()
        ]

    predict.__annotations__["rows"] = list[row_type]
    app.post("/predict", response_model=None)(predict)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
        settings = uvicorn.Config(app, log_level="error", access_log=False)
        uvicorn.Server(settings).run(sockets=[listening])


if __name__ == "__main__":
    {"train": train, "fastapi": serve_with_fastapi}[sys.argv[1]](Path(sys.argv[2]))
