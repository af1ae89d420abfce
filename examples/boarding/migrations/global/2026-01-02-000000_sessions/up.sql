CREATE TABLE public.sessions (
    -- A hash of what the cookie holds, so that who reads this table cannot act as its users.
    id bytea PRIMARY KEY CHECK (length(id) = 32),
    data jsonb NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX sessions_by_expiry ON public.sessions (expires);
