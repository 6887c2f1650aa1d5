"""Records are read for as long as they lie there: those from before they had a version too."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import AnswerRecord, Failure, LostAttempt, VerdictRecord
from tests.unit.domain.examples import a_plan, a_verdict, an_answer

OLD_ANSWER = (
    b'{"answer_id":"9f86d081884c7d659a2feaa0c55ad015","case_index":3,"model":"claude-haiku-5-5","repeat_index":0,'
    b'"outcome":"answered","text":"Paris.","text_sanitized":false,"self_identification_redacted":false,'
    b'"injection_reasons":[],"stop_reason":"end_turn","error_message":null,"call":{"usage":{"input_tokens":21,'
    b'"output_tokens":4,"cache_read_tokens":0,"cache_write_tokens":0,"cache_write_1h_tokens":0,"service_tier":'
    b'"standard","speed":null},"latency_ms":412,"first_token_ms":180,"cost_microcents":4100,'
    b'"cost_missing_reason":null,"attempts":1}}'
)
OLD_VERDICT = (
    b'{"answer_id":"9f86d081884c7d659a2feaa0c55ad015","judge":"claude-opus-5-5","verdict_index":0,"status":"scored",'
    b'"repaired":false,"verdict":{"evidence_quotes":["Paris."],"quality_notes":"Right.","faithfulness_score":100,'
    b'"relevancy_score":100,"precision_score":95,"recall_score":90,"quality_score":97,"matches_expected":true},'
    b'"had_reference":true,"input_sha256":"9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0c55ad015",'
    b'"rubric_sha256":"0000000000000000000000000000000000000000000000000000000000000000",'
    b'"prompt_version":"judge-2","call":{"usage":null,"latency_ms":700,"first_token_ms":null,'
    b'"cost_microcents":900,"cost_missing_reason":null,"attempts":1}}'
)
OLD_LOST_ATTEMPT = (
    b'{"answer_id":"9f86d081884c7d659a2feaa0c55ad015","judge":null,"verdict_index":0,"error_type":"ModelTimeout",'
    b'"error_message":"late","call":{"usage":null,"latency_ms":null,"first_token_ms":null,"cost_microcents":null,'
    b'"cost_missing_reason":"no usage","attempts":1}}'
)


NEWER: dict[str, Any] = {
    "record_version": True,
    "call": {"usage": {"inference_geo": True, "other_charges": True}},
}


def test_records_from_before_there_were_versions_are_read_to_the_last_value() -> None:
    for kind, body in ((AnswerRecord, OLD_ANSWER), (VerdictRecord, OLD_VERDICT), (LostAttempt, OLD_LOST_ATTEMPT)):
        record = kind.model_validate_json(body)
        assert record.record_version == 1
        assert record.model_dump_json(exclude=NEWER).encode() == body


@pytest.mark.parametrize("record", [an_answer(), a_verdict()])
def test_a_record_says_its_version(record: AnswerRecord | VerdictRecord) -> None:
    assert record.model_dump(mode="json")["record_version"] == 1


def test_a_record_of_a_version_that_is_not_known_is_refused_and_not_guessed() -> None:
    with pytest.raises(ValidationError, match="record_version"):
        AnswerRecord.model_validate_json(OLD_ANSWER.replace(b"{", b'{"record_version":2,', 1))


def test_a_plan_from_before_there_were_versions_is_read_and_is_the_same_plan() -> None:
    plan = a_plan()
    old = plan.model_dump_json(exclude={"record_version"})
    assert "record_version" not in old
    assert Plan.model_validate_json(old) == plan
    assert Plan.model_validate_json(old).sha256 == plan.sha256
    with pytest.raises(ValidationError, match="record_version"):
        Plan.model_validate_json(plan.model_dump_json().replace('"record_version":1', '"record_version":2'))


def test_a_failure_keeps_nothing_that_no_row_can_hold() -> None:
    """What a provider or a gateway answered is in it."""
    caught = Failure.of("Model\x00Rejected", json.dumps({"errorMessage": "a\x00b \ud83d c", "errorType": "x"}))
    assert (caught.error_type, caught.message) == ("ModelRejected", "ab  c")
    assert Failure.from_json(json.dumps({"Error": "X", "Cause": "a\x00b"}).encode()).message == "ab"


@pytest.mark.parametrize("said", ["\x00", "\ud800", json.dumps({"errorMessage": "\x00"})])
def test_a_failure_of_which_nothing_is_left_still_has_a_name_and_a_message(said: str) -> None:
    assert Failure.of("\x00", said) == Failure(error_type="Unknown", message="no cause was given")
    assert Failure.of("ModelRejected", said).message == "ModelRejected"


def test_a_failure_with_a_bare_control_character_is_read() -> None:
    cause = '{"errorMessage": "a\x00\x01b", "errorType": "x"}'
    for body in (json.dumps({"Error": "X", "Cause": cause}), '{"Error": "X", "Cause": "a\x00\x01b"}'):
        for written in (body, json.dumps(body)):
            assert Failure.from_json(written.encode()) == Failure(error_type="X", message="a\x01b")
