-- to_char
CREATE VIEW months AS SELECT to_char(admitted, 'YYYY-MM') AS month, count(*) AS n FROM stays GROUP BY 1;
-- ~ with regexp_match
CREATE VIEW stems AS SELECT stay_id, rank, (regexp_match(icd, '^[A-Z][0-9]+'))[1] AS stem FROM diagnoses;
