"""A page is never more than Lambda can return, and never less than one item, whatever characters its texts have."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from skill_benchmark.api import pages
from skill_benchmark.api.bodies import as_json
from skill_benchmark.api.shapes.labels import Verdict, VerdictPage
from skill_benchmark.api.shapes.reports import Comparison, ModelPair, ModelSummary
from skill_benchmark.api.shapes.runs import (
    RESULT_EXAMPLE,
    RUN_EXAMPLE,
    LatestRun,
    Result,
    ResultPage,
    Run,
    RunPage,
)
from skill_benchmark.api.shapes.skills import TrainingExample, TrainingExamplePage
from skill_benchmark.domain.checks.outcome import MAX_DETAIL_LENGTH
from skill_benchmark.domain.limits import MAX_BRANCHES, MAX_JUDGES, MAX_RUBRIC_BYTES, MAX_TEXT_BYTES

LIMIT = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, to the byte as its error says it."""

CHARACTERS = {
    "control": "\x01",
    "quote": '"',
    "backslash": "\\",
    "delete": "\x7f",
    "line separator": "\u2028",
    "change of direction": "\u202e",
    "tag": "\U000e0041",
    "two bytes": "\u00e9",
    "four bytes": "\U0001f600",
    "plain": "a",
}
LONGEST_NAME = "\U0001f600" * 200


def as_sent(body: BaseModel) -> int:
    """Bytes of the whole response, in the larger of the two ways in which Lambda's runtimes write it."""
    response = {
        "statusCode": 200,
        "body": as_json(body),
        "isBase64Encoded": False,
        "headers": {"Content-Type": "application/json", "ETag": '"' + "0" * 32 + '"', "Vary": "authorization"},
        "cookies": [],
    }
    return max(len(json.dumps(response)), len(json.dumps(response, ensure_ascii=False).encode()))


def example_of(shape: type[BaseModel]) -> dict[str, Any]:
    found: Any = shape.model_config["json_schema_extra"]
    return dict(found["examples"][0])


def a_result(**changes: Any) -> Result:
    return Result.model_validate({**RESULT_EXAMPLE, **changes})


def a_run(**changes: Any) -> Run:
    return Run.model_validate({**RUN_EXAMPLE, **changes})


def page_of(results: Sequence[Result], *, more: bool = False, spent: int = 0) -> ResultPage:
    items, cursor = pages.page(results, lambda last: f"behind-{last.id}", more=more, spent=spent)
    return ResultPage(items=items, next_cursor=cursor)


@pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
def test_a_result_of_the_longest_texts_comes_out_alone_and_says_what_was_cut(character: str) -> None:
    text = character * (MAX_TEXT_BYTES // len(character.encode()))
    check = {"type": "exact", "passed": False, "detail": character * MAX_DETAIL_LENGTH}
    whole = a_result(
        input_used=text,
        output_produced=text * 8,
        quality_notes=text,
        check_results=[check] * 20,
        model_name=LONGEST_NAME,
    )
    page = page_of([whole, a_result()])
    assert as_sent(page) <= LIMIT
    assert page.next_cursor == f"behind-{whole.id}"
    [shown] = page.items
    assert "output_produced" in shown.cut
    for name in ("input_used", "output_produced", "quality_notes"):
        before, after = getattr(whole, name), getattr(shown, name)
        assert before.startswith(after)
        assert (after == before) == (name not in shown.cut)
    # Nothing is cut that would have fitted.
    assert as_sent(page) > LIMIT - 200_000


@pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
def test_pages_of_texts_of_all_lengths_together_hold_every_item_once(character: str) -> None:
    drawn = random.Random(1)
    lengths = [drawn.choice([1, 100, 10_000, 100_000, 900_000]) for _ in range(20)]
    waiting = [
        a_result(test_case_index=index, output_produced=character * length) for index, length in enumerate(lengths)
    ]
    seen: list[int] = []
    while waiting:
        page = page_of(waiting)
        assert page.items
        assert as_sent(page) <= LIMIT
        seen += [item.test_case_index for item in page.items]
        waiting = waiting[len(page.items) :]
        assert (page.next_cursor is None) == (not waiting)
    assert seen == list(range(20))


def test_where_nothing_is_left_to_cut_it_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="nothing is left to cut"):
        page_of([a_result()], spent=pages.MAX_PAGE_BYTES)


