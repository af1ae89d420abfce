-- Operators with commutators, negators and estimates, used in a view, an index and a check.
--! template
CREATE TYPE pair AS (a integer, b integer);
CREATE FUNCTION pair_lt(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a < $2.a';
CREATE FUNCTION pair_gt(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a > $2.a';
CREATE FUNCTION pair_ge(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a >= $2.a';
CREATE FUNCTION pair_not(pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = 0';
CREATE OPERATOR <<< (FUNCTION = pair_lt, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = >>>, NEGATOR = >>=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR >>> (FUNCTION = pair_gt, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = <<<);
CREATE OPERATOR >>= (FUNCTION = pair_ge, LEFTARG = pair, RIGHTARG = pair, NEGATOR = <<<);
CREATE OPERATOR !!! (FUNCTION = pair_not, RIGHTARG = pair);
CREATE TABLE t (p pair CHECK (p >>= ROW(0, 0)::pair), q pair);
CREATE VIEW v AS SELECT p <<< q AS less, !!! p AS zero FROM t;
COMMENT ON OPERATOR <<< (pair, pair) IS 'less';
COMMENT ON OPERATOR !!! (NONE, pair) IS 'zero';
--! use
INSERT INTO t VALUES (ROW(1, 1), ROW(2, 2));
SELECT * FROM v;
--= true|false
INSERT INTO t VALUES (ROW(-1, 1));
--x t_p_check
SELECT o.oprname, c.oprname, n.oprname, o.oprrest FROM pg_operator o JOIN pg_operator c ON c.oid = o.oprcom JOIN pg_operator n ON n.oid = o.oprnegate WHERE o.oprname = '<<<' AND o.oprnamespace = 'the_copy_abc'::regnamespace;
--= <<<|>>>|>>=|scalarltsel
