import numpy as np
import pytest

from digest.ground.packed_arrays import pack, unpack


def test_values_and_arrays_come_back_as_they_were():
    arrays = {
        "none": np.zeros((0, 2), dtype=np.int64),
        "numbers": np.array([1, -(2**62), 3]),
        "table": np.array([[0.1, -0.0], [1e300, np.inf]])[:, ::-1],
    }
    values, found = unpack(memoryview(pack({"words": ["é", "\ud800"]}, arrays)))
    assert values == {"words": ["é", "\ud800"]}
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_arrays_are_views_that_nobody_changes():
    _, found = unpack(memoryview(pack(None, {"a": np.arange(3)})))
    with pytest.raises(ValueError, match="read-only"):
        found["a"][0] = 7


@pytest.mark.parametrize("kind", ["object", "int8"])
def test_other_types_are_refused(kind):
    packed = pack(None, {"a": np.arange(3).astype(kind)})
    with pytest.raises(ValueError, match="an array of the type"):
        unpack(memoryview(packed))
