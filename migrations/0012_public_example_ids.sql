-- Training examples are known outside by an id that says nothing of how many there are: `id` counts the rows of all
-- tenants.

-- Fills the rows that are there, which rewrites the table under its lock. It holds what people accepted, one by one.
ALTER TABLE skill_feedback ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid();

-- The test cases of a skill, a page at a time.
CREATE INDEX skill_feedback_test_cases_by_time ON skill_feedback (tenant_id, skill_id, created_at, public_id)
    WHERE feedback_type = 'training_example' AND status = 'accepted'
        AND example_input IS NOT NULL AND expected_output IS NOT NULL;
