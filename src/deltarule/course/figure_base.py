"""The base of all figures: controls, a state, SVG pictures of it, and a sentence with its numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from deltarule._common.checks import one_of
from deltarule.course.controls import Control, Slider, Value, as_json
from deltarule.course.figure_style import figure_style
from deltarule.drawing.svg import Fragment, element, printable
from deltarule.errors import SettingError


class Figure(ABC):
    """A figure with controls.

    A subclass states `name`, `title` and `controls`, and has `restart`, `panels` and `sentence`; one that
    trains also `step`, one with handles also `move`. Numbers come from deltarule's
    functions, never from the figure itself.

    `**values`: values of controls, instead of those that they start with.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    controls: ClassVar[tuple[Control, ...]] = ()
    trains: ClassVar[bool] = False
    frame_ms: ClassVar[int] = 60
    """Shortest time between two steps while the figure plays, in milliseconds."""

    def __init__(self, **values: Value) -> None:
        self._given = values
        self.reset()

    def reset(self) -> None:
        """Return to the values at the start."""
        self._values: dict[str, Value] = {one.name: one.start for one in self.controls}
        for name, value in self._given.items():
            self._values[name] = self._control(name).read(self.name, value)
        self.restart()

    def set(self, name: str, value: Any) -> None:
        """Set the value of a control.

        Raises `SettingError` for a control or a value that does not exist.
        """
        self._values[name] = self._control(name).read(self.name, value)
        self.changed(name)

    def number(self, name: str) -> float:
        """Return the value of a slider; of a logarithmic one 10 to its power."""
        control = self._control(name)
        value = float(self._values[name])
        return 10.0**value if isinstance(control, Slider) and control.logarithmic else value

    def chosen(self, name: str) -> str:
        """Return the value of a choice."""
        return str(self._values[name])

    def is_on(self, name: str) -> bool:
        """Return whether a switch is on."""
        return bool(self._values[name])

    def put(self, **values: float) -> None:
        """Set sliders to the nearest values that they have, without calling `changed`."""
        for name, value in values.items():
            control = self._control(name)
            if not isinstance(control, Slider):
                raise TypeError(f"{name} is not a slider")
            steps = round((value - control.low) / control.step)
            value = round(control.low + steps * control.step, 9)
            self._values[name] = min(max(value, control.low), control.high)

    # What a subclass overrides.

    @abstractmethod
    def restart(self) -> None:
        """Compute the state from the current values; of a figure that trains, before training."""

    def changed(self, name: str) -> None:
        """React to a control; by default training starts again."""
        self.restart()

    def move(self, handle: str, x: float, y: float) -> None:
        """React to a handle that was dragged to (x, y), in the coordinates of its picture."""
        raise SettingError(f"{self.name}: handle", "is not in this figure", handle)

    def step(self) -> bool:
        """Train a bit; return whether training goes on."""
        return False

    @abstractmethod
    def panels(self) -> Sequence[Fragment]:
        """Return the pictures, which are shown side by side where there is room."""

    @abstractmethod
    def sentence(self) -> str:
        """Return what the pictures show, in a sentence or two with the numbers."""

    # What hosts ask for.

    def picture(self) -> Fragment:
        """Return the pictures as HTML."""
        panels = (element("div", panel, class_="panel") for panel in self.panels())
        return element("div", *panels, class_="panels")

    def described(self) -> list[dict[str, Any]]:
        """Return the controls with their values, as the page reads them."""
        return [as_json(control, self._values[control.name]) for control in self.controls]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.sentence()}>"

    def _repr_html_(self) -> str:
        body = element(
            "figure",
            element("style", Fragment(figure_style())),
            self.picture(),
            element("figcaption", self.sentence(), class_="sentence"),
            class_="course-figure",
        )
        return printable(body)

    def _control(self, name: str) -> Control:
        names = [control.name for control in self.controls]
        return self.controls[names.index(one_of(f"{self.name}: control", name, names))]
