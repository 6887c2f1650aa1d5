"""The example obeys the rules of its own skill, as far as a program can tell."""

import json
import re

import pytest

from local.cli.inputs import EXAMPLE, read_cases

CASES = read_cases(EXAMPLE / "cases.jsonl")
SKILL = (EXAMPLE / "email_triage.md").read_text(encoding="utf-8")

KEYS = ["category", "priority", "team", "language", "account", "refund_cents", "needs_human", "summary"]
TEAM_OF = {
    "outage": "operations",
    "bug": "engineering",
    "feature_request": "engineering",
    "billing": "finance",
    "privacy": "legal",
    "access": "support",
    "other": "support",
}


def test_the_example_is_long_enough_to_be_worth_a_benchmark() -> None:
    assert len(SKILL.splitlines()) >= 60
    assert len(CASES) >= 12
    assert len({case.input for case in CASES}) == len(CASES)


@pytest.mark.parametrize("index", range(len(CASES)))
def test_an_expected_output_has_the_demanded_form(index: int) -> None:
    expected = json.loads(CASES[index].expected_output or "")
    assert list(expected) == KEYS
    assert expected["priority"] in {"P1", "P2", "P3", "P4"}
    assert re.fullmatch("[a-z]{2}", expected["language"])
    assert expected["account"] is None or re.fullmatch(r"LB-\d{6}", expected["account"])
    assert expected["refund_cents"] is None or expected["refund_cents"] > 0
    assert len(expected["summary"]) <= 140
    shown_to_strangers = expected["team"] == "legal" and expected["priority"] == "P1"
    assert expected["team"] == TEAM_OF[expected["category"]] or shown_to_strangers
    if expected["category"] == "privacy" or expected["priority"] == "P1":
        assert expected["needs_human"] is True


def test_an_account_is_never_invented() -> None:
    for case in CASES:
        account = json.loads(case.expected_output or "")["account"]
        if account:
            assert re.search(rf"LB[- ]?{account[3:]}", case.input, flags=re.IGNORECASE)


def test_every_category_and_priority_occurs() -> None:
    expected = [json.loads(case.expected_output or "") for case in CASES]
    assert {answer["category"] for answer in expected} == set(TEAM_OF)
    assert {answer["priority"] for answer in expected} == {"P1", "P2", "P3", "P4"}
