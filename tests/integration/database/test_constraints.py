"""Each constraint refuses the row that it is there to refuse, and is the one that does."""

from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation
from psycopg.types.json import Jsonb

from skill_benchmark.adapters.postgres import Cursor, tenant_transaction
from tests.integration.database.conftest import OWNER, Server
from tests.integration.database.rows import ROWS, insert, seed, sha256, valid_rows

Case = tuple[str, dict[str, Any]]

SCORES = ("quality_score", "faithfulness_score", "relevancy_score", "precision_score", "recall_score")
UNSCORED = dict.fromkeys(SCORES)
MEANS = (
    "mean_quality_score",
    "mean_faithfulness_score",
    "mean_relevancy_score",
    "mean_precision_score",
    "mean_recall_score",
)
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
NO_TOKENS = dict.fromkeys((*TOKENS, "mean_input_tokens", "mean_output_tokens", "mean_total_tokens"))
NO_LATENCY = dict.fromkeys(("latency_ms_mean", "latency_ms_p50", "latency_ms_p95"))
NO_COST = dict.fromkeys(("estimated_cost_microcents", "mean_cost_microcents"))
NO_SCORES = dict.fromkeys((*MEANS, "top_score_share"))
NO_MATCHES = {"matched_results": 0, "match_counted_results": 0, "match_rate": None}


def negative(*columns: str) -> list[dict[str, Any]]:
    return [{column: -1} for column in columns]


def missing(*columns: str) -> list[dict[str, Any]]:
    return [{column: None} for column in columns]


def out_of_range(*columns: str, highest: float = 100) -> list[dict[str, Any]]:
    return [{column: value} for column in columns for value in (-1, highest + 1)]


