/**
 * {@code millrace test}: unit tests for views, written as sqllogictest files. A file is parsed ({@code SltFile}), its
 * statements run on PostgreSQL ({@code PostgresSession}), every row change goes through the operators ({@code Engine}), and
 * both are compared ({@code Runner}).
 */
package io.millrace.ops.slt;
