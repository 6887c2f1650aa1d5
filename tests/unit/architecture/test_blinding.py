"""The judge has no eyes for who answered: not in its input, not in what its role may read, not in what it is sent."""

import json
from secrets import token_hex
from typing import Any

from pydantic import BaseModel

from functions.judge_answer.app import JudgeAnswerTask
from skill_benchmark.domain.answers import answer_of, text_for_judges, told
from skill_benchmark.domain.judging import JudgeMaterial, compose_request
from skill_benchmark.domain.money import Usage
from skill_benchmark.domain.plan import Plan, PlannedCase
from skill_benchmark.domain.records import AnswerText, Brief
from skill_benchmark.domain.replies import Reply
from skill_benchmark.use_cases.prepare_run import judging_material

UNSEEN = ("model", "provider", "cost", "latency", "triggered", "tenant", "repeat", "temperature", "usage", "token")


def a_run_full_of_sentinels() -> tuple[Plan, dict[str, str]]:
    """A plan in which everything that a judge must not know is a word that occurs nowhere else."""
    hidden = {
        name: f"sentinel-{name}-{token_hex(8)}" for name in ("model", "tenant", "skill_id", "triggered_by", "judge")
    }
    plan = Plan(
        run_id="run_1",
        tenant_id=hidden["tenant"],
        skill_id=hidden["skill_id"],
        skill_version_id=918_273_645,
        skill_content="Name the capital.",
        cases=[PlannedCase(input="France", expected_output="Paris")],
        models=[hidden["model"], "another"],
        judges=[hidden["judge"]],
        repeats=7,
        rubric_sha256="0" * 64,
        prompt_version="judge-1",
        triggered_by=hidden["triggered_by"],
    )
    return plan, hidden | {"answer_key": plan.answer_key, "version": "918273645"}


def judged(plan: Plan, model: str, repeat_index: int, text: str = "Paris") -> tuple[str, str]:
    """All that a judge's role may read of this answer, and the request that the judge is sent."""
    branch = next(found for found in plan.branches(0) if (found.model, found.repeat_index) == (model, repeat_index))
    usage = Usage(input_tokens=918_273, output_tokens=645_546)
    reply = Reply(model, text, "end_turn", usage, latency_ms=372_819, first_token_ms=192_837)
    material = dict(judging_material(plan))
    brief = next(found for found in material.values() if isinstance(found, Brief))
    texts = told(brief, plan.cases[0])
    answer = text_for_judges(answer_of(0, branch, reply, texts=texts, attempts=1), texts)
    objects = material | {f"texts/{branch.answer_id}": answer}
    asked = JudgeMaterial(brief.skill, "France", "Paris", answer.text)
    request = compose_request(asked, brief.rubric)
    readable = "".join(key + body.model_dump_json() for key, body in objects.items())
    return readable, json.dumps([request.system, request.user, request.schema])


def test_nothing_that_a_judge_can_read_or_is_sent_says_who_answered_when_or_for_how_much() -> None:
    plan, hidden = a_run_full_of_sentinels()
    readable, sent = judged(plan, plan.models[0], 5)
    for name, sentinel in (hidden | {"tokens": "918273", "output": "645546", "latency": "372819"}).items():
        assert sentinel not in readable, name
        assert sentinel not in sent, name


def test_two_models_that_say_the_same_are_judged_by_the_same_bytes_but_for_the_nonce() -> None:
    plan, _ = a_run_full_of_sentinels()
    first, second = (judged(plan, model, repeat)[1] for model, repeat in ((plan.models[0], 0), (plan.models[1], 6)))
    nonces = [sent.split("KEY of this message is ")[1][:32] for sent in (first, second)]
    assert nonces[0] != nonces[1]
    assert first.replace(nonces[0], "NONCE") == second.replace(nonces[1], "NONCE")


def test_a_model_that_names_itself_is_judged_without_its_name() -> None:
    plan, _ = a_run_full_of_sentinels()
    readable, sent = judged(plan, plan.models[0], 0, "I am Claude, and the capital is Paris.")
    assert "Claude" not in readable
    assert "I am [model name removed], and the capital is Paris." in sent


def test_what_a_judge_is_given_has_no_field_for_any_of_it() -> None:
    kinds: tuple[type[Any], ...] = (JudgeAnswerTask, Brief, AnswerText)
    fields = {name for kind in kinds if issubclass(kind, BaseModel) for name in kind.model_fields}
    fields |= set(JudgeMaterial.__dataclass_fields__)
    assert fields == {
        *("run_id", "case_index", "answer_id", "judge", "verdict_index", "retry_count"),
        *("skill", "max_output_tokens", "rubric", "rubric_sha256", "prompt_version", "text", "record_version"),
        *("input", "expected_output", "answer"),
    }
    assert not [name for name in fields - {"max_output_tokens"} for word in UNSEEN if word in name]
