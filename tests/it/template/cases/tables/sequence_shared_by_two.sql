-- Two tables that draw from one sequence, which belongs to neither.
--! template
CREATE SEQUENCE ids;
CREATE TABLE a (id bigint DEFAULT nextval('ids') PRIMARY KEY);
CREATE TABLE b (id bigint DEFAULT nextval('ids') PRIMARY KEY);
--! use
INSERT INTO a DEFAULT VALUES;
INSERT INTO b DEFAULT VALUES;
SELECT (SELECT id FROM a), (SELECT id FROM b);
--= 1|2
