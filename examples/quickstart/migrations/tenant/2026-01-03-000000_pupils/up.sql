-- The levels of ISCED 1, 2 and 3. Each schema has a type of its own by this name.
CREATE TYPE level AS ENUM ('primary', 'lower_secondary', 'upper_secondary');

CREATE TABLE pupils (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    school_id bigint NOT NULL REFERENCES schools,
    given_name text NOT NULL CHECK (given_name <> ''),
    family_name text NOT NULL CHECK (family_name <> ''),
    born date NOT NULL,
    -- From a tenant's table to one that all share.
    country text NOT NULL REFERENCES public.countries,
    level level NOT NULL,
    joined date NOT NULL,
    CHECK (joined > born)
);
CREATE INDEX pupils_by_school ON pupils (school_id);
CREATE INDEX pupils_by_name ON pupils (family_name, given_name);
