/**
 * From the text of views.sql to relational algebra: Calcite's parser, validator and converter with PostgreSQL's types, names
 * and operators.
 */
package io.millrace.sql;
