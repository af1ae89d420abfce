-- Columns that were dropped leave no gap.
--! template
CREATE TABLE t (a integer, gone text, b text, gone_too integer, c integer UNIQUE);
ALTER TABLE t DROP gone, DROP gone_too;
ALTER TABLE t ADD d integer NOT NULL DEFAULT 4;
CREATE INDEX t_b ON t (b, d);
--! use
SELECT string_agg(attname || attnum, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0;
--= a1 b2 c3 d4
INSERT INTO t VALUES (1, 'x', 3);
SELECT * FROM t;
--= 1|x|3|4
