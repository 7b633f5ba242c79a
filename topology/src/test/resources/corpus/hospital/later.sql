-- age()
CREATE VIEW ages AS SELECT "Id", age(date '2024-01-01', "Born") AS age FROM "Patient";
-- to_char
CREATE VIEW months AS SELECT to_char(admitted, 'YYYY-MM') AS month, count(*) AS n FROM stays GROUP BY 1;
-- string_agg
CREATE VIEW codes AS SELECT stay_id, string_agg(icd, ' ' ORDER BY rank) AS codes FROM diagnoses GROUP BY stay_id;
-- ~ with regexp_match
CREATE VIEW stems AS SELECT stay_id, rank, (regexp_match(icd, '^[A-Z][0-9]+'))[1] AS stem FROM diagnoses;
-- lag()
CREATE VIEW pauses AS SELECT id, admitted - lag(discharged) OVER (PARTITION BY patient ORDER BY admitted, id) AS pause FROM stays;