CHECKS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "skills_id_check": ("skills", [{"id": ""}, {"id": "x" * 201}]),
    "skills_name_check": ("skills", [{"name": ""}]),
    "skill_versions_number_check": ("skill_versions", [{"version_number": 0}]),
    "skill_versions_content_check": ("skill_versions", [{"content": "", "content_sha256": sha256("")}]),
    "skill_versions_content_sha256_check": (
        "skill_versions",
        [{"content_sha256": sha256("something else")}, {"content_sha256": ""}],
    ),
    "skill_feedback_type_check": ("skill_feedback", [{"feedback_type": "training_exmaple"}]),
    "skill_feedback_status_check": ("skill_feedback", [{"status": "Accepted"}]),
    "benchmark_runs_id_check": (
        "benchmark_runs",
        [{"id": id_} for id_ in ("", "run_", "1", "run_a/b", "run_a b", "run_\n", "run_" + "x" * 77)],
    ),
    "benchmark_runs_status_check": ("benchmark_runs", [{"status": "done"}]),
    "benchmark_runs_running_check": (
        "benchmark_runs",
        [{"status": "running", "completed_at": None, "started_at": None}],
    ),
    "benchmark_runs_ended_check": (
        "benchmark_runs",
        [
            *[{"status": status, "completed_at": None} for status in ("completed", "completed_with_failures")],
            *[
                {"status": status, "completed_at": None, "error_type": "E", "error_message": "e"}
                for status in ("failed", "cancelled")
            ],
            *[{"status": status} for status in ("queued", "running")],
        ],
    ),
    "benchmark_runs_completed_check": (
        "benchmark_runs",
        [
            {"status": status} | unknown
            for status in ("completed", "completed_with_failures")
            for unknown in missing("started_at", "scored_results")
        ],
    ),
    "benchmark_runs_failed_check": (
        "benchmark_runs",
        [
            {"status": "failed"},
            {"status": "failed", "error_type": "ModelTimeout"},
            {"status": "failed", "error_message": "no reason"},
        ],
    ),
    "benchmark_runs_models_check": (
        "benchmark_runs",
        [
            {"models": models, "planned_results": len(models) * 6, "best_model": None, "best_quality_score": None}
            | {"cheapest_model": None, "cheapest_cost_microcents": None, "scored_results": 0}
            for models in ([], [None], ["sonnet", ""])
        ],
    ),
    "benchmark_runs_judges_check": ("benchmark_runs", [{"judges": judges} for judges in ([], [None], ["sonnet", ""])]),
    "benchmark_runs_size_check": (
        "benchmark_runs",
        [
            {"max_concurrency": 0},
            {"repeats": 0, "planned_results": 0, "scored_results": 0},
            {"planned_cases": 0, "planned_results": 0, "scored_results": 0},
        ],
    ),
    "benchmark_runs_planned_results_check": ("benchmark_runs", [{"planned_results": 13}]),
    "benchmark_runs_scored_results_check": ("benchmark_runs", out_of_range("scored_results", highest=12)),
    "benchmark_runs_best_model_check": (
        "benchmark_runs",
        [{"best_model": None}, {"best_quality_score": None}, {"best_model": "opus"}],
    ),
    "benchmark_runs_best_quality_score_check": (
        "benchmark_runs",
        [*out_of_range("best_quality_score"), {"best_quality_score": float("nan")}],
    ),
    "benchmark_runs_cheapest_model_check": (
        "benchmark_runs",
        [{"cheapest_model": None}, {"cheapest_cost_microcents": None}, {"cheapest_model": "opus"}],
    ),
    "benchmark_runs_nonnegative_check": (
        "benchmark_runs",
        negative(
            "cheapest_cost_microcents",
            "model_cost_microcents",
            "model_cost_uncounted",
            "lost_attempts_cost_microcents",
            "judge_cost_microcents",
            "judge_cost_uncounted",
        ),
    ),
    "benchmark_runs_sha256_check": (
        "benchmark_runs",
        [{column: "ABC"} for column in ("plan_sha256", "rubric_sha256", "idempotency_body_sha256")],
    ),
    "benchmark_runs_idempotency_check": (
        "benchmark_runs",
        [
            {"idempotency_key": None},
            {"idempotency_body_sha256": None},
            {"idempotency_key": ""},
            {"idempotency_key": "k" * 256},
        ],
    ),
    "benchmark_results_model_check": ("benchmark_results", [{"model_name": ""}, {"model_provider": ""}]),
    "benchmark_results_answer_id_check": ("benchmark_results", [{"answer_id": "A" * 32}, {"answer_id": "0" * 31}]),
    "benchmark_results_outcome_check": (
        "benchmark_results",
        [{**UNSCORED, "matches_expected": None, "outcome": "error", "error_type": "E"}],
    ),
    "benchmark_results_scored_check": (
        "benchmark_results",
        [
            *missing(*SCORES),
            *[
                {**UNSCORED, "matches_expected": None, "outcome": outcome, "error_type": "E", score: 0}
                for outcome in ("refused", "truncated", "model_error", "judge_error", "missing")
                for score in ("quality_score", "recall_score")
            ],
        ],
    ),
    "benchmark_results_answered_check": (
        "benchmark_results",
        [
            {"output_produced": None},
            {
                **UNSCORED,
                "matches_expected": None,
                "output_produced": None,
                "outcome": "judge_error",
                "error_type": "JudgeUnreadable",
            },
        ],
    ),
    "benchmark_results_unscored_check": (
        "benchmark_results",
        [{**UNSCORED, "matches_expected": None, "outcome": "refused"}],
    ),
    "benchmark_results_scores_check": (
        "benchmark_results",
        [*out_of_range(*SCORES), *[{score: float("nan")} for score in SCORES]],
    ),
    "benchmark_results_matches_expected_check": (
        "benchmark_results",
        [{"expected_output": None}, {**UNSCORED, "outcome": "judge_error", "error_type": "E"}],
    ),
    "benchmark_results_nonnegative_check": (
        "benchmark_results",
        negative(
            "test_case_index",
            "repeat_index",
            *TOKENS,
            "latency_ms",
            "first_token_ms",
            "estimated_cost_microcents",
            "lost_attempts_cost_microcents",
            "judge_cost_microcents",
            "attempts",
        ),
    ),
    "benchmark_results_usage_check": ("benchmark_results", missing(*TOKENS)),
    "benchmark_results_cost_check": ("benchmark_results", [{"cost_missing_reason": "no price is known"}]),
    "benchmark_verdicts_judge_check": ("benchmark_verdicts", [{"judge": ""}]),
    "benchmark_verdicts_status_check": (
        "benchmark_verdicts",
        [{**UNSCORED, "matches_expected": None, "status": "error"}],
    ),
    "benchmark_verdicts_scored_check": (
        "benchmark_verdicts",
        [
            *missing(*SCORES),
            {**UNSCORED, "matches_expected": None, "status": "by_rule"},
            *[
                {**UNSCORED, "matches_expected": None, "status": status, "quality_score": 0}
                for status in ("unreadable", "refused", "truncated", "failed")
            ],
        ],
    ),
    "benchmark_verdicts_scores_check": ("benchmark_verdicts", out_of_range(*SCORES)),
    "benchmark_verdicts_matches_expected_check": (
        "benchmark_verdicts",
        [{"had_reference": False}, {**UNSCORED, "status": "unreadable"}],
    ),
    "benchmark_verdicts_input_check": ("benchmark_verdicts", [{"input_sha256": None}]),
    "benchmark_verdicts_sha256_check": (
        "benchmark_verdicts",
        [{"input_sha256": "0" * 63}, {"rubric_sha256": "0" * 63}, {"input_sha256": None, "rubric_sha256": ""}],
    ),
    "benchmark_verdicts_nonnegative_check": (
        "benchmark_verdicts",
        negative("verdict_index", *TOKENS, "estimated_cost_microcents", "latency_ms", "attempts"),
    ),
    "benchmark_verdicts_usage_check": ("benchmark_verdicts", missing(*TOKENS)),
    "benchmark_verdicts_cost_check": ("benchmark_verdicts", [{"cost_missing_reason": "no price is known"}]),
    "benchmark_model_summaries_nonnegative_check": (
        "benchmark_model_summaries",
        [
            *negative(
                "test_cases",
                "quality_sd",
                "matched_results",
                "latency_ms_mean",
                "latency_ms_p50",
                "latency_ms_p95",
                "first_token_ms_p50",
                "first_token_ms_p95",
                *TOKENS,
                "cost_uncounted_results",
                "estimated_cost_microcents",
                "mean_cost_microcents",
                "cost_per_scored_answer_microcents",
                "lost_attempts_cost_microcents",
                "judge_cost_microcents",
                "judge_cost_uncounted",
            ),
            {**NO_SCORES, "scored_results": -1, "excluded_by_outcome": Jsonb({"refused": 7})},
            {**NO_LATENCY, "latency_counted_results": -1},
            {**NO_TOKENS, "tokens_counted_results": -1},
            {**NO_COST, "cost_counted_results": -1},
        ],
    ),
    "benchmark_model_summaries_excluded_check": (
        "benchmark_model_summaries",
        [
            {"excluded_by_outcome": Jsonb({outcome: 3})}
            for outcome in ("refused", "truncated", "model_error", "judge_error", "missing")
        ]
        + [{"excluded_by_outcome": Jsonb({})}],
    ),
    "benchmark_model_summaries_outcomes_check": (
        "benchmark_model_summaries",
        [{"excluded_by_outcome": Jsonb({"refused": 2, "lost": 1})}],
    ),
    "benchmark_model_summaries_ranked_check": (
        "benchmark_model_summaries",
        [{"ranked": False}, {"not_ranked_reason": "too few"}],
    ),
    "benchmark_model_summaries_scored_check": (
        "benchmark_model_summaries",
        [*missing(*NO_SCORES), {"scored_results": 0, "excluded_by_outcome": Jsonb({"refused": 6})}],
    ),
    "benchmark_model_summaries_scores_check": (
        "benchmark_model_summaries",
        [
            *out_of_range(*MEANS),
            *[{mean: float("nan")} for mean in MEANS],
            {"quality_interval_low": -0.1},
            {"quality_interval_high": 100.1},
        ],
    ),
    "benchmark_model_summaries_quality_interval_check": (
        "benchmark_model_summaries",
        [
            *missing("quality_interval_low", "quality_interval_high", "quality_interval_method"),
            {"quality_interval_low": 90},
        ],
    ),
    "benchmark_model_summaries_shares_check": (
        "benchmark_model_summaries",
        [
            *out_of_range("top_score_share", "match_rate", highest=1),
            {"match_interval_low": -0.1},
            {"match_interval_high": 1.1},
        ],
    ),
    "benchmark_model_summaries_match_check": (
        "benchmark_model_summaries",
        [{"matched_results": 5}, {"match_rate": None}, NO_MATCHES | {"match_rate": 0}],
    ),
    "benchmark_model_summaries_match_interval_check": (
        "benchmark_model_summaries",
        [*missing("match_interval_low", "match_interval_high"), {"match_interval_low": 0.96}],
    ),
    "benchmark_model_summaries_latency_check": (
        "benchmark_model_summaries",
        [*missing(*NO_LATENCY), {"latency_counted_results": 0}],
    ),
    "benchmark_model_summaries_tokens_check": (
        "benchmark_model_summaries",
        [*missing(*NO_TOKENS), {"tokens_counted_results": 0}],
    ),
    "benchmark_model_summaries_cost_check": (
        "benchmark_model_summaries",
        [*missing(*NO_COST), {"cost_counted_results": 0}],
    ),
    "benchmark_model_summaries_counted_check": (
        "benchmark_model_summaries",
        [
            {"match_counted_results": 7},
            {"latency_counted_results": 7},
            {"tokens_counted_results": 7},
            {"cost_uncounted_results": 2},
        ],
    ),
    "benchmark_model_pairs_models_check": ("benchmark_model_pairs", [{"model_b": "sonnet"}]),
    "benchmark_model_pairs_cases_check": ("benchmark_model_pairs", [{"cases": 4}, {"wins": 3}]),
    "benchmark_model_pairs_nonnegative_check": (
        "benchmark_model_pairs",
        [
            {"wins": -1, "ties": 4},
            {"ties": -1, "wins": 4},
            {"losses": -1, "ties": 2},
            {"cases": -1, "wins": -1, "ties": 0},
            {"smallest_detectable_difference": -0.1},
        ],
    ),
    "benchmark_model_pairs_difference_check": (
        "benchmark_model_pairs",
        [
            {"difference": None},
            {"cases": 0, "wins": 0, "ties": 0},
            {"difference": -100.1},
            {"difference": 100.1},
            {"difference": float("nan")},
        ],
    ),
    "benchmark_model_pairs_interval_check": (
        "benchmark_model_pairs",
        [*missing("interval_low", "interval_high"), {"interval_low": 11}],
    ),
    "benchmark_model_pairs_p_value_check": (
        "benchmark_model_pairs",
        [*missing("p_value", "p_value_holm"), {"p_value": -0.1}, {"p_value": 0.09}, {"p_value_holm": 1.1}],
    ),
    "benchmark_model_pairs_verdict_check": ("benchmark_model_pairs", [{"verdict": "maybe"}]),
    "benchmark_model_pairs_reason_check": ("benchmark_model_pairs", [{"verdict": None}]),
    "token_measurements_names_check": (
        "token_measurements",
        [{"source": "", "benchmark_run_id": None}, {"model_name": ""}, {"model_provider": ""}],
    ),
    "token_measurements_benchmark_check": (
        "token_measurements",
        [{"benchmark_run_id": None}, {"source": "assistant"}, {"deduplication_key": None}],
    ),
    "token_measurements_nonnegative_check": (
        "token_measurements",
        negative(*TOKENS, "estimated_cost_microcents", "latency_ms"),
    ),
    "token_measurement_daily_counted_check": (
        "token_measurement_daily",
        [
            {"measurements": 0, "cost_counted": 0, "estimated_cost_microcents": None},
            {"cost_counted": -1},
            {"cost_counted": 4},
        ],
    ),
    "token_measurement_daily_cost_check": (
        "token_measurement_daily",
        [{"estimated_cost_microcents": None}, {"cost_counted": 0}, {"estimated_cost_microcents": -1}],
    ),
    "result_labels_rater_check": ("result_labels", [{"rater": ""}, {"rater": "x" * 201}]),
    "result_labels_dimension_check": ("result_labels", [{"dimension": "style"}]),
    "result_labels_value_check": ("result_labels", [*out_of_range("value"), {"value": float("nan")}]),
}

