-- An exclusion constraint, with a condition and an operator of PostgreSQL's.
--! template
CREATE TABLE bookings (room integer, during tsrange, gone boolean DEFAULT false,
    CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&) WHERE (NOT gone),
    EXCLUDE USING btree (room WITH =) INITIALLY DEFERRED);
--! use
INSERT INTO bookings VALUES (1, '[2026-01-01,2026-01-02)'), (2, '[2026-01-02,2026-01-03)');
INSERT INTO bookings VALUES (3, '[2026-01-01,2026-01-02)');
--x one_at_a_time
INSERT INTO bookings VALUES (4, '[2026-01-01,2026-01-02)', true);
INSERT INTO bookings VALUES (4, '[2027-01-01,2027-01-02)');
--x bookings_room_excl
