"""Which keys the schema must refuse: for each, changes of a valid row that repeat it or point to another tenant."""

from typing import Any

from tests.integration.database.rows import sha256, valid_rows

Case = tuple[str, dict[str, Any]]

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
    "benchmark_runs_rejudged_fkey": (
        "benchmark_runs",
        {"id": "run_2", "idempotency_key": "key-2", "rejudged_run_id": THEIR_RUN},
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
