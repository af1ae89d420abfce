CREATE VIEW pupil_directory AS
SELECT
    pupils.id,
    pupils.family_name || ', ' || pupils.given_name AS name,
    pupils.level,
    schools.name AS school,
    countries.name AS country
FROM pupils
JOIN schools ON schools.id = pupils.school_id
JOIN public.countries ON countries.alpha2 = pupils.country;
