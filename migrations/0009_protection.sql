-- What protects a deployment: a limit on the calls of a day, erasure, retention.

-- The runs of a tenant of one day.
CREATE INDEX benchmark_runs_of_day ON benchmark_runs (tenant_id, created_at);

-- The measurements of a run, which its erasure looks for; those of hooks have none.
CREATE INDEX token_measurements_of_run ON token_measurements (tenant_id, benchmark_run_id)
    WHERE benchmark_run_id IS NOT NULL;
