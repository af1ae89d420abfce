-- Each school has these tables, in a schema of its own. Nothing here says in which.
CREATE TABLE houses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> '')
);
