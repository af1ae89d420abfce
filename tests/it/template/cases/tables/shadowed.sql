-- A table of the schema that has the name of a shared one, and refers to both.
--! shared
CREATE TABLE public.things (id integer PRIMARY KEY);
--! template
CREATE TABLE things (id integer PRIMARY KEY, public_id integer REFERENCES public.things);
CREATE TABLE t (mine integer REFERENCES things, theirs integer REFERENCES public.things);
CREATE VIEW v AS SELECT a.id, b.id AS theirs FROM things a JOIN public.things b ON a.id = b.id;
--! use
INSERT INTO public.things VALUES (1);
INSERT INTO things VALUES (2, 1);
INSERT INTO t VALUES (2, 1);
INSERT INTO t VALUES (1, 1);
--x t_mine_fkey
