"""A changed file: loaded while requests are answered, or refused and the old model kept."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from prediction_client import Client, running_predictions
from unit.serving.tables import PET, QUICK, pet_rows, saved

import deltarule as dr
from deltarule.formats.atomic_write import write_atomically
from deltarule.serving import model_reloading


@pytest.fixture
def place(models, tmp_path, monkeypatch):
    monkeypatch.setattr(model_reloading.ModelReloading.__init__, "__defaults__", (0.02,))
    return saved(models["pets"], tmp_path / "pets.safetensors")


def version(client: Client) -> str:
    return client.send("/v2/models/pets").json["versions"][0]


def wait_for(client: Client, words: str) -> str:
    deadline = time.monotonic() + 50
    while not any(words in report for report in client.reports):
        assert time.monotonic() < deadline, client.reports
        time.sleep(0.01)
    return client.reports[-1]


def test_a_changed_file_is_loaded_without_a_failed_request(place, models):
    other = dr.train(pet_rows(), "class", **{**QUICK, "seed": 1}).model
    expected = [
        model.predict({k: [v] for k, v in PET.items()}).records()
        for model in (models["pets"], other)
    ]
    statuses, values, stop = [], [], threading.Event()

    def ask(client: Client) -> None:
        while not stop.is_set():
            answer = client.send("/predict", [PET])
            statuses.append(answer.status)
            values.append(answer.json["predictions"])

    with running_predictions([place]) as client:
        thread = threading.Thread(target=ask, args=(client,))
        thread.start()
        for i in range(6):
            (other if i % 2 == 0 else models["pets"]).save(place.path)
            deadline = time.monotonic() + 50
            while len(client.reports) <= i:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        stop.set()
        thread.join()
        assert client.send("/predict", [PET]).json["predictions"] == expected[0]
        assert client.counts()['deltarule_reloads_total{model="pets",outcome="loaded"}'] == 6
    assert set(statuses) == {200}
    assert all(value in expected for value in values)


def test_a_file_that_is_refused_leaves_the_old_model(place, models):
    with running_predictions([place]) as client:
        before = version(client)
        content = Path(place.path).read_bytes()
        write_atomically(place.path, content[:-1] + bytes([content[-1] ^ 1]))
        assert f"pets keeps the version {before}: " in wait_for(client, "damaged")
        client.reports.clear()
        models["houses"].save(place.path)
        assert "predicts 'price' (regression), not 'class'" in wait_for(client, "predicts")
        Path(place.path).unlink()
        assert version(client) == before
        assert client.send("/predict", [PET]).status == 200
        assert client.counts()['deltarule_reloads_total{model="pets",outcome="refused"}'] == 2
        client.reports.clear()
        dr.train(pet_rows(), "class", **{**QUICK, "seed": 2}).model.save(place.path)
        wait_for(client, "has the version")
        assert version(client) != before
