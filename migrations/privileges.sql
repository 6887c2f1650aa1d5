-- All that the runtime role may do; granted again each time that migrations are applied. What is not named here is not
-- allowed. Nothing is ever deleted, and answers, verdicts, labels and measurements never change.

-- TEMPORARY: bulk writes go through a staging table.
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {runtime_role};
GRANT USAGE ON SCHEMA public TO {runtime_role};
GRANT EXECUTE ON FUNCTION current_tenant_id() TO {runtime_role};
-- Triggers fire without it. With it a role could attach them to a temporary table of its own.
REVOKE EXECUTE ON FUNCTION
    keep_run_admission(), roll_up_token_measurements(), refuse_change(), number_known_version()
FROM PUBLIC;

REVOKE ALL ON
    skills, skill_versions, skill_feedback, benchmark_runs, benchmark_results, benchmark_verdicts,
    benchmark_model_summaries, benchmark_model_pairs, token_measurements, token_measurement_daily, result_labels,
    run_admissions
FROM {runtime_role};

GRANT SELECT, INSERT ON
    skills, skill_versions, skill_feedback, benchmark_runs, benchmark_results, benchmark_verdicts,
    benchmark_model_summaries, benchmark_model_pairs, token_measurements, result_labels
TO {runtime_role};

-- Written by a trigger only.
GRANT SELECT ON token_measurement_daily TO {runtime_role};

GRANT UPDATE (name, rubric, checks, current_version_id, updated_at) ON skills TO {runtime_role};

GRANT UPDATE (
    status, scored_results, best_model, best_quality_score, cheapest_model, cheapest_cost_microcents,
    model_cost_microcents, model_cost_uncounted, lost_attempts_cost_microcents, lost_attempts_cost_uncounted,
    judge_cost_microcents, judge_cost_uncounted, unfinished_answers, unfinished_cost_microcents,
    unfinished_cost_uncounted, best_model_tied_with, ranking_basis, warnings, statistics_seed, execution_arn,
    redrives_at_end,
    error_type, error_message, started_at, completed_at
) ON benchmark_runs TO {runtime_role};

-- A run that was stopped and then redriven is summed up again.
GRANT UPDATE ON benchmark_model_summaries, benchmark_model_pairs TO {runtime_role};

-- Its rows come and go by a trigger only.
GRANT SELECT ON run_admissions TO {runtime_role};
GRANT UPDATE (granted, held, branches_in_flight, execution_arn, admitted_at) ON run_admissions TO {runtime_role};

-- A result that failed gives way to one that a resumed run brought; a trigger holds all others as they are.
GRANT UPDATE (
    output_produced, text_sanitized, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, latency_ms,
    first_token_ms, estimated_cost_microcents, cost_missing_reason, lost_attempts_cost_microcents,
    lost_attempts_cost_uncounted,
    judge_cost_microcents, valid_verdicts, quality_score, quality_spread, quality_notes, faithfulness_score,
    relevancy_score, precision_score, recall_score, matches_expected, check_passed, check_results, injection_suspected,
    injection_reasons, self_identification_redacted, outcome, stop_reason, error_type, error_message, attempts
) ON benchmark_results TO {runtime_role};

GRANT UPDATE (
    repaired, status, quality_score, evidence_quotes, quality_notes, faithfulness_score, relevancy_score,
    precision_score, recall_score, matches_expected, input_sha256, prompt_version, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, estimated_cost_microcents, cost_missing_reason, latency_ms, attempts,
    error_type, error_message
) ON benchmark_verdicts TO {runtime_role};
