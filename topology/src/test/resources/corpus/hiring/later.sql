-- INTERSECT ALL
CREATE VIEW repeated AS SELECT candidate_id FROM applications INTERSECT ALL SELECT candidate_id FROM interviews;
