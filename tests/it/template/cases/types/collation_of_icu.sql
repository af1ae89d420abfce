-- Collations of the schema, on columns, in indexes and in expressions.
--! icu
--! template
CREATE COLLATION numeric_order (PROVIDER = icu, LOCALE = 'en-u-kn-true');
CREATE COLLATION no_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE COLLATION "POSIX copy" FROM "POSIX";
CREATE TABLE t (a text COLLATE numeric_order, b text COLLATE no_case UNIQUE, c text COLLATE "POSIX copy");
CREATE INDEX t_a ON t (c COLLATE numeric_order, (c || 'x' COLLATE no_case));
CREATE VIEW v AS SELECT a FROM t ORDER BY c COLLATE numeric_order;
CREATE DOMAIN d AS text COLLATE no_case CHECK (VALUE <> 'NO' COLLATE no_case);
--! use
INSERT INTO t VALUES ('a10', 'X', 'a10'), ('a9', 'Y', 'a9');
SELECT string_agg(a, ' ' ORDER BY a) FROM t;
--= a9 a10
INSERT INTO t VALUES ('b', 'x', 'b');
--x t_b_key
SELECT 'no'::d;
--x d_check
