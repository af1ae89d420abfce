-- Constants of the types that name objects: they are the copy's.
--! pinned
--! template
CREATE SEQUENCE s;
CREATE TABLE t (a regclass DEFAULT 't', b bigint DEFAULT nextval('s'::regclass));
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE VIEW v AS SELECT 't'::regclass AS a, 'f(integer)'::regprocedure AS b, 't'::regtype AS c, 'f'::regproc AS d, '+(int,int)'::regoperator AS e;
--! use
INSERT INTO t DEFAULT VALUES;
SELECT a::oid = 'the_copy_abc.t'::regclass, b FROM t;
--= true|1
SELECT a::oid = 'the_copy_abc.t'::regclass::oid, b::oid = 'the_copy_abc.f(integer)'::regprocedure::oid, c::oid = 'the_copy_abc.t'::regtype::oid FROM v;
--= true|true|true
