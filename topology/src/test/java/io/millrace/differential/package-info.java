/**
 * Differential tests: random schemas, views and histories of changes, run through the engine and compared with what
 * PostgreSQL answers for the same statements.
 */
package io.millrace.differential;
