-- Whoever can log in. Which schools a user may use is kept in `multischema.members`, by this id.
CREATE TABLE public.users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    password_hash text NOT NULL,
    is_superuser boolean NOT NULL DEFAULT false
);
