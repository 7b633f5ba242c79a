CREATE VIEW "Inpatients" AS
SELECT p."Id", p."Name", s.ward, s.admitted AS "Since" FROM "Patient" p JOIN stays s ON s.patient = p."Id" WHERE s.discharged IS NULL;
CREATE VIEW occupancy AS
SELECT w.code, w.beds, count(s.id) AS taken, w.beds - count(s.id) AS free FROM wards w LEFT JOIN stays s ON s.ward = w.code AND s.discharged IS NULL GROUP BY w.code;
CREATE VIEW overfull AS SELECT code, -free AS too_many FROM occupancy WHERE free < 0;
CREATE VIEW stay_length AS SELECT id, ward, discharged - admitted AS days FROM stays WHERE discharged IS NOT NULL AND discharged >= admitted;
CREATE VIEW ward_average AS SELECT ward, avg(days) AS days, max(days) AS longest, sum(days) AS total FROM stay_length GROUP BY ward;
CREATE VIEW readmitted AS
SELECT a.patient, a.id AS first, b.id AS again, b.admitted - a.discharged AS after
FROM stays a JOIN stays b ON b.patient = a.patient AND b.id <> a.id AND b.admitted BETWEEN a.discharged AND a.discharged + 30;
CREATE VIEW main_diagnosis AS SELECT s.id, d.icd, left(d.icd, 1) AS chapter FROM stays s LEFT JOIN diagnoses d ON d.stay_id = s.id AND d.rank = 1;
CREATE VIEW chapters AS SELECT chapter, count(*) AS stays FROM main_diagnosis GROUP BY chapter;
CREATE VIEW comorbid AS
SELECT a.icd, b.icd AS with_icd, count(DISTINCT a.stay_id) AS stays FROM diagnoses a JOIN diagnoses b USING (stay_id) WHERE a.icd < b.icd GROUP BY a.icd, b.icd;
CREATE VIEW without_diagnosis AS SELECT id FROM stays s WHERE NOT EXISTS (SELECT 1 FROM diagnoses WHERE stay_id = s.id);
CREATE VIEW daily_dose AS SELECT stay_id, drug, given_at::date AS day, sum(mg) AS mg, count(*) AS times FROM doses GROUP BY stay_id, drug, given_at::date;
CREATE VIEW highest_dose AS
SELECT drug, stay_id, mg FROM (SELECT drug, stay_id, mg, row_number() OVER (PARTITION BY drug ORDER BY mg DESC, stay_id, day) AS n FROM daily_dose) x WHERE n = 1;
CREATE VIEW insulin_without_diabetes AS
SELECT DISTINCT stay_id FROM doses WHERE drug = 'insulin' AND stay_id NOT IN (SELECT stay_id FROM diagnoses WHERE icd LIKE 'E1_.%');
CREATE VIEW age_groups AS
SELECT (2024 - extract(year FROM "Born")::int) / 20 * 20 AS age_from, sex, count(*) AS n FROM "Patient" GROUP BY ROLLUP (1, sex);
CREATE VIEW ward_moves AS
SELECT p."Name", count(DISTINCT s.ward) AS wards, min(s.admitted) AS first FROM "Patient" p JOIN stays s ON p."Id" = s.patient GROUP BY p."Id", p."Name";
CREATE VIEW floors AS SELECT coalesce(floor::text, 'unknown') AS floor, sum(beds) AS beds FROM wards GROUP BY floor;
CREATE VIEW last_stay AS
SELECT s.patient, s.id, s.ward FROM stays s WHERE s.admitted = (SELECT max(x.admitted) FROM stays x WHERE x.patient = s.patient);
CREATE VIEW admitted_or_born AS
SELECT admitted AS day, count(*) AS n FROM stays GROUP BY admitted UNION ALL SELECT "Born", count(*) FROM "Patient" WHERE "Born" IS NOT NULL GROUP BY "Born";

CREATE VIEW ages AS SELECT "Id", age(date '2024-01-01', "Born") AS age FROM "Patient";

CREATE VIEW codes AS SELECT stay_id, string_agg(icd, ' ' ORDER BY rank) AS codes FROM diagnoses GROUP BY stay_id;

CREATE VIEW pauses AS SELECT id, admitted - lag(discharged) OVER (PARTITION BY patient ORDER BY admitted, id) AS pause FROM stays;

CREATE VIEW months AS SELECT to_char(admitted, 'YYYY-MM') AS month, count(*) AS n FROM stays GROUP BY 1;
CREATE VIEW stems AS SELECT stay_id, rank, (regexp_match(icd, '^[A-Z][0-9]+'))[1] AS stem FROM diagnoses;
