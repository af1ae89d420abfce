-- A query with what deparsing could get wrong: windows, grouping sets, lateral joins, samples, qualified operators, casts of
-- constants to own types, column aliases, and a table named like its column.
--! template
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TABLE mood_log (mood_log integer, m mood, at date);
CREATE FUNCTION plus(integer, mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + length($2::text)';
CREATE OPERATOR +% (FUNCTION = plus, LEFTARG = integer, RIGHTARG = mood);
CREATE VIEW v AS
    SELECT mood_log.mood_log AS n, x.sum, mood_log.mood_log +% 'bad'::mood AS added, row_number() OVER w AS nr,
        CASE m WHEN 'ok'::mood THEN 1 ELSE 0 END AS is_ok, (mood_log.*)::text AS whole
    FROM mood_log CROSS JOIN LATERAL (SELECT sum(i) AS sum FROM generate_series(1, mood_log.mood_log) i) x
    WHERE m = ANY (ARRAY['ok', 'bad']::mood[])
    WINDOW w AS (PARTITION BY m ORDER BY mood_log.mood_log ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);
CREATE VIEW g AS SELECT m, count(*) FILTER (WHERE at > 'epoch') AS n, grouping(m) FROM mood_log TABLESAMPLE system (100) GROUP BY GROUPING SETS ((m), ());
CREATE VIEW renamed (a, b) AS SELECT n, added FROM v NATURAL JOIN (SELECT n FROM v) w;
--! use
INSERT INTO mood_log VALUES (3, 'ok', '2020-01-01');
SELECT n, sum, added, nr, is_ok, whole FROM v;
--= 3|6|6|1|1|(3,ok,2020-01-01)
SELECT m, n, grouping FROM g ORDER BY m;
--= ok|1|0
--= |1|1
SELECT a, b FROM renamed;
--= 3|6
