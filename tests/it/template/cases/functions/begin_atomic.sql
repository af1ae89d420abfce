-- Bodies that are parsed when they are made know what they depend on.
--! template
CREATE TABLE t (id integer PRIMARY KEY, name varchar);
CREATE TABLE log (what text);
CREATE FUNCTION named(n varchar) RETURNS SETOF t LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT * FROM t WHERE t.name IN (n, 'b') ORDER BY t.id;
END;
CREATE FUNCTION one() RETURNS integer RETURN (SELECT count(*)::integer FROM t);
CREATE PROCEDURE add(i integer, n text DEFAULT 'x') BEGIN ATOMIC
    INSERT INTO t VALUES (i, n) ON CONFLICT (id) DO UPDATE SET name = excluded.name || '!';
    INSERT INTO log VALUES ('added ' || i::text);
END;
CREATE VIEW v AS SELECT one() AS n;
--! use
CALL add(1);
CALL add(1, 'y');
SELECT named.name, (SELECT n FROM v), (SELECT count(*) FROM log) FROM named('y!');
--= y!|1|2
DROP TABLE log;
--x other objects depend on it
