CREATE TABLE pupils (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    house_id bigint NOT NULL REFERENCES houses,
    given_name text NOT NULL CHECK (given_name <> ''),
    family_name text NOT NULL CHECK (family_name <> ''),
    born date NOT NULL,
    joined date NOT NULL,
    CHECK (joined > born)
);
CREATE INDEX pupils_by_house ON pupils (house_id);
CREATE INDEX pupils_by_name ON pupils (family_name, given_name, id);
