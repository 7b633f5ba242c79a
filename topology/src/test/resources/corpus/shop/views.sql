CREATE VIEW order_totals AS
SELECT o.id, o.customer_id, o.status, sum(l.quantity * l.unit_price) AS goods, coalesce(o.shipping, 0) AS shipping,
       sum(l.quantity * l.unit_price) + coalesce(o.shipping, 0) AS total
FROM orders o
JOIN order_lines l ON l.order_id = o.id
GROUP BY o.id;

CREATE VIEW customer_value AS
SELECT c.id, c.full_name, c.country, count(t.id) AS orders, coalesce(sum(t.total), 0) AS spent, max(t.total) AS largest
FROM customers c
LEFT JOIN order_totals t ON t.customer_id = c.id AND t.status <> 'cancelled'
GROUP BY c.id, c.full_name, c.country;

CREATE VIEW best_sellers AS
SELECT p.id, p.name, p.category, sum(l.quantity) AS sold, sum(l.quantity * l.unit_price)::numeric(12, 2) AS revenue
FROM products p
JOIN order_lines l ON l.product_id = p.id
JOIN orders o ON o.id = l.order_id
WHERE o.status IN ('paid', 'shipped')
GROUP BY p.id
HAVING sum(l.quantity) >= 2;

CREATE VIEW top_products_by_category AS
SELECT category, id, name, sold
FROM (
    SELECT category, id, name, sold, row_number() OVER (PARTITION BY category ORDER BY sold DESC, id) AS place
    FROM best_sellers
) ranked
WHERE place <= 2;

CREATE VIEW unsold_products AS
SELECT p.id, p.sku, p.name
FROM products p
WHERE p.active AND NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.product_id = p.id);

CREATE VIEW customers_without_orders AS
SELECT c.id, lower(c.email) AS email
FROM customers c
LEFT JOIN orders o ON o.customer_id = c.id
WHERE o.id IS NULL;

CREATE VIEW revenue_by_day AS
SELECT date_trunc('day', o.placed_at) AS day, count(DISTINCT o.id) AS orders, sum(l.quantity * l.unit_price) AS revenue
FROM orders o
JOIN order_lines l ON l.order_id = o.id
WHERE o.status <> 'cancelled'
GROUP BY 1;

CREATE VIEW revenue_by_month_and_country AS
SELECT extract(year FROM o.placed_at)::int AS year, extract(month FROM o.placed_at)::int AS month, c.country,
       sum(t.total) AS revenue
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN order_totals t ON t.id = o.id
GROUP BY ROLLUP (1, 2, c.country);

CREATE VIEW product_ratings AS
SELECT p.id, p.name, count(r.stars) AS reviews, round(avg(r.stars), 2) AS average,
       count(*) FILTER (WHERE r.stars >= 4) AS good, count(*) FILTER (WHERE r.stars <= 2) AS bad
FROM products p
LEFT JOIN reviews r ON r.product_id = p.id
GROUP BY p.id, p.name;

CREATE VIEW verified_reviews AS
SELECT r.product_id, r.customer_id, r.stars, r.body
FROM reviews r
WHERE EXISTS (
    SELECT 1
    FROM orders o
    JOIN order_lines l ON l.order_id = o.id
    WHERE o.customer_id = r.customer_id AND l.product_id = r.product_id AND o.status IN ('paid', 'shipped')
);

CREATE VIEW latest_order_of_customer AS
SELECT id, customer_id, placed_at, status
FROM (
    SELECT o.*, row_number() OVER (PARTITION BY customer_id ORDER BY placed_at DESC, id DESC) AS n
    FROM orders o
) o
WHERE n = 1;

CREATE VIEW bought_together AS
SELECT a.product_id AS product, b.product_id AS with_product, count(*) AS times
FROM order_lines a
JOIN order_lines b ON a.order_id = b.order_id AND a.product_id < b.product_id
GROUP BY a.product_id, b.product_id;

