-- Global SQL says `public`: the migrator's path need not have it.
CREATE TABLE public.countries (
    alpha2 text PRIMARY KEY CHECK (alpha2 ~ '^[A-Z]{2}$'),
    alpha3 text NOT NULL UNIQUE CHECK (alpha3 ~ '^[A-Z]{3}$'),
    -- Three digits, of which the first may be zero: a code, not a number.
    "numeric" text NOT NULL UNIQUE CHECK ("numeric" ~ '^[0-9]{3}$'),
    name text NOT NULL UNIQUE CHECK (name <> '')
);
COMMENT ON TABLE public.countries IS 'ISO 3166-1';
