CREATE TABLE public.plans (id integer PRIMARY KEY, name text NOT NULL);
