-- string_agg
CREATE VIEW product_names AS
SELECT category, string_agg(name, ', ' ORDER BY name, id) AS names FROM products GROUP BY category;

-- array_agg
CREATE VIEW basket AS
SELECT order_id, array_agg(product_id ORDER BY line) AS products FROM order_lines GROUP BY order_id;

-- operators of jsonb
CREATE VIEW colors AS
SELECT attributes ->> 'color' AS color, count(*) AS products FROM products GROUP BY attributes ->> 'color';

-- = ANY of an array
CREATE VIEW on_sale AS
SELECT id, name FROM products WHERE 'sale' = ANY (tags);

-- unnest
CREATE VIEW tag_counts AS
SELECT tag, count(*) AS products FROM products, unnest(tags) AS tag GROUP BY tag;

-- sum() OVER
CREATE VIEW running_revenue AS
SELECT id, placed_at, sum(shipping) OVER (PARTITION BY customer_id ORDER BY placed_at, id) AS so_far FROM orders;

-- rank()
CREATE VIEW price_rank AS
SELECT id, name, rank() OVER (PARTITION BY category ORDER BY price DESC) AS place FROM products;

-- DISTINCT ON
CREATE VIEW newest_review AS
SELECT DISTINCT ON (product_id) product_id, customer_id, stars FROM reviews ORDER BY product_id, written_on DESC, customer_id;
