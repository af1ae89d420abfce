-- A partitioned table with its partitions, a default one, and indexes on all.
--! template
CREATE TABLE events (id bigint NOT NULL, kind text, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX by_kind ON events (kind) WHERE kind IS NOT NULL;
CREATE INDEX only_here ON events_2026 (kind, id);
--! use
INSERT INTO events VALUES (1, 'a', '2025-05-05'), (2, 'b', '2026-06-06'), (3, 'c', '2030-01-01');
SELECT tableoid::regclass, id FROM events ORDER BY id;
--= events_2025|1
--= events_2026|2
--= events_rest|3
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
SELECT count(*) FROM pg_inherits WHERE inhparent = 'by_kind'::regclass;
--= 4
SELECT count(*) FROM pg_inherits WHERE inhparent = 'events_pkey'::regclass;
--= 4
ALTER TABLE events DETACH PARTITION events_2025;
