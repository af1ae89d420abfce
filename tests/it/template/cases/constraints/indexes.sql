-- Indexes of several methods, with expressions, operator classes and their options, orders, and conditions.
--! template
CREATE FUNCTION initial(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT left(t, 1)';
CREATE TABLE t (a text, b integer, c tsvector, d int4range, e jsonb, f text[], at timestamptz);
CREATE INDEX i_pattern ON t (a text_pattern_ops DESC NULLS LAST, b);
CREATE INDEX i_function ON t (initial(a), (b * 2 + 1)) WHERE initial(a) <> 'x' AND b > 0;
CREATE UNIQUE INDEX i_include ON t (b) INCLUDE (a) WHERE b IS NOT NULL;
CREATE UNIQUE INDEX i_nulls ON t (a, b) NULLS NOT DISTINCT;
CREATE INDEX i_gin ON t USING gin (e jsonb_path_ops, f) WITH (fastupdate = off);
CREATE INDEX i_gist ON t USING gist (c tsvector_ops (siglen = 20), d);
CREATE INDEX i_brin ON t USING brin (at timestamptz_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 4);
CREATE INDEX i_hash ON t USING hash (b);
CREATE INDEX i_collated ON t (a COLLATE "C", (lower(a)) COLLATE "POSIX" varchar_pattern_ops);
ALTER INDEX i_function ALTER COLUMN 1 SET STATISTICS 333;
CREATE INDEX i_orders ON t (a DESC, b NULLS FIRST, at DESC NULLS LAST);
CREATE INDEX i_words ON t USING gin (to_tsvector('english', a));
--! use
INSERT INTO t (a, b, c) VALUES ('abc', 1, 'x');
INSERT INTO t (a, b) VALUES ('abd', 1);
--x i_include
SELECT attstattarget FROM pg_attribute WHERE attrelid = 'i_function'::regclass AND attnum = 1;
--= 333
SELECT attoptions FROM pg_attribute WHERE attrelid = 'i_gist'::regclass AND attnum = 1;
--= ["siglen=20"]
SELECT count(*) FROM pg_depend WHERE objid = 'i_function'::regclass AND refobjid = 'initial(text)'::regprocedure;
--= 2
