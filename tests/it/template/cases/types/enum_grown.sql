-- An enum whose labels were added between others, renamed, and have commas and quotes in them.
--! template
CREATE TYPE grown AS ENUM ('z', 'a, b', 'it''s');
ALTER TYPE grown ADD VALUE 'first' BEFORE 'z';
ALTER TYPE grown ADD VALUE '"middle"' AFTER 'z';
ALTER TYPE grown RENAME VALUE 'z' TO 'second';
CREATE TABLE t (g grown DEFAULT 'it''s', many grown[] DEFAULT '{"a, b",it''s}');
CREATE INDEX t_late ON t (g) WHERE g > 'second';
--! use
INSERT INTO t DEFAULT VALUES;
SELECT g, many[1], many[2] FROM t;
--= it's|a, b|it's
SELECT enum_range(NULL::grown)::text;
--= {first,second,"\"middle\"","a, b",it's}
