"""moto's interpreter of the states language, put right where it is wrong about stops and keeps what is over.

- What was stopped stays stopped. As shipped, a state that is stopped between two of its steps fails for want of the
  first one's result (`pop from empty list`), and the failure takes the place of the stop.
- A wait ends with a stop, and counts fractions of seconds.
- Workers of a Map take their items in a loop. As shipped they call themselves for each, as deep as there are items.
- Ended executions are forgotten but for the newest, and ended threads at once.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.program import program
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import inline_iteration_component
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branch_worker
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.backend import execution_worker
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

ENDED_EXECUTIONS_KEPT = 20
"""AWS describes what has ended for 90 days. Here the run's row says it, and these are for the moment until it does."""
_SECONDS_TO_NOTICE_A_STOP = 0.5

_DistributedWorker = distributed_item_processor_worker.DistributedItemProcessorWorker
_WITH_THREADS = (program, execute_state, inline_iteration_component, branch_worker, execution_worker)

_name_next_state = Environment.next_state_name.fset
_set_error = Environment.set_error
_set_timed_out = Environment.set_timed_out
_retry = retrier_decl.RetrierDecl._eval_body  # noqa: SLF001 - moto has no hook for any of this
_start = Execution.start
_start_execution = StepFunctionsParserBackend.start_execution
_environment = ExecutionWorker._get_evaluation_environment  # noqa: SLF001 - as above

_executions = threading.Lock()
"""Held by who changes which executions there are. Without it two starts of one name are two executions."""


def put_right(pace: float) -> None:
    """Change the interpreter of this process. `pace` scales the waits of Retry and of Wait."""
    for module in _WITH_THREADS:
        module.TMP_THREADS = deque(maxlen=0)
    # A branch that begins after the stop would end without saying so, and be waited for.
    Environment.next_state_name = Environment.next_state_name.setter(_unless_stopped(_name_next_state))
    Environment.set_error = _unless_stopped(_set_error)
    Environment.set_timed_out = _unless_stopped(_set_timed_out)
    Execution.start = _started
    StepFunctionsParserBackend.start_execution = _alone
    ExecutionWorker._get_evaluation_environment = _never_redriven  # noqa: SLF001 - as above
    IterationWorker._eval_pool = _all_jobs(keeps_events=True)  # noqa: SLF001 - as above
    _DistributedWorker._eval_pool = _all_jobs(keeps_events=False)  # noqa: SLF001 - as above
    _scale_waits(pace)


def forget_the_oldest(ended: Any) -> None:
    """Drop the ended executions of a state machine, one of which has ended now, but for the newest."""
    backend = stepfunctions_parser_backends[ended.account_id][ended.region_name]
    with _executions:
        machine: StateMachine = backend.describe_state_machine(ended.state_machine.arn)
        over = sorted((one for one in machine.executions if one.stop_date), key=lambda one: one.stop_date)
        dropped = set(map(id, over[:-ENDED_EXECUTIONS_KEPT]))
        # A list of its own: others may be looking through the old one.
        machine.executions = [one for one in machine.executions if id(one) not in dropped]


def _unless_stopped(change: Callable[..., None]) -> Callable[..., None]:
    def changed(env: Any, *arguments: Any, **named: Any) -> None:
        with env._state_mutex:  # noqa: SLF001 - as above
            if not isinstance(env._program_state, ProgramStopped):  # noqa: SLF001 - as above
                change(env, *arguments, **named)

    return changed


def _started(execution: Any) -> None:
    """Start the execution. Until its first state is known nothing could be asked for its progress, or be stopped."""
    _start(execution)
    while (env := execution.exec_worker.env) is None or env.program_state() is None:
        time.sleep(0.002)


def _alone(*arguments: Any, **named: Any) -> Any:
    with _executions:
        return _start_execution(*arguments, **named)


def _never_redriven(worker: Any) -> Any:
    env = _environment(worker)
    # `$$.Execution.RedriveCount`, which AWS has and moto does not; and nothing here redrives.
    env.states.context_object.context_object_data["Execution"]["RedriveCount"] = 0
    return env


def _scale_waits(pace: float) -> None:
    of_this_thread = threading.local()

    def wait(env: Any, seconds: float) -> None:
        end = time.monotonic() + seconds * pace
        # The event is set and cleared at once, and may have been so before the wait.
        while env.is_running() and (left := end - time.monotonic()) > 0:
            env.program_state_event.wait(min(left, _SECONDS_TO_NOTICE_A_STOP))

    def retry(retrier: Any, env: Any) -> None:
        of_this_thread.env = env
        _retry(retrier, env)

    WaitFunction._wait_interval = lambda _, env, wait_seconds: wait(env, wait_seconds)  # noqa: SLF001 - as above
    retrier_decl.RetrierDecl._eval_body = retry  # noqa: SLF001 - as above
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: wait(of_this_thread.env, seconds))


def _all_jobs(*, keeps_events: bool) -> Callable[..., None]:
    """A worker's share of a Map. The parent keeps the ids of its events for an inline one."""

    def evaluate(worker: Any, job: Any, worker_frame: Any) -> None:
        env, pool = worker._env, worker._job_pool  # noqa: SLF001 - as above
        done = None
        while job is not None:
            if done is not None:
                pool.close_job(done)
            job_frame = worker_frame.open_inner_frame()
            worker._eval_job(env=job_frame, job=job)  # noqa: SLF001 - as above
            (worker_frame.close_frame if keeps_events else worker_frame.delete_frame)(job_frame)
            done = job
            over = isinstance(job.job_output, Exception) or worker.stopped()
            job = None if over else pool.next_job()
            if keeps_events and job is None and not over:
                # The states after the Map follow this event.
                worker_frame.event_history_context.source_event_id = (
                    job_frame.event_history_context.last_published_event_id
                )
        # Before the last job: the Map waits for its jobs, and what follows reads the frame's outcome.
        (env.close_frame if keeps_events else env.delete_frame)(worker_frame)
        if done is not None:
            pool.close_job(done)

    return evaluate
