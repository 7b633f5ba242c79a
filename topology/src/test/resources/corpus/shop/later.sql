-- unnest
CREATE VIEW tag_counts AS
SELECT tag, count(*) AS products FROM products, unnest(tags) AS tag GROUP BY tag;
