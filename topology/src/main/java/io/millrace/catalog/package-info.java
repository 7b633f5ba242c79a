/**
 * What a pipeline reads: the declared tables of {@code tables.sql}, their columns, keys and types. The first step of the
 * data's way; depends on no later package.
 */
package io.millrace.catalog;