UNIQUE: dict[str, Case] = {
    "skills_pkey": ("skills", {}),
    "skill_versions_pkey": ("skill_versions", {"version_number": 2, "content": "b", "content_sha256": sha256("b")}),
    "skill_versions_number_key": ("skill_versions", {"id": 5, "content": "b", "content_sha256": sha256("b")}),
    "skill_versions_content_key": ("skill_versions", {"id": 5, "version_number": 2}),
    "skill_feedback_pkey": ("skill_feedback", {}),
    "benchmark_runs_pkey": ("benchmark_runs", {"idempotency_key": "key-2"}),
    "benchmark_runs_idempotency_key": ("benchmark_runs", {"id": "run_2"}),
    "benchmark_results_pkey": ("benchmark_results", {"repeat_index": 1}),
    "benchmark_results_branch_key": ("benchmark_results", {"id": 5}),
    "benchmark_verdicts_pkey": ("benchmark_verdicts", {}),
    "benchmark_model_summaries_pkey": ("benchmark_model_summaries", {}),
    "benchmark_model_pairs_pkey": ("benchmark_model_pairs", {}),
    "benchmark_model_pairs_once": ("benchmark_model_pairs", {"model_a": "haiku", "model_b": "sonnet"}),
    "token_measurements_pkey": ("token_measurements", {"deduplication_key": "another"}),
    "token_measurements_deduplication_key": ("token_measurements", {"id": 5}),
    "token_measurement_daily_pkey": ("token_measurement_daily", {}),
    "result_labels_pkey": ("result_labels", {"rater": "bob"}),
    "result_labels_rater_key": ("result_labels", {"id": 5}),
}

