import signal

import pytest

from local.cli.interrupts import interrupts_noted

NUMBERS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_is_noted_and_raised_where_it_is_asked_for(number: signal.Signals) -> None:
    with interrupts_noted() as interruption:
        interruption.check()
        signal.raise_signal(number)
        assert interruption.came
        with pytest.raises(KeyboardInterrupt):
            interruption.check()


def test_what_fails_after_a_signal_fails_by_it() -> None:
    def interrupted_server() -> None:
        signal.raise_signal(signal.SIGINT)
        raise OSError("the server ended")

    with pytest.raises(KeyboardInterrupt), interrupts_noted():
        interrupted_server()


def test_a_failure_without_a_signal_is_itself() -> None:
    with pytest.raises(OSError, match="the server ended"), interrupts_noted():
        raise OSError("the server ended")


def test_afterwards_signals_do_what_they_did() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    with interrupts_noted():
        assert [signal.getsignal(number) for number in NUMBERS] != before
    assert [signal.getsignal(number) for number in NUMBERS] == before
