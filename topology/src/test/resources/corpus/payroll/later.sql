-- regr_slope()
CREATE VIEW trend AS SELECT emp_no, regr_slope(amount::double precision, extract(epoch FROM since)::double precision) AS slope FROM salaries GROUP BY emp_no;

-- WITH RECURSIVE
CREATE VIEW everyone_below AS
WITH RECURSIVE below AS (
    SELECT emp_no, boss FROM employees WHERE boss IS NOT NULL
    UNION
    SELECT e.emp_no, b.boss FROM employees e JOIN below b ON e.boss = b.emp_no
)
SELECT boss, count(*) AS people FROM below GROUP BY boss;
