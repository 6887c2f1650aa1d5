"""The example that runs when no skill is named: its expected outputs obey the skill's own rules."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.cli.inputs import RunArguments, read_inputs

# Loaded by the command's own way, so that what is checked is what `make run` runs, whatever the files are called.
BODY = read_inputs(RunArguments(None, None, None, None, 1, None, Path(), None, 0.5)).body
SKILL: str = BODY["skill_content"]
CASES: list[dict[str, str]] = BODY["test_cases"]
ANSWERS: list[dict[str, Any]] = [json.loads(case["expected_output"]) for case in CASES]

# The skill is the one place where keys and values are listed; the tests read them there.
FORMAT = SKILL.partition("## What you return")[2].partition("\n## ")[0]
KEYS = re.findall(r"^- `(\w+)`:", FORMAT, flags=re.MULTILINE)
ALLOWED = {
    key: re.findall(r"`(\w+)`", values) for key, values in re.findall(r"^- `(\w+)`: one of (.+)$", FORMAT, re.MULTILINE)
}
TEAMS = {"outage": "operations", "bug": "engineering", "feature_request": "engineering", "billing": "finance",
         "privacy": "legal", "access": "support", "other": "support"}  # fmt: skip

every_case = pytest.mark.parametrize(("case", "answer"), list(zip(CASES, ANSWERS, strict=True)))


def newest_message(text: str) -> str:
    """The e-mail without its history, as the skill cuts it."""
    return re.split(r"^(?:>|On .* wrote:)", text, maxsplit=1, flags=re.MULTILINE)[0]


def account_numbers(text: str) -> set[str]:
    return {f"LB-{digits}" for digits in re.findall(r"\blb[- ]?(\d{6})\b", text, flags=re.IGNORECASE)}


def test_the_skill_is_long_enough_to_be_realistic() -> None:
    assert len(SKILL.splitlines()) >= 60


def test_the_format_is_read_from_the_skill() -> None:
    assert set(ALLOWED) == {"category", "priority", "team"}
    assert set(ALLOWED["category"]) == set(TEAMS)
    assert set(ALLOWED["team"]) == set(TEAMS.values())


def test_there_are_enough_cases_and_none_twice() -> None:
    assert len(CASES) >= 12
    assert len({case["input"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("key", ["category", "priority", "team"])
def test_every_value_is_expected_by_some_case(key: str) -> None:
    assert {answer[key] for answer in ANSWERS} == set(ALLOWED[key])


def test_every_kind_of_difficulty_is_there() -> None:
    assert len({answer["language"] for answer in ANSWERS}) >= 4, "multilingual"
    assert any(len(case["input"]) > 3_000 for case in CASES), "very long"
    assert any(newest_message(case["input"]) != case["input"] for case in CASES), "with a history"
    assert any(len(account_numbers(newest_message(case["input"]))) > 1 for case in CASES), "several accounts"
    assert any(answer["refund_cents"] == 200_00 for answer in ANSWERS), "a refund at the limit"
    assert {answer["needs_human"] for answer in ANSWERS} == {True, False}


@every_case
def test_an_expected_output_is_one_json_object_with_the_keys_in_order(
    case: dict[str, str], answer: dict[str, Any]
) -> None:
    assert list(answer) == KEYS
    assert case["expected_output"] == json.dumps(answer, ensure_ascii=False)


@every_case
def test_every_value_has_its_form(case: dict[str, str], answer: dict[str, Any]) -> None:
    for key, values in ALLOWED.items():
        assert answer[key] in values
    assert re.fullmatch(r"[a-z]{2}", answer["language"])
    assert answer["account"] is None or re.fullmatch(r"LB-\d{6}", answer["account"])
    assert answer["refund_cents"] is None or (type(answer["refund_cents"]) is int and answer["refund_cents"] > 0)
    assert type(answer["needs_human"]) is bool


@every_case
def test_the_team_follows_from_the_category_unless_personal_data_was_shown(
    case: dict[str, str], answer: dict[str, Any]
) -> None:
    shown_to_the_wrong_person = answer["priority"] == "P1" and answer["category"] != "outage"
    assert answer["team"] == ("legal" if shown_to_the_wrong_person else TEAMS[answer["category"]])


@every_case
def test_an_outage_has_the_first_priority(case: dict[str, str], answer: dict[str, Any]) -> None:
    assert answer["category"] != "outage" or answer["priority"] == "P1"


@every_case
def test_the_account_stands_in_the_newest_message(case: dict[str, str], answer: dict[str, Any]) -> None:
    given = account_numbers(newest_message(case["input"]))
    if answer["account"] is None:
        assert len(given) != 1
    else:
        assert answer["account"] in given


@every_case
def test_a_human_is_needed_where_the_fields_alone_demand_it(case: dict[str, str], answer: dict[str, Any]) -> None:
    limit = 200 if re.search(r"\d円", case["input"]) else 200_00
    if answer["priority"] == "P1" or answer["category"] == "privacy" or (answer["refund_cents"] or 0) > limit:
        assert answer["needs_human"] is True


@every_case
def test_the_summary_is_one_short_sentence_without_secrets(case: dict[str, str], answer: dict[str, Any]) -> None:
    summary = answer["summary"]
    assert 0 < len(summary) <= 140
    assert re.fullmatch(r"[A-Z][^\n]*[.]", summary)
    assert not re.search(r"[.!?] [A-Z]", summary), "more than one sentence"
    secrets = re.findall(r"(?:password|token) is (\S*\d\S*)", case["input"]) + re.findall(r"\S+@\S+", case["input"])
    assert not [secret for secret in secrets if secret in summary]
