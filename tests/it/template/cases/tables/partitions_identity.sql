-- An identity of a partitioned table, in which its partitions have a part.
--! template
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--! use
INSERT INTO events (at) VALUES ('2026-01-01'), ('2026-01-02');
SELECT id FROM events_2026 ORDER BY id;
--= 1
--= 2
