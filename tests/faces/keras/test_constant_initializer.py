"""A constant as people compute it: a number, or an array with one."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import SettingError


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), [0.5], np.log([np.exp(0.5)]), ((0.5,),)])
def test_one_number_is_taken(value) -> None:
    np.testing.assert_allclose(keras.initializers.Constant(value)((2,)), [0.5, 0.5], rtol=1e-6)


@pytest.mark.parametrize("value", [[1.0, 2.0], [], np.array(["a"]), [np.nan]])
def test_other_arrays_are_refused(value) -> None:
    with pytest.raises(SettingError, match=r"`Constant\.value` must be"):
        keras.initializers.Constant(value)((2,))
