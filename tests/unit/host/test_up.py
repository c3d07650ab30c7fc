"""What is looked at before anything is started."""

import socket

import pytest

from services.host.up import check_port
from shared.errors import SettingInvalid
from shared.settings import Environment


def test_a_port_that_is_taken_is_said_in_one_sentence_before_the_start() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(SettingInvalid, match=rf"127\.0\.0\.1:{port}.*choose another port"):
            check_port(Environment(host="127.0.0.1", port=port))


def test_a_free_port_is_fine() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]

    check_port(Environment(host="127.0.0.1", port=port))
