import os
import socket

import pytest

from jackline.contain.keeper.sockets import MAX_NAME, address


@pytest.mark.parametrize("length", [20, MAX_NAME, MAX_NAME + 1, 400])
def test_a_path_of_any_length_is_bound_and_reached(tmp_path, length):
    place = tmp_path
    while len(str(place)) + 60 < length:
        place /= "d" * 50
    place.mkdir(parents=True, exist_ok=True)
    path = str(place / "s" if length <= MAX_NAME else place / ("s" * 60))
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as caller:
        with address(path) as name:
            listener.bind(name)
        listener.listen()
        with address(path) as name:
            caller.connect(name)
    assert os.path.exists(path)


def test_a_directory_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="No such file"), address(str(tmp_path / ("x" * 200) / "s")):
        pass