CREATE VIEW referrals AS
SELECT c.id, c.full_name, r.full_name AS referrer, g.full_name AS grand_referrer
FROM customers c
JOIN customers r ON r.id = c.referred_by
LEFT JOIN customers g ON g.id = r.referred_by;

CREATE VIEW price_bands AS
SELECT CASE
           WHEN price = 0 THEN 'free'
           WHEN price < 10 THEN 'cheap'
           WHEN price BETWEEN 10 AND 50 THEN 'middle'
           ELSE 'dear'
       END AS band,
       count(*) AS products,
       min(price) AS lowest,
       max(price) AS highest
FROM products
GROUP BY 1;

CREATE VIEW dearest_products AS
SELECT id, name, price FROM products WHERE active ORDER BY price DESC, id LIMIT 3;

CREATE VIEW above_category_average AS
SELECT p.id, p.name, p.category, p.price
FROM products p
WHERE p.price > (SELECT avg(q.price) FROM products q WHERE q.category = p.category);

CREATE VIEW coupon_use AS
SELECT upper(coalesce(coupon, 'none')) AS coupon, status, count(*) AS orders
FROM orders
GROUP BY upper(coalesce(coupon, 'none')), status;

CREATE VIEW contact_events AS
SELECT 'order' AS kind, customer_id, placed_at::date AS day, status::text AS detail FROM orders
UNION ALL
SELECT 'review', customer_id, written_on, stars::text FROM reviews
UNION ALL
SELECT 'signup', id, created_at::date, country::text FROM customers;

CREATE VIEW active_countries AS
SELECT country FROM customers WHERE id IN (SELECT customer_id FROM orders)
INTERSECT
SELECT country FROM customers c JOIN reviews r ON r.customer_id = c.id;

CREATE VIEW mismatched_prices AS
SELECT order_id, line, product_id, p.price AS list_price, l.unit_price, l.unit_price - p.price AS difference
FROM order_lines l
JOIN products p ON p.id = l.product_id
WHERE l.unit_price IS DISTINCT FROM p.price;

CREATE VIEW monthly_cohorts AS
WITH first_order AS (
    SELECT customer_id, min(placed_at) AS first_at FROM orders GROUP BY customer_id
)
SELECT date_trunc('month', f.first_at) AS cohort, date_trunc('month', o.placed_at) AS month,
       count(DISTINCT o.customer_id) AS customers
FROM first_order f
JOIN orders o USING (customer_id)
GROUP BY 1, 2;

CREATE VIEW order_sizes AS
SELECT lines, count(*) AS orders
FROM (SELECT order_id, count(*) AS lines FROM order_lines GROUP BY order_id) sizes
GROUP BY lines;

CREATE VIEW email_domains AS
SELECT split_part(lower(email), '@', 2) AS domain, count(*) AS customers, min(created_at) AS first_seen
FROM customers
GROUP BY split_part(lower(email), '@', 2);

CREATE VIEW shop_summary AS
SELECT (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM orders) AS orders,
       (SELECT sum(total) FROM order_totals) AS revenue, (SELECT max(price) FROM products WHERE active) AS dearest;

CREATE VIEW product_names AS
SELECT category, string_agg(name, ', ' ORDER BY name, id) AS names FROM products GROUP BY category;

CREATE VIEW basket AS
SELECT order_id, array_agg(product_id ORDER BY line) AS products FROM order_lines GROUP BY order_id;

CREATE VIEW colors AS
SELECT attributes ->> 'color' AS color, count(*) AS products FROM products GROUP BY attributes ->> 'color';

CREATE VIEW on_sale AS
SELECT id, name FROM products WHERE 'sale' = ANY (tags);

CREATE VIEW running_revenue AS
SELECT id, placed_at, sum(shipping) OVER (PARTITION BY customer_id ORDER BY placed_at, id) AS so_far FROM orders;

