-- Tenant SQL names no tenant's schema: it runs in the template and in every schema, and the path says in which.
CREATE TABLE schools (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> '')
);
