"""What the schema must refuse: for each constraint, changes of a valid row that break it and nothing else."""

from typing import Any

from psycopg.types.json import Json, Jsonb

from tests.integration.database.rows import sha256

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
    "skills_rubric_check": ("skills", [{"rubric": ""}]),
    "skills_checks_check": ("skills", [{"checks": Json({"type": "exact"})}]),
    "skill_feedback_checks_check": ("skill_feedback", [{"checks": Json("exact")}]),
    "benchmark_runs_verdicts_per_judge_check": ("benchmark_runs", out_of_range("verdicts_per_judge", highest=10)),
    "benchmark_runs_tied_check": (
        "benchmark_runs",
        [
            {"best_model_tied_with": ["unknown"]},
            {"best_model_tied_with": ["sonnet"]},
            {"best_model_tied_with": ["haiku"], "best_model": None, "best_quality_score": None, "ranking_basis": None},
        ],
    ),
    "benchmark_runs_ranking_basis_check": (
        "benchmark_runs",
        [
            {"ranking_basis": "price"},
            {"best_model": None, "best_quality_score": None, "best_model_tied_with": []},
        ],
    ),
    "benchmark_results_valid_verdicts_check": (
        "benchmark_results",
        [
            {"valid_verdicts": -1},
            {"valid_verdicts": 2, "quality_spread": -1},
            {"valid_verdicts": 1, "quality_spread": 0},
        ],
    ),
    "benchmark_results_injection_check": (
        "benchmark_results",
        [
            {"injection_suspected": True, "injection_reasons": []},
            {"injection_suspected": False, "injection_reasons": ["role_marker"]},
        ],
    ),
    "benchmark_verdicts_left_out_check": ("benchmark_verdicts", [{"left_out": True, "same_family": False}]),
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
    "benchmark_runs_lost_uncounted_check": ("benchmark_runs", negative("lost_attempts_cost_uncounted")),
    "benchmark_results_lost_uncounted_check": ("benchmark_results", negative("lost_attempts_cost_uncounted")),
    "benchmark_model_summaries_lost_uncounted_check": (
        "benchmark_model_summaries",
        negative("lost_attempts_cost_uncounted"),
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
        [
            {"input_sha256": "0" * 63},
            {"rubric_sha256": "0" * 63},
            {"status": "by_rule", "input_sha256": None, "rubric_sha256": ""},
        ],
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
        [{"ranked": False, "adjusted_quality_score": None}, {"not_ranked_reason": "too few"}],
    ),
    "benchmark_model_summaries_scored_check": (
        "benchmark_model_summaries",
        [*missing(*NO_SCORES), {"scored_results": 0, "scored_cases": 0, "excluded_by_outcome": Jsonb({"refused": 6})}],
    ),
    "benchmark_model_summaries_scores_check": (
        "benchmark_model_summaries",
        [
            *out_of_range(*MEANS),
            *[{mean: float("nan")} for mean in MEANS],
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
        out_of_range("top_score_share", "match_rate", highest=1),
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
    "benchmark_model_summaries_scored_cases_check": (
        "benchmark_model_summaries",
        [
            {"scored_cases": -1},
            {"scored_cases": 0},
            {"scored_cases": 4},
            {**NO_SCORES, "scored_results": 0, "excluded_by_outcome": Jsonb({"refused": 6})},
            {"scored_results": 1, "excluded_by_outcome": Jsonb({"refused": 5})},
        ],
    ),
    "benchmark_model_summaries_adjusted_check": (
        "benchmark_model_summaries",
        [
            {"adjusted_quality_score": -0.1},
            {"adjusted_quality_score": 100.1},
            {"adjusted_quality_score": float("nan")},
            {"ranked": False, "not_ranked_reason": "too few"},
        ],
    ),
    "benchmark_model_summaries_unseen_check": (
        "benchmark_model_summaries",
        [*out_of_range("unseen_failure_share", highest=1), {"unseen_failure_share": float("nan")}],
    ),
    "benchmark_model_summaries_noise_check": (
        "benchmark_model_summaries",
        [*out_of_range("repeat_sd", "judge_sd"), {"repeat_sd": float("nan")}, {"judge_sd": float("nan")}],
    ),
    "benchmark_model_summaries_on_the_scale_check": (
        "benchmark_model_summaries",
        [
            {"quality_interval_low": -0.1},
            {"quality_interval_high": 100.1},
            {"match_interval_low": -0.01},
            {"match_interval_high": 1.01},
            {"quality_interval_high": float("nan")},
        ],
    ),
    "benchmark_model_pairs_on_the_scale_check": (
        "benchmark_model_pairs",
        [{"interval_low": -100.1}, {"interval_high": 100.1}, {"interval_high": float("nan")}],
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
    "benchmark_model_pairs_difference_sd_check": (
        "benchmark_model_pairs",
        [*out_of_range("difference_sd", highest=200), {"difference_sd": float("nan")}],
    ),
    "benchmark_model_pairs_matters_check": (
        "benchmark_model_pairs",
        [
            {"matters": False, "interval_low": None, "interval_high": None},
            {"matters": False, "verdict": None, "reason": "no case has both models scored"},
            {"matters": True, "verdict": "equivalent"},
        ],
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
