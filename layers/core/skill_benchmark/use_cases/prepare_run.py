"""Prepare a run: what its Map, its models and its judges read, made of its plan."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel
from pydantic_core import to_json

from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, TestCase
from skill_benchmark.domain.records import Brief

_WRITERS = 32


def prepare_run(store: ObjectStore, run_id: str, *, previews: bool = False) -> int:
    """Write the material of a run. Done again it changes nothing. Returns the number of test cases.

    Raises LookupError when there is no plan.
    """
    plan = store.require(record_keys.plan(run_id), Plan)
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(lambda item: store.put_once(*item), judging_material(plan)))
    # Last, because the Map that reads it may rely on the rest.
    store.put_bytes_once(record_keys.cases(plan.run_id), to_json(list(plan.map_items(previews=previews))))
    return len(plan.cases)


def judging_material(plan: Plan) -> Iterable[tuple[str, BaseModel]]:
    """All that models and judges are given, by key."""
    brief = Brief(
        skill=plan.skill_content,
        max_output_tokens=plan.max_output_tokens,
        rubric=plan.rubric,
        rubric_sha256=plan.rubric_sha256,
        prompt_version=plan.prompt_version,
    )
    yield record_keys.brief(plan.run_id), brief
    for index, case in enumerate(plan.cases):
        yield record_keys.case(plan.run_id, index), TestCase(input=case.input, expected_output=case.expected_output)
