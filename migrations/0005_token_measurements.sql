-- What calls cost, from the main app's hooks and from benchmarks, and a daily rollup that serves the cost trend.

CREATE TABLE token_measurements (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    skill_id text COLLATE "C" NOT NULL,
    benchmark_run_id text COLLATE "C",
    source text COLLATE "C" NOT NULL, -- 'benchmark' is ours, anything else is a hook's
    -- A measurement that is delivered twice counts once, if its source gives it a key.
    deduplication_key text COLLATE "C",
    model_name text COLLATE "C" NOT NULL,
    model_provider text COLLATE "C" NOT NULL,
    input_tokens integer,
    output_tokens integer,
    cache_read_tokens integer,
    cache_write_tokens integer,
    estimated_cost_microcents bigint,
    latency_ms integer,
    measured_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT token_measurements_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT token_measurements_deduplication_key UNIQUE (tenant_id, source, deduplication_key),
    CONSTRAINT token_measurements_skill_fkey FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, id),
    CONSTRAINT token_measurements_run_fkey FOREIGN KEY (tenant_id, benchmark_run_id)
        REFERENCES benchmark_runs (tenant_id, id),
    CONSTRAINT token_measurements_names_check CHECK (source <> '' AND model_name <> '' AND model_provider <> ''),
    CONSTRAINT token_measurements_benchmark_check CHECK (
        (source = 'benchmark') = (benchmark_run_id IS NOT NULL)
        AND (source <> 'benchmark' OR deduplication_key IS NOT NULL)
    ),
    CONSTRAINT token_measurements_nonnegative_check CHECK (
        LEAST(
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, estimated_cost_microcents, latency_ms
        ) >= 0
    )
);

CREATE INDEX token_measurements_of_skill ON token_measurements (tenant_id, skill_id, measured_at);

CREATE TABLE token_measurement_daily (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    skill_id text COLLATE "C" NOT NULL,
    day date NOT NULL, -- UTC
    model_name text COLLATE "C" NOT NULL,
    model_provider text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    measurements bigint NOT NULL,
    cost_counted bigint NOT NULL, -- measurements whose cost is known
    estimated_cost_microcents bigint, -- their sum
    CONSTRAINT token_measurement_daily_pkey PRIMARY KEY (tenant_id, skill_id, day, model_name, model_provider, source),
    CONSTRAINT token_measurement_daily_skill_fkey FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, id),
    CONSTRAINT token_measurement_daily_counted_check CHECK (measurements >= 1 AND cost_counted BETWEEN 0 AND measurements),
    CONSTRAINT token_measurement_daily_cost_check CHECK (
        (cost_counted = 0) = (estimated_cost_microcents IS NULL) AND estimated_cost_microcents >= 0
    )
);

CALL isolate_tenants('token_measurements');
CALL isolate_tenants('token_measurement_daily');

-- A trigger, so that the hooks' rows are counted too, in the transaction that writes them. It runs as the owner, so that
-- nobody else needs to write the rollup. Measurements that are removed once they are old stay counted.
CREATE FUNCTION roll_up_token_measurements() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    -- pg_temp last: else a temporary table of the same name would be written to in the owner's name.
    SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO token_measurement_daily AS daily (
        tenant_id, skill_id, day, model_name, model_provider, source,
        measurements, cost_counted, estimated_cost_microcents
    )
    SELECT
        tenant_id, skill_id, (measured_at AT TIME ZONE 'UTC')::date, model_name, model_provider, source,
        count(*), count(estimated_cost_microcents), sum(estimated_cost_microcents)
    FROM inserted
    GROUP BY 1, 2, 3, 4, 5, 6
    -- One order for all, so that two writers of the same days wait for each other and do not deadlock.
    ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT ON CONSTRAINT token_measurement_daily_pkey DO UPDATE SET
        measurements = daily.measurements + excluded.measurements,
        cost_counted = daily.cost_counted + excluded.cost_counted,
        estimated_cost_microcents = CASE
            WHEN excluded.cost_counted = 0 THEN daily.estimated_cost_microcents
            ELSE COALESCE(daily.estimated_cost_microcents, 0) + excluded.estimated_cost_microcents
        END;
    RETURN NULL;
END
$$;

CREATE TRIGGER token_measurements_roll_up
    AFTER INSERT ON token_measurements
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION roll_up_token_measurements();
