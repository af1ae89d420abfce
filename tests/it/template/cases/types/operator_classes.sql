-- An operator class and its family, with a loose member, and an index by it.
--! template
CREATE FUNCTION by_length(a text, b text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT length(a) - length(b)';
CREATE FUNCTION longer(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(a) > length(b)';
CREATE FUNCTION shorter(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(a) < length(b)';
CREATE FUNCTION as_long(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(a) = length(b)';
CREATE OPERATOR #< (FUNCTION = shorter, LEFTARG = text, RIGHTARG = text, COMMUTATOR = #>);
CREATE OPERATOR #> (FUNCTION = longer, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR #= (FUNCTION = as_long, LEFTARG = text, RIGHTARG = text, HASHES, MERGES);
CREATE OPERATOR FAMILY lengths USING btree;
CREATE OPERATOR CLASS length_ops FOR TYPE text USING btree FAMILY lengths AS
    OPERATOR 1 #<, OPERATOR 3 #=, OPERATOR 5 #>, FUNCTION 1 by_length(text, text);
CREATE FUNCTION by_number(a text, b integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT length(a) - b';
ALTER OPERATOR FAMILY lengths USING btree ADD FUNCTION 1 (text, integer) by_number(text, integer);
CREATE OPERATOR CLASS alone_ops FOR TYPE text USING hash AS OPERATOR 1 #=, FUNCTION 1 hashtext(text);
CREATE TABLE t (a text);
CREATE UNIQUE INDEX t_a ON t (a length_ops);
COMMENT ON OPERATOR CLASS length_ops USING btree IS 'by length'; COMMENT ON OPERATOR FAMILY lengths USING btree IS 'all';
--! use
INSERT INTO t VALUES ('ab'), ('abc');
INSERT INTO t VALUES ('xy');
--x t_a
SELECT count(*) FROM pg_amproc p JOIN pg_opfamily f ON f.oid = p.amprocfamily WHERE f.opfnamespace = 'the_copy_abc'::regnamespace;
--= 3
