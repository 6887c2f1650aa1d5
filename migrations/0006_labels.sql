-- Scores given by people, on the judges' scale.

CREATE TABLE result_labels (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    benchmark_result_id bigint NOT NULL,
    rater text COLLATE "C" NOT NULL,
    dimension text COLLATE "C" NOT NULL,
    value numeric NOT NULL,
    blinded boolean NOT NULL, -- the rater did not know the model
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT result_labels_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT result_labels_rater_key UNIQUE (tenant_id, benchmark_result_id, dimension, rater),
    CONSTRAINT result_labels_result_fkey FOREIGN KEY (tenant_id, benchmark_result_id)
        REFERENCES benchmark_results (tenant_id, id),
    CONSTRAINT result_labels_rater_check CHECK (length(rater) BETWEEN 1 AND 200),
    CONSTRAINT result_labels_dimension_check CHECK (
        dimension IN ('quality_score', 'faithfulness_score', 'relevancy_score', 'precision_score', 'recall_score')
    ),
    CONSTRAINT result_labels_value_check CHECK (value BETWEEN 0 AND 100)
);

CALL isolate_tenants('result_labels');
