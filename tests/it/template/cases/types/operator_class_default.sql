-- An operator class that is the default for a type, and an index that does not name it.
--! template
CREATE TYPE pair AS (a integer, b integer);
CREATE FUNCTION pair_hash(pair) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
CREATE FUNCTION pair_is(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR #= (FUNCTION = pair_is, LEFTARG = pair, RIGHTARG = pair);
CREATE OPERATOR CLASS "Pair ops" DEFAULT FOR TYPE pair USING hash AS OPERATOR 1 #=, FUNCTION 1 pair_hash(pair);
CREATE TABLE t (p pair);
CREATE INDEX t_p ON t USING hash (p);
--! use
SELECT opcnamespace = 'the_copy_abc'::regnamespace FROM pg_opclass c JOIN pg_index i ON c.oid = i.indclass[0]
WHERE i.indexrelid = 't_p'::regclass;
--= true
INSERT INTO t VALUES (ROW(1, 2));
SELECT count(*) FROM t WHERE p #= ROW(1, 3)::pair;
--= 1
