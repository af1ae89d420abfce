-- Views on views, on shared tables, with options and column names of their own.
--! shared
CREATE TABLE public.colors (id integer PRIMARY KEY, name text);
--! template
CREATE TABLE t (id integer PRIMARY KEY, color integer, n numeric, label varchar(20));
CREATE VIEW b (one, "Two") AS SELECT t.id, c.name FROM t LEFT JOIN public.colors c ON c.id = t.color;
CREATE VIEW a WITH (security_barrier, security_invoker) AS SELECT one, "Two" FROM b WHERE one > 0;
CREATE VIEW checked WITH (check_option = local) AS SELECT * FROM t WHERE n < 10;
CREATE VIEW cascaded AS SELECT * FROM checked WHERE n > 0 WITH CASCADED CHECK OPTION;
CREATE VIEW grouped AS SELECT id, label, count(*) FROM t GROUP BY id;
CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 3;
ALTER VIEW a RENAME COLUMN one TO uno;
ALTER VIEW checked ALTER COLUMN label SET DEFAULT 'by the view';
CREATE VIEW windowed AS SELECT id, sum(n) OVER w, row_number() OVER (w ROWS 1 PRECEDING) FROM t WINDOW w AS (PARTITION BY color ORDER BY n NULLS LAST);
CREATE VIEW lateral_and_more AS SELECT t.id, l.x, jsonb_path_query('{"a": 1}', '$.a') AS j FROM t, LATERAL (SELECT t.n * 2 AS x) l WHERE t.label LIKE 'a%' AND t.n BETWEEN 1 AND 2;
--! use
INSERT INTO checked (id, n) VALUES (1, 5);
SELECT label FROM t;
--= by the view
INSERT INTO checked VALUES (2, 1, 11);
--x check option
INSERT INTO cascaded VALUES (2, 1, -1);
--x check option
SELECT * FROM a;
--= 1|
SELECT string_agg(n::text, '') FROM numbers;
--= 123
SELECT reloptions FROM pg_class WHERE oid = 'a'::regclass;
--= ["security_barrier=true","security_invoker=true"]
SELECT count(*) FROM grouped;
--= 1
