"""Numbers of different cards agree with each other after every kind of edit."""

from __future__ import annotations


def accuracy_of_table(screen) -> float:
    """Return the share of right predictions in the confusion matrix, in percent."""
    cells = screen.find("confusion-table").locator("tbody td").all_inner_texts()
    rows = [[int(text) for text in cells[i : i + 2]] for i in (0, 3)]
    return 100 * (rows[0][0] + rows[1][1]) / sum(map(sum, rows))


def agrees(screen) -> None:
    """Wait until the header's accuracy is that of the confusion matrix."""
    screen.until(
        lambda: abs(screen.number("validation-score") - accuracy_of_table(screen)) < 0.06, 5
    )


def test_the_header_agrees_with_the_confusion_matrix_after_every_edit(screen):
    screen.train(60)
    agrees(screen)
    assert screen.number("validation-score") > 99
    loss = screen.number("validation-loss")

    screen.click("unit-1-0")
    screen.type("weight-bias", "-900")
    screen.until(lambda: screen.number("validation-loss") > 10 * loss)
    screen.until(lambda: screen.number("validation-score") == 50)  # all rows are predicted orange
    agrees(screen)

    for button in ("step", "epoch"):
        screen.click(button)
        agrees(screen)
    screen.type("rows", "200")
    screen.until(lambda: screen.epoch == 0)
    agrees(screen)
    screen.train(30)
    agrees(screen)
    screen.click("rewind")
    screen.until(lambda: screen.epoch == 0)
    agrees(screen)


def test_a_landscape_is_marked_once_the_network_has_changed(screen):
    screen.train(20)
    screen.choose("landscape-steps", "11")
    screen.click("landscape")
    screen.find("landscape-canvas").wait_for()
    assert screen.find("landscape-stale").count() == 0
    epoch = screen.epoch
    screen.click("epoch")
    stale = screen.find("landscape-stale")
    stale.wait_for()
    assert f"epoch {epoch:,}" in stale.inner_text()
    screen.click("landscape")
    stale.wait_for(state="detached")


def test_why_training_ended_is_not_shown_while_it_runs(tab):
    screen = tab("data=xor&epochs=4")
    screen.fast()
    screen.click("play")
    screen.find("stopped").wait_for()
    screen.find("card-training").locator("summary").click()
    screen.type("epochs", "1000000")
    screen.until(lambda: "epochs=4" not in screen.page.url)
    assert screen.find("stopped").count() == 0
    screen.click("play")
    screen.until(lambda: screen.epoch > 10)
    assert screen.find("stopped").count() == 0
    assert screen.find("announcer").text_content() == "Training is running"


def test_a_changed_learning_rate_is_shown_everywhere_at_once(tab):
    screen = tab("schedule=cosine&epochs=1000")
    screen.click("epoch")
    screen.until(lambda: screen.epoch == 1)
    screen.type("learning-rate", "0.5")
    screen.until(lambda: 0.49 < screen.number("current-learning-rate") <= 0.5)


def test_a_lesson_closes_when_other_data_are_chosen(screen):
    screen.click("presets")
    screen.click("preset-overfitting")
    screen.find("idea").wait_for()
    screen.find("toy-blobs4").click()
    screen.find("idea").wait_for(state="detached")


def test_the_range_of_a_unit_is_that_of_its_outputs(tab):
    screen = tab("data=moons&layers=3relu")
    screen.train(20)
    for unit in range(3):
        screen.click(f"unit-0-{unit}")
        text = screen.find("unit-panel").inner_text()
        assert "from 0 to " in text  # a ReLU is never negative