# The other tenant's rows.
THEIRS = valid_rows("_globex", first_id=2_000_001)
THEIR_SKILL = THEIRS["skills"]["id"]
THEIR_RUN = THEIRS["benchmark_runs"]["id"]
THEIR_MODEL = THEIRS["benchmark_results"]["model_name"]
THEIR_ID = THEIRS["benchmark_results"]["id"]

FOREIGN_KEYS: dict[str, Case] = {
    "skills_current_version_fkey": ("skills", {"id": THEIR_SKILL, "current_version_id": THEIR_ID}),
    "skill_versions_skill_fkey": ("skill_versions", {"id": 5, "skill_id": THEIR_SKILL}),
    "skill_feedback_skill_fkey": ("skill_feedback", {"id": 5, "skill_id": THEIR_SKILL}),
    "benchmark_runs_skill_version_fkey": (
        "benchmark_runs",
        {"id": "run_2", "idempotency_key": "key-2", "skill_id": THEIR_SKILL, "skill_version_id": THEIR_ID},
    ),
    "benchmark_results_run_fkey": ("benchmark_results", {"id": 5, "benchmark_run_id": THEIR_RUN}),
    "benchmark_verdicts_result_fkey": (
        "benchmark_verdicts",
        {"benchmark_run_id": THEIR_RUN, "model_name": THEIR_MODEL},
    ),
    "benchmark_model_summaries_run_fkey": ("benchmark_model_summaries", {"benchmark_run_id": THEIR_RUN}),
    "benchmark_model_pairs_model_a_fkey": ("benchmark_model_pairs", {"model_a": THEIR_MODEL}),
    "benchmark_model_pairs_model_b_fkey": ("benchmark_model_pairs", {"model_b": THEIR_MODEL}),
    "token_measurements_skill_fkey": (
        "token_measurements",
        {"id": 5, "deduplication_key": "another", "skill_id": THEIR_SKILL},
    ),
    "token_measurements_run_fkey": (
        "token_measurements",
        {"id": 5, "deduplication_key": "another", "benchmark_run_id": THEIR_RUN},
    ),
    "token_measurement_daily_skill_fkey": ("token_measurement_daily", {"skill_id": THEIR_SKILL}),
    "result_labels_result_fkey": ("result_labels", {"id": 5, "rater": "bob", "benchmark_result_id": THEIR_ID}),
}

