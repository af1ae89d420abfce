-- A partition has a foreign key of its own that is equal to one that it has from its table.
--! unlike
--! template
CREATE TABLE plain (id integer PRIMARY KEY);
CREATE TABLE whole (id integer, parent integer CONSTRAINT to_plain REFERENCES plain) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (10);
ALTER TABLE part ADD CONSTRAINT only_here FOREIGN KEY (parent) REFERENCES plain (id);
--! use
SELECT conname, conislocal, coninhcount FROM pg_constraint WHERE conrelid = 'part'::regclass ORDER BY 1;
--= only_here|true|0
--= to_plain|false|1
