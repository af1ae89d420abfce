-- Domains over each other, with defaults, collations and named checks, valid or not.
--! template
CREATE FUNCTION is_code(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT t ~ '^[A-Z]+$'$$;
CREATE DOMAIN code AS varchar(10) COLLATE "C" DEFAULT 'A' NOT NULL CONSTRAINT is_a_code CHECK (is_code(VALUE));
CREATE DOMAIN short_code AS code CONSTRAINT is_short CHECK (length(VALUE) < 4);
CREATE DOMAIN codes AS code[] CHECK (array_length(VALUE, 1) < 3);
CREATE DOMAIN loose AS integer;
CREATE TABLE t (c code, s short_code, l codes, n loose);
INSERT INTO t (s, n) VALUES ('B', -1);
ALTER DOMAIN loose ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
COMMENT ON DOMAIN code IS 'a code'; COMMENT ON CONSTRAINT is_short ON DOMAIN short_code IS 'short';
--! use
SELECT c, s, n FROM t;
--= A|B|-1
INSERT INTO t VALUES ('A', 'ABCD');
--x is_short
INSERT INTO t VALUES ('A', 'b');
--x is_a_code
INSERT INTO t VALUES ('A', 'B', '{A,B,C}');
--x codes_check
SELECT conname, convalidated FROM pg_constraint WHERE contypid = 'loose'::regtype;
--= positive|false
SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'is_short';
--= short
