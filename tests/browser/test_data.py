"""Toy datasets, uploaded tables, and files that are not tables."""

from __future__ import annotations

import numpy as np
import pytest
from browser.screen import CHECKOUT

IRIS = (CHECKOUT / "examples" / "iris.csv").read_bytes()
TOYS = ("circles", "xor", "spirals", "moons", "blobs", "blobs4", "iris", "digits", "plane", "hills")


def houses(head: str = "size,town,price", rows: int = 200) -> bytes:
    """Return a table with a numeric target, a text column and missing values."""
    source = np.random.default_rng(0)
    lines = [head]
    for i in range(rows):
        size, town = source.uniform(20, 200), source.choice(["Ulm", "Aalen", "Bonn"])
        price = 2 * size + 80 * (town == "Bonn") + source.normal()
        lines.append(f"{'' if i % 19 == 0 else round(size, 1)},{town},{price:.1f}")
    return "\n".join(lines).encode()


def test_each_dataset_is_one_click_away(screen):
    pictures = []
    for name in TOYS:
        screen.find(f"toy-{name}").click()
        # The first set is the default and is not written into the address.
        expected = "" if name == "circles" else f"data={name}"
        screen.until(lambda expected=expected: expected in screen.page.url.partition("#")[2])
        screen.page.wait_for_timeout(150)
        pictures.append(screen.pixels("surface-canvas"))
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert one.shape != other.shape or not np.array_equal(one, other)


def test_noise_and_rows_change_the_points(screen):
    screen.type("rows", "120")
    screen.until(lambda: "rows=120" in screen.page.url)
    assert "84" in screen.find("row-counts").inner_text()  # 70 % of them train
    before = screen.pixels("surface-canvas")
    screen.type("data-seed", "7")
    screen.until(lambda: "dataseed=7" in screen.page.url)
    screen.until(lambda: not np.array_equal(screen.pixels("surface-canvas"), before))


def test_a_dropped_table_is_trained_on(screen):
    screen.drop("flowers.csv", IRIS)
    screen.until(lambda: "source=table" in screen.page.url)
    assert screen.find("target").input_value() == "species"
    assert "virginica" in screen.find("class-legend").inner_text()
    screen.train(200)
    assert screen.number("validation-score") > 85
    picture = screen.pixels("surface-canvas").reshape(-1, 3)
    hues = {tuple(color) for color in picture // 64}
    assert len(hues) > 6  # three regions, their points, and their edges


def test_a_chosen_file_another_target_and_fewer_columns(screen):
    screen.find("file-input").set_input_files(
        {"name": "houses.csv", "mimeType": "text/csv", "buffer": houses()}
    )
    screen.until(lambda: "target=price" in screen.page.url)
    assert screen.find("residuals-canvas").count() == 1
    screen.train(150)
    assert screen.number("validation-score") > 0.8
    screen.choose("target", "town")
    screen.until(lambda: "target=town" in screen.page.url)
    screen.find("confusion-table").wait_for()
    inputs = screen.find("column--1").inner_text()
    screen.find("columns").get_by_role("checkbox", name="price").uncheck()
    screen.until(lambda: screen.find("column--1").inner_text() != inputs)


def test_parquet_files_are_read(screen, tmp_path):
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "t.parquet"
    rng = np.random.default_rng(0)
    pandas.DataFrame({"a": rng.normal(size=90), "b": np.arange(90) % 2}).to_parquet(path)
    screen.drop("t.parquet", path.read_bytes())
    screen.until(lambda: "target=b" in screen.page.url)


def test_more_than_two_columns_are_shown_on_two_or_on_components(screen):
    screen.drop("flowers.csv", IRIS)
    screen.until(lambda: "source=table" in screen.page.url)
    screen.train(60)
    two = screen.pixels("surface-canvas")
    screen.choose("view-x", "sepal_length")
    screen.until(lambda: not np.array_equal(screen.pixels("surface-canvas"), two))
    epoch = screen.epoch
    sepals = screen.pixels("surface-canvas")
    screen.find("view-kind").get_by_role("radio", name="omponents").check()
    screen.until(lambda: "view=components" in screen.page.url)
    screen.until(lambda: not np.array_equal(screen.pixels("surface-canvas"), sepals))
    assert screen.epoch == epoch  # another view restarts nothing


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        ("one.csv", b"a\n1\n2\n", "."),
        ("same.csv", b"a,b\n" + b"1,1\n" * 30, "."),
    ],
)
def test_a_file_that_is_not_a_table_changes_nothing(screen, name, content, words):
    screen.drop(name, content)
    error = screen.find("error").first
    error.wait_for()
    assert words in error.inner_text()
    assert "source=table" not in screen.page.url
    screen.train(5)


def test_names_from_a_file_are_never_markup(screen):
    nasty = "<img src=x onerror=document.title='owned'>"
    head = f'"{nasty}","town<script>document.title=1</script>","price"'
    screen.drop(f"{nasty}.csv", houses(head))
    screen.until(lambda: "target=price" in screen.page.url)
    screen.find("columns").get_by_text(nasty).first.wait_for()
    for testid in ("table-network", "table-curves", "table-plane"):
        if screen.find(testid).count():
            screen.click(testid)
    assert screen.page.locator("img").count() == 0
    assert "owned" not in screen.page.title()
    assert screen.page.evaluate("document.querySelectorAll('body script').length") <= 1
