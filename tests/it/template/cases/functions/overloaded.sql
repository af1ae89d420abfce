-- Functions of one name with arguments of the schema's own types, with defaults, variadic, and out.
--! template
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE FUNCTION f(integer) RETURNS text LANGUAGE sql AS $$ SELECT 'integer' $$;
CREATE FUNCTION f(mood) RETURNS text LANGUAGE sql AS $$ SELECT 'mood' $$;
CREATE FUNCTION f(mood, n integer DEFAULT 7, m mood DEFAULT 'bad') RETURNS text LANGUAGE sql AS $$ SELECT $1::text || n || m::text $$;
CREATE FUNCTION f(VARIADIC mood[]) RETURNS integer LANGUAGE sql AS $$ SELECT array_length($1, 1) $$;
CREATE FUNCTION parts(m mood, OUT a mood, OUT b integer) LANGUAGE sql AS $$ SELECT m, 1 $$;
REVOKE EXECUTE ON FUNCTION f(integer) FROM PUBLIC;
COMMENT ON FUNCTION f(mood, integer, mood) IS 'the long one';
--! use
SELECT f(1), f('ok'::mood, 2);
--= integer|ok2bad
SELECT f('ok'::mood, 'bad'::mood, 'ok'::mood);
--= 3
SELECT a, b FROM parts('bad');
--= bad|1
SELECT proacl IS NULL FROM pg_proc WHERE oid = 'f(mood)'::regprocedure;
--= true
SELECT array_length(proacl, 1) FROM pg_proc WHERE oid = 'f(integer)'::regprocedure;
--= 1