TESTED_BY_THEMSELVES = {"skills_tenant_id_check", "benchmark_runs_id_key"}


def broken_rows() -> list[Any]:
    return [
        pytest.param(constraint, table, changes, id=f"{constraint}-{number}")
        for constraint, (table, all_changes) in CHECKS.items()
        for number, changes in enumerate(all_changes)
    ]


@pytest.mark.parametrize(("constraint", "table", "changes"), broken_rows())
def test_a_row_that_breaks_a_rule_is_refused_by_the_check_of_that_rule(
    seeded: Cursor, constraint: str, table: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(CheckViolation) as refused:
        insert(seeded, table, **ROWS[table] | changes)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "case"), list(UNIQUE.items()), ids=list(UNIQUE))
def test_a_second_row_for_the_same_thing_is_refused(seeded: Cursor, constraint: str, case: Case) -> None:
    table, changes = case
    with pytest.raises(UniqueViolation) as refused:
        insert(seeded, table, **ROWS[table] | changes)
    assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize(("constraint", "case"), list(FOREIGN_KEYS.items()), ids=list(FOREIGN_KEYS))
def test_a_row_cannot_refer_to_a_row_of_another_tenant(
    server: Server, migrated: str, constraint: str, case: Case
) -> None:
    table, changes = case
    with server.connect(migrated, OWNER) as connection, connection.transaction() as all_of_it:
        cursor = connection.cursor()
        cursor.execute("SELECT set_config('app.current_tenant_id', 'globex', true)")
        seed(cursor, THEIRS)
        cursor.execute("SELECT set_config('app.current_tenant_id', 'acme', true)")
        seed(cursor)
        with pytest.raises(ForeignKeyViolation) as refused, connection.transaction():
            insert(cursor, table, **ROWS[table] | changes)
        assert refused.value.diag.constraint_name == constraint
        raise psycopg.Rollback(all_of_it)


