-- Strings that look like names are strings.
--! unlike
--! template
CREATE TABLE t (a text DEFAULT '__template__.t', b text DEFAULT 'x___template__.y', CHECK (a <> '"__template__".u'));
CREATE VIEW v AS SELECT '__template__.hello' AS a, 'data.csv' AS b, '__template__' AS c, $$it's __template__.$$ AS d FROM t;
CREATE FUNCTION f() RETURNS text LANGUAGE sql IMMUTABLE RETURN 'not __template__.t';
CREATE INDEX t_a ON t (a) WHERE a = '__template__.t';
--! use
INSERT INTO t DEFAULT VALUES;
SELECT v.*, f(), t.a FROM v, t;
--= __template__.hello|data.csv|__template__|it's __template__.|not __template__.t|__template__.t
INSERT INTO t VALUES ('"__template__".u');
--x t_a_check
