-- Indexes on expressions that call the schema's functions and text search configurations, with operator classes, orders,
-- collations, options and statistics targets.
--! template
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
CREATE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1) $$;
CREATE TABLE t (id integer, body text, tags text[], n numeric);
CREATE INDEX t_norm ON t (norm(body) text_pattern_ops DESC NULLS LAST, id);
CREATE INDEX t_words ON t USING gin (to_tsvector('words', body)) WITH (fastupdate = off);
CREATE INDEX t_tags ON t USING gin (tags) WHERE norm(body) <> 'x';
CREATE INDEX t_brin ON t USING brin (n numeric_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 4);
CREATE INDEX t_c ON t (body COLLATE "C") INCLUDE (n);
CREATE UNIQUE INDEX "T 'odd' % index" ON t ((id % 10), (norm(body)));
ALTER INDEX t_norm ALTER COLUMN 1 SET STATISTICS 77;
COMMENT ON INDEX t_c IS 'it''s';
--! use
INSERT INTO t VALUES (1, 'Body', '{a}', 1);
INSERT INTO t VALUES (11, 'BODY');
--x duplicate key value violates unique constraint "T 'odd' % index"
SET enable_seqscan TO off;
SELECT id FROM t WHERE to_tsvector('words', body) @@ 'body';
--= 1
SELECT attstattarget FROM pg_attribute WHERE attrelid = 't_norm'::regclass AND attnum = 1;
--= 77
SELECT obj_description('t_c'::regclass);
--= it's
