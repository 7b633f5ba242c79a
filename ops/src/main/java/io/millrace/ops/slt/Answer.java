package io.millrace.ops.slt;

import java.util.List;

/**
 * What PostgreSQL answered.
 *
 * @param columns the columns' PostgreSQL types; empty for a statement without rows
 * @param rows the values as PostgreSQL writes them, null for NULL
 * @param changed how many rows a statement changed
 */
record Answer(List<String> columns, List<List<String>> rows, long changed) {}
