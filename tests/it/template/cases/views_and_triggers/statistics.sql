-- Extended statistics, with kinds, expressions and a target.
--! template
CREATE TABLE t (a integer, b integer, c text);
CREATE STATISTICS every_kind ON a, b, c FROM t;
CREATE STATISTICS "Some Kinds" (ndistinct, mcv) ON a, (b + 1), lower(c) FROM t;
CREATE STATISTICS expression ON (a % 2) FROM t;
ALTER STATISTICS every_kind SET STATISTICS 55;
COMMENT ON STATISTICS expression IS 'odd or even';
--! use
INSERT INTO t SELECT i, i % 3, i::text FROM generate_series(1, 100) i;
ANALYZE t;
SELECT stxname, stxkind, stxstattarget FROM pg_statistic_ext WHERE stxnamespace = 'the_copy_abc'::regnamespace AND stxname = 'every_kind';
--= every_kind|["d","f","m"]|55
SELECT count(*) FROM pg_stats_ext WHERE schemaname = 'the_copy_abc';
--= 3
