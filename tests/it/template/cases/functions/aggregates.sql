-- Aggregates with all their parts: moving, ordered-set, hypothetical, of several arguments and of none.
--! template
CREATE TYPE pair AS (a integer, b text);
CREATE FUNCTION step(s pair, n integer, t text) RETURNS pair LANGUAGE sql IMMUTABLE AS $$SELECT ROW(coalesce(s.a, 0) + n, coalesce(s.b, '') || t)::pair$$;
CREATE FUNCTION finish(s pair) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT s.a::text || s.b$$;
CREATE FUNCTION merge(a pair, b pair) RETURNS pair LANGUAGE sql IMMUTABLE AS $$SELECT ROW(a.a + b.a, a.b || b.b)::pair$$;
CREATE AGGREGATE pairs(integer, text) (SFUNC = step, STYPE = pair, SSPACE = 64, FINALFUNC = finish, COMBINEFUNC = merge, INITCOND = '(0,>)', PARALLEL = SAFE);
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer, MINITCOND = '0');
CREATE AGGREGATE rows(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE biggest(integer) (SFUNC = int4larger, STYPE = integer, SORTOP = >);
CREATE AGGREGATE middle(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
    FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = SHAREABLE);
CREATE AGGREGATE place(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,
    FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE TABLE t (n integer, w text);
CREATE VIEW v AS SELECT pairs(n, w ORDER BY n), total(n), rows(*), biggest(n), middle(0.5) WITHIN GROUP (ORDER BY n), place(2) WITHIN GROUP (ORDER BY n) FROM t;
COMMENT ON AGGREGATE rows(*) IS 'all'; COMMENT ON AGGREGATE pairs(integer, text) IS 'two';
--! use
INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
SELECT * FROM v;
--= 6>abc|6|3|3|2|2
SELECT string_agg(total::text, ',' ORDER BY n) FROM (SELECT n, total(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM t) s;
--= 1,3,5
