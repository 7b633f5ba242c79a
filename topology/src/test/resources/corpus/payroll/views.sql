CREATE VIEW current_salary AS
SELECT DISTINCT ON (emp_no) emp_no, amount, since FROM salaries ORDER BY emp_no, since DESC;

CREATE VIEW staff AS
SELECT e.emp_no, e.name, e.dept_no, e.boss, s.amount AS salary
FROM employees e
LEFT JOIN current_salary s USING (emp_no)
WHERE e.left_on IS NULL;

CREATE VIEW department_costs AS
SELECT d.dept_no, d.name, d.budget, count(s.emp_no) AS staff, coalesce(sum(s.salary), 0) AS costs,
       d.budget - coalesce(sum(s.salary), 0) AS rest
FROM departments d
LEFT JOIN staff s ON s.dept_no = d.dept_no
GROUP BY d.dept_no;

CREATE VIEW over_budget AS SELECT dept_no, name, -rest AS excess FROM department_costs WHERE rest < 0;

CREATE VIEW salary_rank AS
SELECT emp_no, dept_no, salary, rank() OVER w AS place, dense_rank() OVER w AS level, cume_dist() OVER w AS share
FROM staff
WHERE salary IS NOT NULL
WINDOW w AS (PARTITION BY dept_no ORDER BY salary DESC);

CREATE VIEW top_two AS SELECT dept_no, emp_no, salary FROM salary_rank WHERE level <= 2;

CREATE VIEW second_highest AS
SELECT max(salary) AS second FROM staff WHERE salary < (SELECT max(salary) FROM staff);

CREATE VIEW paid_more_than_boss AS
SELECT s.emp_no, s.name, s.salary, b.name AS boss, b.salary AS boss_salary
FROM staff s
JOIN staff b ON b.emp_no = s.boss
WHERE s.salary > b.salary;

CREATE VIEW above_average AS
SELECT emp_no, name, dept_no, salary FROM staff s
WHERE salary > (SELECT avg(x.salary) FROM staff x WHERE x.dept_no = s.dept_no);

CREATE VIEW distance_to_average AS
SELECT emp_no, salary - round(avg(salary) OVER (PARTITION BY dept_no), 2) AS difference,
       count(*) OVER (PARTITION BY dept_no) AS colleagues
FROM staff
WHERE salary IS NOT NULL;

CREATE VIEW raises AS
SELECT emp_no, since, amount, amount - lag(amount) OVER w AS raise,
       round(100 * (amount / lag(amount) OVER w - 1), 1) AS percent
FROM salaries
WINDOW w AS (PARTITION BY emp_no ORDER BY since);

CREATE VIEW cuts AS SELECT emp_no, since, raise FROM raises WHERE raise < 0;

CREATE VIEW without_raise AS
SELECT e.emp_no, e.name FROM employees e
WHERE NOT EXISTS (SELECT 1 FROM raises r WHERE r.emp_no = e.emp_no AND r.raise > 0);

CREATE VIEW bosses AS
SELECT b.emp_no, b.name, count(*) AS reports, min(e.hired) AS longest_serving
FROM employees e
JOIN employees b ON b.emp_no = e.boss
GROUP BY b.emp_no
HAVING count(*) >= 1;

CREATE VIEW no_boss AS
SELECT emp_no, name FROM employees WHERE boss IS NULL OR boss NOT IN (SELECT emp_no FROM employees);

CREATE VIEW chain_of_command AS
SELECT e.emp_no, concat_ws(' < ', e.name, b.name, c.name) AS chain
FROM employees e
LEFT JOIN employees b ON b.emp_no = e.boss
LEFT JOIN employees c ON c.emp_no = b.boss;

CREATE VIEW weekly_hours AS
SELECT t.emp_no, date_trunc('week', t.day::timestamp)::date AS week, sum(t.hours) AS hours, count(DISTINCT t.day) AS days
FROM timesheets t
GROUP BY 1, 2;

