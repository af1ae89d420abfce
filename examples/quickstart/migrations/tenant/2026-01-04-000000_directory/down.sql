DROP VIEW pupil_directory;
