-- Juries, rubrics of one's own, checks, verdicts on stored answers, and what is said of a ranking.

ALTER TABLE skills
    ADD COLUMN rubric text, -- NULL: the service's own
    ADD COLUMN checks json, -- not jsonb, which writes 1e300 with 301 digits
    ADD CONSTRAINT skills_rubric_check CHECK (rubric <> ''),
    ADD CONSTRAINT skills_checks_check CHECK (json_typeof(checks) = 'array');

-- A text that cannot be stored as it is is refused.
ALTER TABLE skill_versions DROP COLUMN text_sanitized;

ALTER TABLE skill_feedback
    ADD COLUMN checks json,
    ADD CONSTRAINT skill_feedback_checks_check CHECK (json_typeof(checks) = 'array');

ALTER TABLE benchmark_runs
    ADD COLUMN rubric text, -- what rubric_sha256 is of; NULL: the service's own
    ADD COLUMN verdicts_per_judge smallint NOT NULL DEFAULT 1,
    ADD COLUMN exclude_same_family boolean NOT NULL DEFAULT false,
    ADD COLUMN rejudged_run_id text COLLATE "C", -- whose answers were judged anew; this run bought none
    ADD COLUMN best_model_tied_with text[] NOT NULL DEFAULT '{}',
    ADD COLUMN warnings text[] NOT NULL DEFAULT '{}',
    ADD COLUMN statistics_seed bigint, -- of all that was drawn at random
    ADD CONSTRAINT benchmark_runs_rejudged_fkey FOREIGN KEY (tenant_id, rejudged_run_id)
        REFERENCES benchmark_runs (tenant_id, id),
    ADD CONSTRAINT benchmark_runs_verdicts_per_judge_check CHECK (verdicts_per_judge BETWEEN 1 AND 10),
    ADD CONSTRAINT benchmark_runs_tied_check CHECK (
        best_model_tied_with <@ models
        AND (best_model IS NOT NULL OR best_model_tied_with = '{}')
        AND array_position(best_model_tied_with, best_model) IS NULL
    );

CREATE INDEX benchmark_runs_rejudged ON benchmark_runs (tenant_id, rejudged_run_id) WHERE rejudged_run_id IS NOT NULL;

ALTER TABLE benchmark_results
    ADD COLUMN valid_verdicts smallint NOT NULL DEFAULT 0, -- the scores are means of these
    ADD COLUMN quality_spread numeric, -- their standard deviation; NULL for fewer than two
    ADD COLUMN injection_reasons text[],
    ADD CONSTRAINT benchmark_results_valid_verdicts_check CHECK (
        valid_verdicts >= 0 AND quality_spread >= 0 AND (quality_spread IS NULL OR valid_verdicts >= 2)
    ),
    ADD CONSTRAINT benchmark_results_injection_check
        CHECK (injection_suspected = (cardinality(injection_reasons) > 0));

ALTER TABLE benchmark_verdicts
    ADD COLUMN evidence_quotes text[],
    ADD COLUMN repaired boolean NOT NULL DEFAULT false, -- a first reply was no verdict
    ADD COLUMN left_out boolean NOT NULL DEFAULT false, -- of the answer's own family, in a run that leaves those out
    ADD CONSTRAINT benchmark_verdicts_left_out_check CHECK (NOT left_out OR same_family);
