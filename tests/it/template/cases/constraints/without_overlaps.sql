-- Keys over periods.
--! from 18
--! template
CREATE TABLE rooms (id int4range, during tsrange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE bookings (room int4range, during tsrange, FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during));
--! use
INSERT INTO rooms VALUES ('[1,2)', '[2026-01-01,2027-01-01)');
INSERT INTO rooms VALUES ('[1,2)', '[2026-05-01,2028-01-01)');
--x rooms_pkey
INSERT INTO bookings VALUES ('[1,2)', '[2026-02-01,2026-03-01)');
INSERT INTO bookings VALUES ('[1,2)', '[2026-12-01,2027-03-01)');
--x bookings_room_during_fkey
