ALTER TABLE labels ADD color text; CREATE INDEX ON labels (color);
