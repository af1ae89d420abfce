-- Functions as strings in SQL and PL/pgSQL, with arguments of all modes, defaults and attributes.
--! template
CREATE TABLE t (id bigint PRIMARY KEY, n integer);
CREATE TYPE kind AS ENUM ('a', 'b');
CREATE FUNCTION add_one(n integer DEFAULT 1, k kind DEFAULT 'b', VARIADIC rest integer[] DEFAULT '{}') RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 AS $$SELECT n + 1 + coalesce(array_length(rest, 1), 0)$$;
CREATE FUNCTION several(IN a integer, OUT b integer, INOUT c text) LANGUAGE plpgsql STABLE SECURITY DEFINER LEAKPROOF AS
    $body$ BEGIN b := a * 2; c := c || $$it's$$; END $body$;
CREATE FUNCTION rows_of(t) RETURNS TABLE (id bigint, k kind) LANGUAGE sql ROWS 5 AS $$SELECT $1.id, 'a'::kind$$;
CREATE FUNCTION counting() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM t); END';
CREATE FUNCTION over_it() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION overloaded(a integer) RETURNS text LANGUAGE sql AS $$SELECT 'integer'$$;
CREATE FUNCTION overloaded(a text) RETURNS text LANGUAGE sql AS $$SELECT 'text'$$;
CREATE FUNCTION overloaded(a kind) RETURNS text LANGUAGE sql AS $$SELECT 'kind'$$;
CREATE VIEW v AS SELECT overloaded(1) AS i, overloaded('x'::text) AS t, overloaded('a'::kind) AS k;
--! use
SELECT add_one(), add_one(1, 'a', 1, 2), (several(2, 'x')).*;
--= 2|4|4|xit's
INSERT INTO t VALUES (7, 1);
SELECT (rows_of(t)).id, counting() FROM t;
--= 7|1
SELECT * FROM v;
--= integer|text|kind
SELECT over_it() OVER () FROM t;
--= 1
SELECT procost, provolatile, proisstrict, proparallel FROM pg_proc WHERE oid = 'add_one'::regproc;
--= 7|i|true|s
