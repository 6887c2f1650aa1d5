"""What several tests of the workflow need."""

from collections.abc import Iterator

import pytest

from tests.integration.conftest import Service


@pytest.fixture
def no_run_left(service: Service) -> Iterator[None]:
    """Ends the runs that a test has left unfinished: their claims on places would be in the way of other tests."""
    yield
    with service.database() as cursor:
        cursor.execute(
            "UPDATE benchmark_runs SET status = 'failed', completed_at = now(), error_type = 'Test', "
            "error_message = 'the test is over' WHERE status IN ('queued', 'running')"
        )
