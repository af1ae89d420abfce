-- Unique constraints: their names, NULLS NOT DISTINCT, INCLUDE, deferrable ones.
--! template
CREATE TABLE t (
    a integer CONSTRAINT a_is_unique UNIQUE,
    b integer, c integer, d integer, e text,
    CONSTRAINT no_two_nulls UNIQUE NULLS NOT DISTINCT (b),
    CONSTRAINT with_more UNIQUE (c) INCLUDE (d, e),
    CONSTRAINT later UNIQUE (d) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX by_hand ON t (e);
ALTER TABLE t ADD CONSTRAINT e_key UNIQUE USING INDEX by_hand;
--! use
INSERT INTO t (b) VALUES (NULL);
INSERT INTO t (b) VALUES (NULL);
--x no_two_nulls
SELECT conname, condeferrable, condeferred FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'u' ORDER BY 1;
--= a_is_unique|false|false
--= e_key|false|false
--= later|true|true
--= no_two_nulls|false|false
--= with_more|false|false
SELECT indnatts, indnkeyatts FROM pg_index WHERE indexrelid = 'with_more'::regclass;
--= 3|1