CREATE VIEW price_rank AS
SELECT id, name, rank() OVER (PARTITION BY category ORDER BY price DESC) AS place FROM products;

CREATE VIEW newest_review AS
SELECT DISTINCT ON (product_id) product_id, customer_id, stars FROM reviews ORDER BY product_id, written_on DESC, customer_id;
CREATE VIEW tag_counts AS
SELECT tag, count(*) AS products FROM products, unnest(tags) AS tag GROUP BY tag;

-- a subquery in a subquery, which reads rows of both around it
CREATE VIEW bought_all_of_a_category AS
SELECT c.id, k.category
FROM customers c CROSS JOIN (SELECT DISTINCT category FROM products WHERE active) k
WHERE NOT EXISTS (
    SELECT 1 FROM products p
    WHERE p.category = k.category AND NOT EXISTS (
        SELECT 1 FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.customer_id = c.id AND l.product_id = p.id));

-- the row before, by LATERAL and LIMIT
CREATE VIEW order_before AS
SELECT o.id, p.id AS previous, o.placed_at - p.placed_at AS since
FROM orders o
LEFT JOIN LATERAL (
    SELECT e.id, e.placed_at FROM orders e
    WHERE e.customer_id = o.customer_id AND e.placed_at < o.placed_at ORDER BY e.placed_at DESC, e.id LIMIT 1) p ON true;

-- the last row as a value
CREATE VIEW last_stars AS
SELECT p.id, (SELECT r.stars FROM reviews r WHERE r.product_id = p.id ORDER BY r.written_on DESC, r.customer_id LIMIT 1) AS stars
FROM products p;

-- a comparison that is no equality
CREATE VIEW cheaper_in_category AS
SELECT p.id, (SELECT count(*) FROM products q WHERE q.category = p.category AND q.price < p.price) AS cheaper,
       (SELECT min(q.price) FROM products q WHERE q.category = p.category AND q.price > p.price) AS next_price
FROM products p;

-- a window within a correlated subquery
CREATE VIEW second_review AS
SELECT p.id, s.stars, s.of
FROM products p
JOIN LATERAL (
    SELECT r.stars, row_number() OVER (ORDER BY r.written_on, r.customer_id) AS nth, count(*) OVER () AS of
    FROM reviews r WHERE r.product_id = p.id) s ON s.nth = 2;

CREATE VIEW reviewed AS
SELECT id, name FROM products p WHERE EXISTS (SELECT FROM reviews r WHERE r.product_id = p.id);

CREATE VIEW words AS
SELECT id, full_name AS word FROM customers UNION ALL SELECT id, country FROM customers UNION ALL SELECT id, sku FROM products;

CREATE VIEW codes AS
SELECT 'c' AS kind, id, country AS code FROM customers UNION ALL SELECT 'p', id, sku FROM products UNION ALL SELECT 'o', id, coupon FROM orders;

CREATE VIEW events AS
SELECT id, placed_at AS at, status FROM orders UNION ALL SELECT id, '2000-01-01', 'paid' FROM customers;

CREATE VIEW others_stars AS
SELECT product_id, customer_id, stars,
       avg(stars) OVER (PARTITION BY product_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) AS of_others
FROM reviews;

CREATE VIEW similar_prices AS
SELECT id, name, count(*) OVER (PARTITION BY category ORDER BY price RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING EXCLUDE CURRENT ROW) AS alike
FROM products;

CREATE VIEW order_documents AS SELECT o.id, to_jsonb(o) || jsonb_build_object('lines', jsonb_agg(l ORDER BY l.line), 'customer', to_jsonb(c)) AS document FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN order_lines l ON l.order_id = o.id GROUP BY o.id, c.id;
CREATE VIEW first_tags AS SELECT id, tags[1:2] AS first, array_sort(tags) AS sorted, tags || 'z'::text AS more FROM products WHERE name ILIKE ANY (ARRAY['%a%', '%o%']);
