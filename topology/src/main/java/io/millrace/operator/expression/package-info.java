/**
 * Scalar expressions, compiled to closures: one class a family of functions, with PostgreSQL's results, NULLs and errors.
 * Types are looked at when an expression is compiled, never when a row is evaluated.
 */
package io.millrace.operator.expression;
