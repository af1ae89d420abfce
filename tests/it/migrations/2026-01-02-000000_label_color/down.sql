ALTER TABLE labels DROP color;