@pytest.mark.parametrize("tenant_id", ["", "x" * 201])
def test_a_tenant_has_a_name_of_1_to_200_characters(server: Server, migrated: str, tenant_id: str) -> None:
    """As an administrator, whom row level security does not stop."""
    with server.administrator(migrated) as connection, pytest.raises(CheckViolation) as refused:
        insert(connection.cursor(), "skills", tenant_id=tenant_id, **ROWS["skills"])
    assert refused.value.diag.constraint_name == "skills_tenant_id_check"


def test_two_tenants_cannot_have_a_run_of_one_id_because_their_records_would_be_the_same(
    server: Server, migrated: str
) -> None:
    with server.connect(migrated, OWNER) as connection, connection.transaction() as all_of_it:
        cursor = connection.cursor()
        for tenant_id in ("acme", "globex"):
            cursor.execute("SELECT set_config('app.current_tenant_id', %s, true)", [tenant_id])
            for table in ("skills", "skill_versions"):
                insert(cursor, table, **ROWS[table])
            if tenant_id == "acme":
                insert(cursor, "benchmark_runs", **ROWS["benchmark_runs"])
        with pytest.raises(UniqueViolation) as refused, connection.transaction():
            insert(cursor, "benchmark_runs", **ROWS["benchmark_runs"])
        assert refused.value.diag.constraint_name == "benchmark_runs_id_key"
        raise psycopg.Rollback(all_of_it)


def test_two_tenants_may_use_the_same_names(server: Server, migrated: str) -> None:
    with server.connect(migrated, OWNER) as connection, connection.transaction() as all_of_it:
        cursor = connection.cursor()
        other_run = valid_rows()
        for table, row in other_run.items():
            if "benchmark_run_id" in row:
                row["benchmark_run_id"] = "run_2"
            if table == "benchmark_runs":
                row["id"] = "run_2"
        for tenant_id, rows in (("acme", ROWS), ("globex", other_run)):
            cursor.execute("SELECT set_config('app.current_tenant_id', %s, true)", [tenant_id])
            seed(cursor, rows)
        raise psycopg.Rollback(all_of_it)


