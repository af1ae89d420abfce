-- What a function is besides its body: leakproof, strict, parallel, security definer, settings in quotes.
--! template
CREATE TABLE t (n integer);
CREATE FUNCTION f(a integer, b text) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 9
    SECURITY DEFINER SET work_mem = '3MB' SET "application_name" = 'it''s, "quoted"' AS $f$
BEGIN
    RETURN a + current_setting('work_mem')::text::varchar(1)::integer; -- a comment with $$ and 'quotes'
END $f$;
CREATE PROCEDURE p(INOUT n integer, m integer DEFAULT 2) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (n); n := n + m; END $$;
--! use
SELECT f(1, 'x'), f(NULL, 'x') IS NULL;
--= 4|true
CALL p(1);
SELECT * FROM t;
--= 1
SELECT array_length(proconfig, 1), proleakproof, proisstrict, proparallel, prosecdef, procost FROM pg_proc WHERE oid = 'f'::regproc;
--= 2|true|true|s|true|9
