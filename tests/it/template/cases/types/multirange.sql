-- A range type whose multirange has a name of its own, and columns, an index and a constraint of both.
--! template
CREATE TYPE span AS RANGE (SUBTYPE = timestamp, MULTIRANGE_TYPE_NAME = many_spans);
CREATE TABLE t (s span, m many_spans DEFAULT '{}', EXCLUDE USING gist (s WITH &&));
CREATE INDEX t_m ON t USING gist (m);
--! use
INSERT INTO t VALUES ('[2020-01-01, 2020-01-02)');
INSERT INTO t VALUES ('[2020-01-01 12:00, 2020-01-03)');
--x conflicting key value violates exclusion constraint
SELECT m::text, range_merge(many_spans(s))::text FROM t;
--= {}|["2020-01-01 00:00:00","2020-01-02 00:00:00")
SELECT rngmultitypid::regtype FROM pg_range WHERE rngtypid = 'span'::regtype;
--= many_spans