CREATE VIEW overtime AS SELECT emp_no, week, hours - 20 AS extra FROM weekly_hours WHERE hours > 20;

CREATE VIEW project_hours AS
SELECT t.project, e.dept_no, sum(t.hours) AS hours
FROM timesheets t
LEFT JOIN employees e ON e.emp_no = t.emp_no
GROUP BY GROUPING SETS ((t.project, e.dept_no), (t.project), ());

CREATE VIEW long_days AS
SELECT emp_no, day, sum(hours) AS hours FROM timesheets GROUP BY emp_no, day HAVING sum(hours) > 10;

CREATE VIEW running_hours AS
SELECT emp_no, day, project, sum(hours) OVER (PARTITION BY emp_no ORDER BY day, project ROWS UNBOUNDED PRECEDING) AS so_far
FROM timesheets;

CREATE VIEW worked_on_leave AS
SELECT DISTINCT t.emp_no, t.day, l.kind
FROM timesheets t
JOIN leaves l ON l.emp_no = t.emp_no AND t.day BETWEEN l.starts AND l.ends;

CREATE VIEW on_leave_today AS
SELECT e.emp_no, e.name, l.kind FROM leaves l JOIN employees e ON e.emp_no = l.emp_no
WHERE l.starts <= current_date AND l.ends >= current_date;

CREATE VIEW leave_days AS
SELECT emp_no, sum(ends - starts + 1) FILTER (WHERE kind = 'holiday') AS holiday,
       sum(ends - starts + 1) FILTER (WHERE kind = 'sick') AS sick
FROM leaves
WHERE ends >= starts
GROUP BY emp_no;

CREATE VIEW payouts AS
SELECT b.id, b.emp_no, coalesce(b.flat, round(s.salary * b.percent / 100, 2), 0) AS payout
FROM bonuses b
LEFT JOIN staff s ON s.emp_no = b.emp_no;

CREATE VIEW payroll AS
SELECT s.emp_no, s.name, round(s.salary / 12, 2) AS monthly, coalesce(p.bonus, 0) AS bonus,
       round(s.salary / 12, 2) + coalesce(p.bonus, 0) AS total
FROM staff s
LEFT JOIN (SELECT emp_no, sum(payout) AS bonus FROM payouts GROUP BY emp_no) p ON p.emp_no = s.emp_no
WHERE s.salary IS NOT NULL;

CREATE VIEW payroll_total AS SELECT count(*) AS people, sum(total) AS total, max(total) AS largest FROM payroll;

CREATE VIEW bands AS
SELECT b.label, count(s.emp_no) AS staff
FROM (VALUES ('low', 0, 40000), ('middle', 40000, 70000), ('high', 70000, 1000000)) AS b (label, least, most)
LEFT JOIN staff s ON s.salary >= b.least AND s.salary < b.most
GROUP BY b.label;

CREATE VIEW tenure AS
SELECT emp_no, hired, extract(year FROM hired)::int AS year, coalesce(left_on, '2024-02-29') - hired AS days FROM employees;

CREATE VIEW namesakes AS
SELECT a.emp_no, b.emp_no AS other FROM employees a JOIN employees b ON lower(a.name) = lower(b.name) AND a.emp_no < b.emp_no;

CREATE VIEW mail_addresses AS
SELECT emp_no, lower("e-mail") AS "e-mail", split_part("e-mail", '@', 2) LIKE '%.corp.test' AS subdomain FROM employees WHERE "e-mail" IS NOT NULL;

CREATE VIEW idle AS
SELECT emp_no FROM employees EXCEPT (SELECT emp_no FROM timesheets UNION SELECT emp_no FROM leaves);

CREATE VIEW months AS SELECT DISTINCT date_trunc('month', day::timestamp) AS month FROM timesheets;
CREATE VIEW sheets AS SELECT emp_no, json_agg(hours ORDER BY day, project) AS hours FROM timesheets GROUP BY emp_no;
