-- Two parents, and one in a shared schema.
--! shared
CREATE TABLE public.stamped (made timestamptz DEFAULT now());
--! template
CREATE TABLE named (name text NOT NULL);
CREATE TABLE numbered (number integer);
CREATE TABLE both_of_them (own text) INHERITS (named, numbered);
CREATE TABLE letters (body text) INHERITS (public.stamped);
--! use
INSERT INTO both_of_them VALUES ('a', 1, 'x');
SELECT (SELECT count(*) FROM named), (SELECT count(*) FROM numbered);
--= 1|1
INSERT INTO letters (body) VALUES ('x');
SELECT count(*) FROM public.stamped;
--= 1
