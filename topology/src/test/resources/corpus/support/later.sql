-- percentile_cont
CREATE VIEW median_score AS SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS median FROM satisfaction;

-- now() outside of a condition
CREATE VIEW ages AS SELECT id, now() - created_at AS age FROM tickets;
