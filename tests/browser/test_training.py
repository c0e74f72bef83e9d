"""Play, pause, step and rewind, and their effect on the picture."""

from __future__ import annotations

import numpy as np


def test_the_boundary_moves_during_training_and_not_when_paused(screen):
    before = screen.pixels("surface-canvas")
    screen.train(100)
    after = screen.pixels("surface-canvas")
    assert (np.abs(after - before).max(axis=2) > 60).mean() > 0.2
    epoch = screen.epoch
    screen.page.wait_for_timeout(400)
    assert screen.epoch == epoch
    assert np.array_equal(screen.pixels("surface-canvas"), after)


def test_the_disc_is_blue_and_the_ring_orange(screen):
    screen.train(300)
    picture = screen.pixels("surface-canvas")
    height, width, _ = picture.shape
    # The plane's own middle: between the axes' labels and the right edge.
    middle = np.median(picture[height // 3 : height // 2, width // 2 : 2 * width // 3], axis=(0, 1))
    corner = np.median(picture[12:30, width - 40 : width - 15], axis=(0, 1))
    assert middle[2] > middle[0]
    assert corner[0] > corner[2]
    assert screen.number("validation-score") > 95


def test_rewind_paints_the_initial_picture(screen):
    start = screen.pixels("surface-canvas")
    screen.train(50)
    screen.click("rewind")
    screen.until(lambda: screen.epoch == 0)
    screen.page.wait_for_timeout(200)
    assert np.array_equal(screen.pixels("surface-canvas"), start)


def test_one_step_and_one_epoch(screen):
    weights = screen.pixels("network-canvas")
    screen.click("step")
    screen.until(lambda: not np.array_equal(screen.pixels("network-canvas"), weights))
    assert screen.epoch == 0
    screen.click("epoch")
    screen.until(lambda: screen.epoch == 1)


def test_speed_can_be_chosen(screen):
    screen.choose("speed", screen.find("speed").locator("option").first.get_attribute("value"))
    screen.click("play")
    screen.page.wait_for_timeout(1500)
    slow = screen.epoch
    screen.fast()
    screen.page.wait_for_timeout(1500)
    assert slow <= 20
    assert screen.epoch > 20 * max(slow, 1)


def test_the_learning_rate_changes_during_training(screen):
    screen.click("play")
    screen.until(lambda: screen.epoch > 3)
    screen.type("learning-rate", "0.123")
    screen.until(lambda: "rate=0.123" in screen.page.url)
    assert screen.find("play").get_attribute("aria-label") == "Pause"
    screen.pause()
    assert screen.epoch > 3
    assert "0.123" in screen.changes


def test_divergence_is_shown_with_its_layer_and_advice(tab):
    screen = tab("data=hills&layers=8relu,8relu&optimizer=gradient_descent&rate=5")
    screen.click("play")
    stopped = screen.find("stopped")
    stopped.wait_for()
    text = stopped.inner_text()
    assert "diverged" in text
    assert "epoch" in text
    assert "layer" in text
    assert "learning rate" in text
    assert screen.find("play").get_attribute("aria-label") == "Play"
    screen.type("learning-rate", "0.01")
    screen.until(lambda: "rate=5" not in screen.page.url)  # 0.01 is the dataset's default
    screen.click("play")
    screen.until(lambda: screen.epoch > 20)
    assert screen.number("training-loss") < 1


def test_patience_stops_training(tab):
    screen = tab("data=moons&rows=60&noise=0.35&layers=24relu&patience=10")
    screen.fast()
    screen.click("play")
    screen.find("stopped").wait_for()
    assert "did not improve for 10 epochs" in screen.find("stopped").inner_text()


def test_curves_have_a_table_behind_them(screen):
    screen.train(40)
    screen.click("table-curves")
    table = screen.find("card-curves").get_by_role("table").first
    assert table.get_by_role("row").count() > 5
    assert "Epoch" in table.inner_text()


def test_the_confusion_matrix_counts_the_rows(screen):
    screen.train(100)
    cells = screen.find("confusion-table").locator("td").all_inner_texts()
    counts = [int(text.split()[0]) for text in cells if text.split() and text.split()[0].isdigit()]
    assert sum(counts[:4]) >= 150


def test_the_landscape_is_drawn_with_the_trajectory(screen):
    screen.train(60)
    screen.click("landscape")
    canvas = screen.find("landscape-canvas")
    canvas.wait_for()
    screen.until(
        lambda: len(np.unique(screen.pixels("landscape-canvas").reshape(-1, 3), axis=0)) > 50
    )
