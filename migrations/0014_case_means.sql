-- Scores are means of the means of test cases, and intervals end where the scale ends: the comment on them in 0004 is no
-- longer true. Rows of earlier releases stay as they are, with NULL in the columns below and intervals that may lie outside
-- of the scale; by these NULLs they are told from the rows of this release, and so is what the release before still writes.

ALTER TABLE benchmark_model_summaries
    ADD COLUMN scored_cases integer, -- test cases with at least one scored result
    ADD COLUMN adjusted_quality_score numeric, -- on the test cases that any ranked model was scored on
    ADD COLUMN unseen_failure_share numeric, -- could fail without one being among the scored cases, 0 to 1, at 95 %
    ADD COLUMN repeat_sd numeric, -- of the repeats of one test case
    ADD COLUMN judge_sd numeric, -- of the verdicts on one answer
    ADD CONSTRAINT benchmark_model_summaries_scored_cases_check CHECK (
        scored_cases BETWEEN 0 AND LEAST(test_cases, scored_results) AND (scored_cases = 0) = (scored_results = 0)
    ) NOT VALID,
    ADD CONSTRAINT benchmark_model_summaries_adjusted_check CHECK (
        adjusted_quality_score BETWEEN 0 AND 100 AND (ranked OR adjusted_quality_score IS NULL)
    ) NOT VALID,
    ADD CONSTRAINT benchmark_model_summaries_unseen_check CHECK (unseen_failure_share BETWEEN 0 AND 1) NOT VALID,
    ADD CONSTRAINT benchmark_model_summaries_noise_check CHECK (
        COALESCE(repeat_sd, 0) BETWEEN 0 AND 100 AND COALESCE(judge_sd, 0) BETWEEN 0 AND 100
    ) NOT VALID,
    ADD CONSTRAINT benchmark_model_summaries_on_the_scale_check CHECK (
        scored_cases IS NULL OR (
            COALESCE(quality_interval_low, 0) >= 0 AND COALESCE(quality_interval_high, 100) <= 100
            AND COALESCE(match_interval_low, 0) >= 0 AND COALESCE(match_interval_high, 1) <= 1
        )
    ) NOT VALID;

ALTER TABLE benchmark_model_pairs
    ADD COLUMN difference_sd numeric, -- of the differences of the test cases
    ADD COLUMN matters boolean, -- the difference is larger than the margin of equivalence; NULL where neither is shown
    ADD CONSTRAINT benchmark_model_pairs_difference_sd_check CHECK (difference_sd BETWEEN 0 AND 200) NOT VALID,
    ADD CONSTRAINT benchmark_model_pairs_matters_check CHECK (
        matters IS NULL OR (num_nulls(interval_low, verdict) = 0 AND (NOT matters OR verdict <> 'equivalent'))
    ) NOT VALID,
    ADD CONSTRAINT benchmark_model_pairs_on_the_scale_check CHECK (
        difference_sd IS NULL OR (COALESCE(interval_low, 0) >= -100 AND COALESCE(interval_high, 0) <= 100)
    ) NOT VALID;

ALTER TABLE benchmark_runs
    ADD COLUMN ranking_basis text, -- what best_model was ranked by
    ADD CONSTRAINT benchmark_runs_ranking_basis_check CHECK (
        ranking_basis IS NULL
        OR (ranking_basis IN ('means', 'case-plus-model effects') AND best_model IS NOT NULL)
    ) NOT VALID;
