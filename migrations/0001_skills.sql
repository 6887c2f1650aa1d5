-- Skills, the frozen versions of their text, and what people said about their answers.
--
-- Every key and foreign key starts with tenant_id: a row can only ever refer to rows of its own tenant, whoever writes
-- it. Names that are compared or ordered are COLLATE "C": their order is the same on every machine, and an upgrade of
-- the machine's locales cannot corrupt their indexes.

-- A setting that was local to an earlier transaction reads as '' afterwards; both mean that no tenant is set.
CREATE FUNCTION current_tenant_id() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.current_tenant_id', true), '');

-- Called once for each table. FORCE holds for the owner too: a migration that changes rows has to set the tenant.
CREATE PROCEDURE isolate_tenants(tenant_table regclass)
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format(
        'CREATE POLICY tenant_isolation ON %s '
        'USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id())',
        tenant_table
    );
END
$$;

CREATE TABLE skills (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id text COLLATE "C" NOT NULL, -- the main app's own id
    name text NOT NULL,
    -- Not the newest version: a text that was registered before becomes current again without a new version.
    current_version_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT skills_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT skills_tenant_id_check CHECK (length(tenant_id) BETWEEN 1 AND 200),
    CONSTRAINT skills_id_check CHECK (length(id) BETWEEN 1 AND 200),
    CONSTRAINT skills_name_check CHECK (name <> '')
);

CREATE TABLE skill_versions (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    skill_id text COLLATE "C" NOT NULL,
    version_number integer NOT NULL,
    content text NOT NULL,
    content_sha256 text COLLATE "C" NOT NULL,
    text_sanitized boolean NOT NULL DEFAULT false, -- characters that cannot be stored were removed
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT skill_versions_pkey PRIMARY KEY (tenant_id, skill_id, id),
    CONSTRAINT skill_versions_number_key UNIQUE (tenant_id, skill_id, version_number),
    CONSTRAINT skill_versions_content_key UNIQUE (tenant_id, skill_id, content_sha256),
    CONSTRAINT skill_versions_skill_fkey FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, id),
    CONSTRAINT skill_versions_number_check CHECK (version_number >= 1),
    CONSTRAINT skill_versions_content_check CHECK (content <> ''),
    CONSTRAINT skill_versions_content_sha256_check
        CHECK (content_sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex'))
);

ALTER TABLE skills
    ADD CONSTRAINT skills_current_version_fkey FOREIGN KEY (tenant_id, id, current_version_id)
        REFERENCES skill_versions (tenant_id, skill_id, id);

CREATE TABLE skill_feedback (
    tenant_id text COLLATE "C" NOT NULL DEFAULT current_tenant_id(),
    id bigint GENERATED ALWAYS AS IDENTITY,
    skill_id text COLLATE "C" NOT NULL,
    feedback_type text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    example_input text,
    expected_output text,
    text_sanitized boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT skill_feedback_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT skill_feedback_skill_fkey FOREIGN KEY (tenant_id, skill_id) REFERENCES skills (tenant_id, id),
    CONSTRAINT skill_feedback_type_check CHECK (feedback_type IN ('training_example', 'correction', 'comment')),
    CONSTRAINT skill_feedback_status_check CHECK (status IN ('pending', 'accepted', 'rejected'))
);

-- The test cases of a skill, a page at a time.
CREATE INDEX skill_feedback_test_cases ON skill_feedback (tenant_id, skill_id, id)
    WHERE feedback_type = 'training_example' AND status = 'accepted'
        AND example_input IS NOT NULL AND expected_output IS NOT NULL;

CALL isolate_tenants('skills');
CALL isolate_tenants('skill_versions');
CALL isolate_tenants('skill_feedback');
