"""The processes of functions, at the end of their stack."""

import multiprocessing
from pathlib import Path

from local.aws_pipe import Answer
from local.function_process import FunctionConfig
from local.functions import Functions


def test_no_process_is_started_for_an_execution_that_outlives_the_stack(tmp_path: Path) -> None:
    held, _ = multiprocessing.Pipe(duplex=False)
    functions = Functions(tmp_path, tmp_path, tmp_path / "lock", held, lambda _: Answer(501, {}, b""))
    functions.deploy(FunctionConfig("reads", "functions.read_api.app", "lambda_handler", {}, 5, 128))
    functions.stop()
    outcome = functions.invoke("reads", b"{}")
    assert (outcome.failed, b"the stack has stopped" in outcome.payload) == (True, True)
    assert functions._sandboxes == {}
