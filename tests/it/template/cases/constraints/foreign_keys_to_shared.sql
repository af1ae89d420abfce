-- Foreign keys to tables of other schemata stay there.
--! shared
CREATE TABLE public.offers (id integer PRIMARY KEY, name text UNIQUE);
CREATE SCHEMA third;
CREATE TABLE third.things (id integer PRIMARY KEY);
--! template
CREATE TABLE t (plan integer REFERENCES public.offers ON DELETE CASCADE, name text REFERENCES public.offers (name) DEFERRABLE,
    thing integer REFERENCES third.things);
--! use
INSERT INTO public.offers VALUES (1, 'free');
INSERT INTO t (plan, name) VALUES (1, 'free');
INSERT INTO t (plan) VALUES (2);
--x t_plan_fkey
INSERT INTO t (thing) VALUES (2);
--x t_thing_fkey
DELETE FROM public.offers;
--x t_name_fkey
UPDATE t SET name = NULL;
DELETE FROM public.offers;
SELECT count(*) FROM t;
--= 0
