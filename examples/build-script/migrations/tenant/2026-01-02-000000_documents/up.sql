-- Runs in each schema, and names none.
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    plan_id integer REFERENCES plans ON DELETE SET NULL
);