def test_nothing_is_cut_where_all_fits() -> None:
    results = [a_result(test_case_index=index, output_produced="a" * 10_000) for index in range(500)]
    page = page_of(results)
    assert page == ResultPage(items=results, next_cursor=None)
    assert page_of(results, more=True).next_cursor is not None
    assert page_of([], more=False) == ResultPage(items=[], next_cursor=None)


def the_largest_run() -> Run:
    """Every field as long as a run may have it; nothing of a run is cut."""
    names = [LONGEST_NAME[:-3] + f"{index:03}" for index in range(MAX_BRANCHES)]
    return a_run(
        models=names,
        judges=names[:MAX_JUDGES],
        best_model_tied_with=names,
        warnings=[f"{name} {'x' * 300}" for name in names],
        triggered_by=LONGEST_NAME,
        rubric="\x01" * MAX_RUBRIC_BYTES,
        error_message="\x01" * 1_000,
    )


def test_the_largest_run_comes_out_whole() -> None:
    runs = [the_largest_run()] * 3
    items, cursor = pages.page(runs, lambda last: last.id, more=False)
    page = RunPage(items=items, next_cursor=cursor)
    assert as_sent(page) <= LIMIT
    assert page.items == runs


def test_many_of_the_largest_runs_come_in_pages() -> None:
    runs = [the_largest_run()] * 40
    items, cursor = pages.page(runs, lambda last: last.id, more=False)
    assert 1 <= len(items) < 40
    assert cursor is not None
    assert as_sent(RunPage(items=items, next_cursor=cursor)) <= LIMIT


def test_the_latest_run_leaves_room_for_itself() -> None:
    run = the_largest_run()
    results = [a_result(output_produced="\x01" * 1_000_000)] * 3
    for found in (results, [a_result(output_produced="\x01" * 9_000)] * 100):
        page = page_of(found, spent=pages.sent_bytes(run))
        assert as_sent(LatestRun(run=run, results=page)) <= LIMIT
        assert page.items
        assert page.next_cursor is not None


def test_a_verdict_that_is_too_long_is_cut_and_so_is_an_example() -> None:
    example = example_of(VerdictPage)
    long = "\x01" * 2_000_000
    verdict = Verdict.model_validate({**example["items"][0], "quality_notes": long, "evidence_quotes": [long, "short"]})
    items, cursor = pages.page([verdict], lambda last: last.judge, more=False)
    assert as_sent(VerdictPage(items=items, next_cursor=cursor)) <= LIMIT
    assert items[0].cut == ["evidence_quotes", "quality_notes"]
    shown = example_of(TrainingExamplePage)
    training = TrainingExample.model_validate({**shown["items"][0], "example_input": "\x01" * (MAX_TEXT_BYTES - 1)})
    kept, _ = pages.page([training], lambda last: str(last.id), more=False)
    assert as_sent(TrainingExamplePage(items=kept, next_cursor=None)) <= LIMIT
    assert kept[0].cut == ["example_input"]


def test_a_comparison_of_a_hundred_models_of_the_longest_names_comes_in_pages_of_pairs() -> None:
    example = example_of(Comparison)
    names = the_largest_run().models
    [summary] = example["models"]
    found = Comparison.model_validate(
        {
            **example,
            "models": [ModelSummary.model_validate({**summary, "model_name": name}) for name in names],
            "warnings": the_largest_run().warnings,
            "best_model_tied_with": names,
        }
    )
    pairs = [
        ModelPair.model_validate(
            {
                **dict.fromkeys(ModelPair.model_fields, None),
                "model_a": names[0],
                "model_b": name,
                "cases": 0,
                "wins": 0,
                "ties": 0,
                "losses": 0,
                "reason": "x" * 200,
            }
        )
        for name in names
    ] * 50
    items, cursor = pages.page(pairs, lambda last: last.model_b, more=False, spent=pages.sent_bytes(found))
    assert 1 <= len(items) < len(pairs)
    assert as_sent(found.model_copy(update={"pairs": items, "next_cursor": cursor})) <= LIMIT