def test_a_row_with_nothing_measured_is_accepted(server: Server, migrated: str) -> None:
    """A run of which nothing came: every figure that could not be had is NULL."""
    optional = {
        "benchmark_runs": {"scored_results": 0, "best_model": None, "best_quality_score": None}
        | {"cheapest_model": None, "cheapest_cost_microcents": None, "model_cost_microcents": None}
        | {"lost_attempts_cost_microcents": None, "judge_cost_microcents": None, "status": "failed"}
        | {"error_type": "States.Timeout", "error_message": "the run took too long", "started_at": None}
        | {"idempotency_key": None, "idempotency_body_sha256": None},
        "benchmark_results": {**UNSCORED, **dict.fromkeys(TOKENS), "outcome": "missing", "error_type": "Missing"}
        | {"output_produced": None, "expected_output": None, "stop_reason": None, "latency_ms": None}
        | {"first_token_ms": None, "estimated_cost_microcents": None, "lost_attempts_cost_microcents": None}
        | {"judge_cost_microcents": None, "matches_expected": None, "attempts": None},
        "benchmark_verdicts": {**UNSCORED, **dict.fromkeys(TOKENS), "status": "failed", "matches_expected": None}
        | {"input_sha256": None, "estimated_cost_microcents": None, "latency_ms": None, "attempts": None},
        "benchmark_model_summaries": {**NO_SCORES, **NO_LATENCY, **NO_TOKENS, **NO_COST, **NO_MATCHES}
        | {"scored_results": 0, "excluded_by_outcome": Jsonb({"missing": 6}), "ranked": False}
        | {"not_ranked_reason": "nothing was scored", "quality_sd": None, "quality_interval_low": None}
        | {"quality_interval_high": None, "quality_interval_method": None, "match_interval_low": None}
        | {"match_interval_high": None, "latency_counted_results": 0, "first_token_ms_p50": None}
        | {"first_token_ms_p95": None, "tokens_counted_results": 0, "cost_counted_results": 0}
        | {"cost_per_scored_answer_microcents": None, "lost_attempts_cost_microcents": None}
        | {"judge_cost_microcents": None},
        "benchmark_model_pairs": {"cases": 0, "wins": 0, "ties": 0, "losses": 0, "difference": None}
        | {"interval_low": None, "interval_high": None, "p_value": None, "p_value_holm": None, "method": None}
        | {"smallest_detectable_difference": None, "verdict": None, "reason": "no case has both models scored"},
        "token_measurements": {**dict.fromkeys(TOKENS), "estimated_cost_microcents": None, "latency_ms": None},
    }
    with server.connect(migrated, OWNER) as connection, tenant_transaction(connection, "acme") as cursor:
        seed(cursor, {table: row | optional.get(table, {}) for table, row in ROWS.items()})
        raise psycopg.Rollback


def test_every_constraint_is_tested(seeded: Cursor) -> None:
    names = seeded.execute(
        "SELECT conname AS name FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'p', 'u', 'f') UNION "
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE relnamespace = 'public'::regnamespace AND indisunique"
    ).fetchall()
    of_the_runner = {"skill_benchmark_migrations_pkey"}
    assert {row["name"] for row in names} - of_the_runner == {
        *CHECKS,
        *UNIQUE,
        *FOREIGN_KEYS,
        *TESTED_BY_THEMSELVES,
    }


def test_total_tokens_are_the_sum_of_what_was_billed_and_unknown_where_that_is(seeded: Cursor) -> None:
    insert(
        seeded,
        "benchmark_results",
        **ROWS["benchmark_results"]
        | {"id": 5, "repeat_index": 1, "cache_read_tokens": 2_000_000_000, "cache_write_tokens": 2_000_000_000},
    )
    insert(
        seeded, "benchmark_results", **ROWS["benchmark_results"] | dict.fromkeys(TOKENS) | {"id": 6, "repeat_index": 2}
    )
    rows = seeded.execute("SELECT total_tokens FROM benchmark_results ORDER BY repeat_index").fetchall()
    assert [row["total_tokens"] for row in rows] == [15, 4_000_000_015, None]
